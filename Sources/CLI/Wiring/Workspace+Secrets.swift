import RuleEngine
import Runner
import Storage

extension Workspace {
    /// Secrets by the names that files use: of the environment, of files, and of the data folder.
    var secrets: SecretResolver {
        let variables = ProcessEnvironment.all()
        return SecretResolver(
            environment: variables,
            stored: StoredSecrets(variables: variables) { [dataFolder] () throws(StoreError) in
                guard FolderWriting.exists(dataFolder + "/carillon.db") else { return nil }
                let store = try SQLiteStore(folder: dataFolder)
                return (try store.openCredentials(), store.key)
            })
    }

    /// Says which channels can't send because their secret isn't there or can't be opened, and why.
    func warnOfClosedChannels(_ project: CheckedProject) {
        let secrets = secrets
        for channel in project.channels.values.sorted(by: { $0.id < $1.id }) {
            guard let name = channel.secret else { continue }
            do throws(SecretResolver.Failure) {
                _ = try secrets.secret(named: name)
            } catch {
                Terminal.error.line(
                    "warning: channel `\(channel.id)` can't send: \(error.message)\n  help: \(error.help)")
            }
        }
    }
}
