import Runner
import Server
import Storage

extension PublicPages {
    /// - Parameter onFollowed: called when what people followed has been written down.
    init(_ workspace: Workspace, _ projects: ProjectReader, onFollowed: @escaping @Sendable () -> Void) throws {
        let store = try workspace.openSQLite()
        let environment = workspace.environment
        let tracking = TrackingDesk(key: store.key)
        let inbox = QueueBound { try store.openInbox() }
        self.init(
            preferences: PreferenceDesk(store: store, projects: projects, environment: environment),
            optIns: OptInDesk(store: store, environment: environment), tracking: tracking,
            views: ViewDesk(store: store), environment: environment,
            follow: { links in
                try inbox.use { try tracking.take(links, into: $0, now: environment.now()) }
                onFollowed()
            })
    }
}
