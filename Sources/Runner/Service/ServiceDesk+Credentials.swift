import RuleEngine

/// Credentials: written, sealed anew and removed. Nobody reads one back.
extension ServiceDesk {
    package func storedCredentials() throws -> [SealedCredential] { try credentials().all() }

    package func setCredential(_ name: String, _ secret: String) throws -> SealedCredential {
        guard SecretResolver.isName(name) else {
            throw ServiceRefusal(
                .invalid, "bad_name", "`\(name)` can't name a secret",
                help: "1 to 100 letters, digits, `-`, `_` and `.`")
        }
        let version = try credentials().find(name).map { $0.version + 1 } ?? 1
        let sealed: SealedCredential
        do {
            sealed = try vault().seal(secret, named: name, version: version, now: now)
        } catch let fault as CredentialVault.Fault {
            throw Self.refusal(fault, name)
        }
        try credentials().put(sealed)
        return sealed
    }

    package func removeCredential(_ name: String) throws {
        guard try credentials().remove(name) else {
            throw ServiceRefusal(.notFound, "unknown_credential", "there is no credential `\(name)`")
        }
    }

    /// Seals every credential's key by the first of the keys. Each by itself: whoever is stopped in the middle begins again,
    /// and both keys open what they opened.
    package func rotateCredentials() throws -> (rotated: Int, remaining: [String], key: String) {
        let vault = try vault()
        var rotated = 0
        var remaining: [String] = []
        for credential in try credentials().all() {
            do {
                guard let next = try vault.rewrapped(credential) else { continue }
                if try credentials().rewrap(next, from: credential.keyName) { rotated += 1 }
            } catch is CredentialVault.Fault {
                remaining.append(credential.name)
            }
        }
        return (rotated, remaining, vault.primary)
    }

    private func vault() throws -> CredentialVault {
        do {
            guard let keys = try KeyEncryptionKeys(variables: variables) else {
                throw ServiceRefusal(
                    .conflict, "no_kek", "there is no key to seal credentials with",
                    help:
                        "`carillon credentials new-key` prints one; set it as CARILLON_KEK, or name its file in CARILLON_KEK_FILE"
                )
            }
            return CredentialVault(keys, dataKey: store.key)
        } catch let failure as KeyEncryptionKeys.Failure {
            throw ServiceRefusal(.conflict, "no_kek", failure.message, help: failure.help)
        }
    }

    private static func refusal(_ fault: CredentialVault.Fault, _ name: String) -> ServiceRefusal {
        switch fault {
        case .noKey(let id): ServiceRefusal(.conflict, "no_kek", "the key `\(id)` isn't here")
        case .broken: ServiceRefusal(.conflict, "broken", "`\(name)` can't be sealed")
        }
    }
}
