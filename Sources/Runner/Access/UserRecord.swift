package import RuleEngine

/// A person who may log in.
package struct UserRecord: Sendable, Equatable {
    /// What they log in with; no two have the same, whatever the case of the letters.
    package var name: String
    package var role: Role
    /// Beside those of the role.
    package var extra: Set<Scope>
    package var createdAt: Timestamp
    package var createdBy: String
    package var disabledAt: Timestamp?
    package var hasPassword = false
    /// A login needs a code beside the password.
    package var hasSecondFactor = false
    package var failures = 0
    package var lockedUntil: Timestamp?

    package init(name: String, role: Role, extra: Set<Scope>, createdAt: Timestamp, createdBy: String) {
        self.name = name
        self.role = role
        self.extra = extra
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    package var scopes: Set<Scope> { role.scopes.union(extra) }

    /// For the outside: lower case, and of characters that no two people read differently.
    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
            }
    }

    package var json: JSON {
        [
            "name": .string(name), "role": .string(role.rawValue), "scopes": JSON(scopes.map(\.rawValue).sorted()),
            "extra_scopes": JSON(extra.map(\.rawValue).sorted()), "created_at": .string(ISOInstant.text(createdAt)),
            "created_by": .string(createdBy), "disabled": JSON(disabledAt != nil), "has_password": JSON(hasPassword),
            "second_factor": JSON(hasSecondFactor),
        ]
    }
}

/// A second factor as it is kept.
package struct FactorRecord: Sendable, Equatable {
    package var sealed: [UInt8]
    /// Nil until a code of it was shown.
    package var confirmedAt: Timestamp?
    /// Of the steps of time up to this one no code counts any more.
    package var step: Int64

    package init(sealed: [UInt8], confirmedAt: Timestamp?, step: Int64) {
        self.sealed = sealed
        self.confirmedAt = confirmedAt
        self.step = step
    }
}

/// A session as it is kept: everything but its secret.
package struct SessionRecord: Sendable, Equatable {
    package var id: String
    package var code: [UInt8]
    package var user: String
    package var createdAt: Timestamp
    package var seenAt: Timestamp

    package init(id: String, code: [UInt8], user: String, createdAt: Timestamp, seenAt: Timestamp) {
        self.id = id
        self.code = code
        self.user = user
        self.createdAt = createdAt
        self.seenAt = seenAt
    }

    /// Microseconds without a request, and altogether.
    package static let idle: Int64 = 30 * 60_000_000
    package static let whole: Int64 = 12 * 3_600_000_000

    package func isValid(at now: Timestamp) -> Bool {
        now.microseconds - seenAt.microseconds < Self.idle && now.microseconds - createdAt.microseconds < Self.whole
    }
}

/// People and their sessions. One thread owns it; what it writes is durable when it returns.
package protocol UserStore: AnyObject {
    func users() throws(StoreError) -> [UserRecord]
    func user(_ name: String) throws(StoreError) -> UserRecord?
    /// False where there is one of that name.
    func insert(_ user: UserRecord) throws(StoreError) -> Bool
    /// Role, scopes and whether they may log in. Ends their sessions.
    func update(_ user: UserRecord) throws(StoreError)
    /// A token with which they set a password; the one before counts no more.
    func invite(_ name: String, id: String, code: [UInt8], until: Timestamp) throws(StoreError)
    func invitation(_ id: String) throws(StoreError) -> (user: String, code: [UInt8], until: Timestamp)?
    /// Uses the invitation up, ends all sessions, and unlocks.
    func setPassword(_ name: String, _ hash: [UInt8]) throws(StoreError)
    func password(_ name: String) throws(StoreError) -> [UInt8]?
    /// Takes as long for a name that nobody has.
    func noteFailure(_ name: String, lockedUntil: Timestamp?) throws(StoreError)
    func noteSuccess(_ name: String) throws(StoreError)

    /// Nil where none was begun.
    func factor(_ name: String) throws(StoreError) -> FactorRecord?
    /// False where one counts already.
    func beginFactor(_ name: String, sealed: [UInt8]) throws(StoreError) -> Bool
    /// Ends all sessions but one.
    func confirmFactor(
        _ name: String, step: Int64, at: Timestamp, recovery: [[UInt8]], keeping session: String
    ) throws(StoreError)
    func removeFactor(_ name: String, keepsSessions: Bool) throws(StoreError)
    /// False where it, or a later one, was spent before.
    func spend(step: Int64, of name: String) throws(StoreError) -> Bool
    /// False where there is none of this hash.
    func spend(recovery hash: [UInt8], of name: String) throws(StoreError) -> Bool

    /// Those that count, each with its user.
    func sessions(now: Timestamp) throws(StoreError) -> [(session: SessionRecord, user: UserRecord)]
    func insert(_ session: SessionRecord) throws(StoreError)
    func endSession(_ id: String) throws(StoreError)
    func noteSeen(_ seen: [String: Timestamp]) throws(StoreError)
}
