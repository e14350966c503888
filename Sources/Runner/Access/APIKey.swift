package import RuleEngine

/// A key of the API as it is kept: everything but the secret, which nobody can read back.
package struct APIKey: Sendable, Equatable {
    /// Public: it stands in the secret, in lists and in logs.
    package var id: String
    /// What people call it.
    package var name: String
    package var scopes: Set<Scope>
    package var limits = KeyLimits()
    package var createdAt: Timestamp
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// To the minute.
    package var lastUsedAt: Timestamp?
    /// `operator` for the command line, else whoever asked the API for it.
    package var createdBy: String

    package init(
        id: String, name: String, scopes: Set<Scope>, createdAt: Timestamp, expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil, createdBy: String = "operator"
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
        self.createdBy = createdBy
    }

    package func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && (expiresAt.map { $0 > now } ?? true)
    }
}
