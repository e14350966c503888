import Channels
import RuleEngine
import Runner
import Storage

extension WebhookDesk {
    /// As the project's files say now; where they have errors, everything that people write is read.
    init(_ workspace: Workspace, _ store: SQLiteStore, errands: ProviderErrands? = nil) throws(CommandFailure) {
        self.init(
            key: store.key, environment: workspace.environment,
            unread: try workspace.compile().project?.unreadChannels ?? [], errands: errands)
    }
}
