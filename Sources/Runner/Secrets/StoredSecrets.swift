/// Credentials of the data folder for those who ask by name. Keys and rows are read each time, so that a new one counts at once.
package struct StoredSecrets: Sendable {
    package enum Finding: Sendable {
        case found(String)
        case missing
        /// It is there, and can't be opened: why, and what to do.
        case closed(String, help: String)
    }

    private let variables: [String: String]
    private let open: @Sendable () throws(StoreError) -> (store: any CredentialStore, key: DataKey)?

    /// - Parameter open: nil where there is no data folder yet.
    package init(
        variables: [String: String],
        open: @escaping @Sendable () throws(StoreError) -> (store: any CredentialStore, key: DataKey)?
    ) {
        self.variables = variables
        self.open = open
    }

    package func find(_ name: String) -> Finding {
        let credential: SealedCredential
        let dataKey: DataKey
        do throws(StoreError) {
            guard let opened = try open(), let found = try opened.store.find(name) else { return .missing }
            credential = found
            dataKey = opened.key
        } catch {
            return .closed("the secret `\(name)` can't be read from the data folder", help: "look at its disk")
        }
        let keys: KeyEncryptionKeys?
        do throws(KeyEncryptionKeys.Failure) {
            keys = try KeyEncryptionKeys(variables: variables)
        } catch {
            return .closed("the secret `\(name)` stays closed: \(error.message)", help: error.help)
        }
        let wanted = "set CARILLON_KEK, or CARILLON_KEK_FILE to a file that holds it"
        guard let keys else {
            return .closed(
                "the secret `\(name)` lies sealed in the data folder, and its key `\(credential.keyName)` isn't here",
                help: wanted)
        }
        do throws(CredentialVault.Fault) {
            return .found(try CredentialVault(keys, dataKey: dataKey).open(credential))
        } catch {
            switch error {
            case .noKey(let id):
                return .closed("the secret `\(name)` is sealed by the key `\(id)`, which isn't here", help: wanted)
            case .broken:
                return .closed(
                    "the secret `\(name)` can't be opened: it, or the key `\(credential.keyName)`, is not what it was",
                    help: "set it again: carillon credentials set \(name)")
            }
        }
    }
}
