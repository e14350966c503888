/// Whoever a request comes from: a key of the API, or a person who has logged in.
package struct Principal: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case key, user, `operator`, anonymous
    }

    package var kind: Kind
    /// The key's or the person's.
    package var id: String
    package var scopes: Set<Scope>
    /// Of a key.
    package var limits = KeyLimits()
    /// Nil for a key.
    package var role: Role?
    /// Has a role that takes a second factor, and none yet: may do nothing but set one up.
    package var lacksFactor = false
    /// Of a person who has logged in.
    package var session: String?

    package init(_ key: APIKey) {
        kind = .key
        id = key.id
        scopes = key.scopes
        limits = key.limits
    }

    package init(user name: String, role: Role, scopes: Set<Scope>, session: String) {
        kind = .user
        id = name
        self.role = role
        self.scopes = scopes
        self.session = session
    }

    private init(_ kind: Kind, _ scopes: Set<Scope>) {
        self.kind = kind
        id = ""
        self.scopes = scopes
    }

    /// Who asks for nothing but to be let in.
    package static let anonymous = Principal(.anonymous, [])
    /// Whoever has the data folder before them.
    package static let `operator` = Principal(.operator, Set(Scope.allCases))

    /// Whom histories and the audit name.
    package var actor: String { id.isEmpty ? kind.rawValue : kind.rawValue + ":" + id }

    /// Who answers for what they begin.
    package var owner: Owner { Owner(actor) }

    package var rights: SendingRights { SendingRights(scopes: scopes, limits: limits) }

    /// By which limits and repeated requests tell callers apart.
    package var caller: String { kind == .key ? id : actor }

    /// Looks, and ends what must not go on: no other request of theirs changes anything, whatever its scopes say.
    package var isReviewer: Bool { role == .reviewer }
}
