package import RuleEngine

extension APIKey {
    package func json(at now: Timestamp) -> JSON {
        [
            "id": .string(id), "name": .string(name), "scopes": JSON(scopes.map(\.rawValue).sorted()),
            "valid": JSON(isValid(at: now)), "created_at": .string(ISOInstant.text(createdAt)),
            "created_by": .string(createdBy), "expires_at": JSON(expiresAt.map(ISOInstant.text)),
            "revoked_at": JSON(revokedAt.map(ISOInstant.text)), "last_used_at": JSON(lastUsedAt.map(ISOInstant.text)),
            "channels": limits.json.channels, "programs": limits.json.programs, "networks": limits.json.networks,
        ]
    }
}
