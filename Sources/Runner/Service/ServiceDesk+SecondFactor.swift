import RuleEngine

/// Second factors: an app's codes beside the password, and codes on paper for the day on which the app is gone.
extension ServiceDesk {
    /// A secret for an app. It counts once a code of it was shown; until then another can take its place.
    package func beginFactor(of name: String) throws -> OneTimeCode {
        let code = OneTimeCode()
        guard try users().beginFactor(name, sealed: FactorSeal(store.key).seal(code, of: name)) else {
            throw ServiceRefusal(
                .conflict, "has_factor", "there is a second factor already", help: "remove it with a code of it first")
        }
        return code
    }

    /// From now on a login needs a code.
    ///
    /// - Parameter session: what stays open; whoever else is logged in by this name came without a code.
    /// - Returns: the recovery codes, which nobody can read again.
    package func confirmFactor(of name: String, code: String, in session: String) throws -> [String] {
        guard let factor = try users().factor(name), factor.confirmedAt == nil,
            let secret = FactorSeal(store.key).open(factor.sealed, of: name)
        else { throw ServiceRefusal(.conflict, "no_factor", "no second factor waits to be confirmed") }
        guard let step = secret.step(of: code, at: now) else { throw Self.wrongCode }
        let codes = FactorSeal.recoveryCodes()
        let seal = FactorSeal(store.key)
        try users().confirmFactor(
            name, step: step, at: now, recovery: codes.map { seal.hash(ofRecovery: $0, of: name) }, keeping: session)
        return codes
    }

    /// One's own, with a code of it: whoever has found an open session doesn't have that.
    package func removeFactor(of name: String, code: String) throws {
        let user = try person(name)
        guard user.hasSecondFactor else {
            throw ServiceRefusal(.conflict, "no_factor", "there is no second factor")
        }
        guard user.lockedUntil.map({ $0 <= now }) ?? true, try accepts(code, of: user) else {
            try noteFailure(of: user)
            throw Self.wrongCode
        }
        try users().removeFactor(name, keepsSessions: true)
    }

    /// Somebody's who has lost app and paper. Ends their sessions.
    package func resetFactor(of name: String, by caller: Principal) throws {
        guard try person(name).scopes.isSubset(of: caller.scopes) else { throw Self.moreThanOwn }
        try users().removeFactor(name, keepsSessions: false)
    }

    /// Whether what came beside the password is right: nothing where there is no second factor, else a code of the app or of the
    /// paper that was never shown before.
    func accepts(_ code: String?, of user: UserRecord) throws -> Bool {
        guard user.hasSecondFactor else { return code == nil }
        guard let code, let factor = try users().factor(user.name) else { return false }
        let seal = FactorSeal(store.key)
        guard let secret = seal.open(factor.sealed, of: user.name) else { return false }
        if let step = secret.step(of: code, at: now) { return try users().spend(step: step, of: user.name) }
        return try users().spend(recovery: seal.hash(ofRecovery: code, of: user.name), of: user.name)
    }

    private static let wrongCode = ServiceRefusal(
        .forbidden, "wrong_code", "the code is not right, was shown before, or it was tried too often",
        help: "wait for the next one; the clocks here and there may differ by half a minute")
}
