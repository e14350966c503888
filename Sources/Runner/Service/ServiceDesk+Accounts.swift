package import RuleEngine

/// Keys and people: who may call, and what they may do. Nobody gives what they don't have themselves.
extension ServiceDesk {
    // MARK: Keys

    package func apiKeys() throws -> [APIKey] { try keys().keys().map(\.key) }

    package func makeKey(
        named name: String, scopes: Set<Scope>, limits: KeyLimits = KeyLimits(), expiresAt: Timestamp?,
        by caller: Principal
    ) throws -> (key: APIKey, token: KeyToken) {
        guard !scopes.isEmpty else {
            throw ServiceRefusal(.invalid, "no_scope", "a key without a scope may do nothing")
        }
        guard scopes.isSubset(of: caller.scopes), limits.isWithin(caller.limits) else { throw Self.moreThanOwn }
        if let expiresAt, expiresAt <= now {
            throw ServiceRefusal(.invalid, "bad_time", "`expires_at` is over already")
        }
        let token = KeyToken()
        var key = APIKey(
            id: token.id, name: name, scopes: scopes, createdAt: now, expiresAt: expiresAt, createdBy: caller.actor)
        key.limits = limits
        try keys().insert(StoredKey(key: key, code: token.code(under: store.key)))
        return (key, token)
    }

    package func revokeKey(_ id: String) throws {
        guard try keys().revoke(id, now: now) else { throw Self.noKey(id) }
    }

    /// A new secret with the same rights; the old one counts for as long as somebody needs to put the new one in its place.
    package func rotateKey(
        _ id: String, overlap: Int64, by caller: Principal
    ) throws -> (key: APIKey, token: KeyToken) {
        guard let old = try apiKeys().first(where: { $0.id == id && $0.isValid(at: now) }) else { throw Self.noKey(id) }
        let made = try makeKey(
            named: old.name, scopes: old.scopes, limits: old.limits, expiresAt: old.expiresAt, by: caller)
        try keys().replace(id, by: made.key.id)
        if overlap == 0 {
            _ = try keys().revoke(id, now: now)
        } else {
            try keys().expire(id, at: now.advanced(by: overlap))
        }
        return made
    }

    // MARK: People

    package func people() throws -> [UserRecord] { try users().users() }

    package func person(_ name: String) throws -> UserRecord {
        guard let user = try users().user(name) else {
            throw ServiceRefusal(.notFound, "unknown_user", "there is no user `\(name)`")
        }
        return user
    }

    /// - Returns: the person, and a token with which they set their password, once and within a day.
    package func makeUser(
        _ name: String, role: Role, extra: Set<Scope>, by caller: Principal
    ) throws -> (user: UserRecord, token: KeyToken) {
        guard UserRecord.isName(name) else {
            throw ServiceRefusal(
                .invalid, "bad_name", "`\(name)` is no name", help: "1 to 64 of a-z, 0-9, `-`, `.` and `_`")
        }
        try Self.check(role, extra, by: caller)
        let user = UserRecord(name: name, role: role, extra: extra, createdAt: now, createdBy: caller.actor)
        guard try users().insert(user) else {
            throw ServiceRefusal(.conflict, "name_taken", "there is a user `\(name)` already")
        }
        return (user, try invite(name))
    }

    /// What isn't given stays.
    package func changeUser(
        _ name: String, role: Role?, extra: Set<Scope>?, isDisabled: Bool?, by caller: Principal
    ) throws -> UserRecord {
        var user = try person(name)
        guard caller.kind != .user || caller.id != name else {
            throw ServiceRefusal(
                .forbidden, "own_account", "nobody changes their own rights",
                help: "somebody else with `can_manage_users` can")
        }
        // Rights are taken from those who have no more than oneself.
        guard user.scopes.isSubset(of: caller.scopes) else { throw Self.moreThanOwn }
        user.role = role ?? user.role
        user.extra = extra ?? user.extra
        try Self.check(user.role, user.extra, by: caller)
        if let isDisabled { user.disabledAt = isDisabled ? user.disabledAt ?? now : nil }
        try users().update(user)
        return user
    }

    /// A new token to set a password with.
    package func resetUser(_ name: String, by caller: Principal) throws -> KeyToken {
        guard try person(name).scopes.isSubset(of: caller.scopes) else { throw Self.moreThanOwn }
        return try invite(name)
    }

    private func invite(_ name: String) throws -> KeyToken {
        let token = KeyToken(.invitation)
        try users().invite(
            name, id: token.id, code: token.code(under: store.key), until: now.advanced(by: 86_400_000_000))
        return token
    }

    private static func check(_ role: Role, _ extra: Set<Scope>, by caller: Principal) throws(ServiceRefusal) {
        if let scope = extra.first(where: { !role.mayHold($0) && !role.scopes.contains($0) }) {
            throw ServiceRefusal(
                .invalid, "not_of_role", "the role `\(role.rawValue)` can't hold `\(scope.rawValue)`")
        }
        guard role.scopes.union(extra).isSubset(of: caller.scopes) else { throw moreThanOwn }
    }

    static let moreThanOwn = ServiceRefusal(
        .forbidden, "more_than_own", "it would have scopes that you lack",
        help: "`carillon keys create` and `carillon users create` make it, where the data folder lies")

    private static func noKey(_ id: String) -> ServiceRefusal {
        ServiceRefusal(.notFound, "unknown_key_id", "there is no key `\(id)` that opens anything")
    }

    // MARK: Logging in

    /// What a password is compared with. Where nobody has the name it is one that nothing matches, and takes as long.
    package enum LoginTrial: Sendable {
        case known(PasswordHash)
        case unknown
    }

    package func trial(of name: String) throws -> LoginTrial {
        guard let user = try users().user(name), user.disabledAt == nil,
            user.lockedUntil.map({ $0 <= now }) ?? true, let kept = try users().password(name),
            let hash = PasswordHash(kept: kept)
        else { return .unknown }
        return .known(hash)
    }

    /// Begins a session, or notes the failure: from the fifth on each doubles the time for which nothing is looked at.
    ///
    /// - Parameter code: of the second factor, where the login brought one.
    package func settle(
        login name: String, isRight: Bool, code: String? = nil
    ) throws -> (session: SessionRecord, user: UserRecord, token: KeyToken)? {
        guard let user = try users().user(name) else {
            try users().noteFailure(name, lockedUntil: nil)
            return nil
        }
        guard isRight, user.disabledAt == nil, try accepts(code, of: user) else {
            try noteFailure(of: user)
            return nil
        }
        try users().noteSuccess(name)
        let token = KeyToken(.session)
        let session = SessionRecord(
            id: token.id, code: token.code(under: store.key), user: name, createdAt: now, seenAt: now)
        try users().insert(session)
        return (session, user, token)
    }

    package func noteFailure(of user: UserRecord) throws {
        let failures = user.failures + 1
        let pause = failures < 5 ? nil : Int64(30_000_000) << Int64(min(5, failures - 5))
        try users().noteFailure(user.name, lockedUntil: pause.map { now.advanced(by: $0) })
    }

    package func logOut(_ session: String) throws { try users().endSession(session) }

    /// Whose password a token sets; nil where it sets none.
    package func invited(_ text: String) throws -> String? {
        guard let token = KeyToken(text, .invitation), let found = try users().invitation(token.id),
            token.matches(found.code, under: store.key), found.until > now
        else { return nil }
        return found.user
    }

    package func setPassword(of name: String, _ hash: PasswordHash) throws {
        try users().setPassword(name, hash.kept)
    }
}
