import RuleEngine
import Runner
import Server
import Storage

extension APIService {
    /// - Parameter onEvents: called when events or messages have been written down.
    init(
        _ workspace: Workspace, _ project: CheckedProject, _ projects: ProjectReader, requestsPerSecond: Int,
        demanding: Set<Role>, onEvents: @escaping @Sendable () -> Void
    ) throws {
        let store = try workspace.openSQLite()
        let catalog = try workspace.catalog()
        let environment = workspace.environment
        let ring = KeyRing(key: store.key, environment: environment)
        let sessions = SessionRing(key: store.key, environment: environment, demanding: demanding)
        let keys = QueueBound { try store.openKeys() }
        let users = QueueBound { try store.openUsers() }
        let reader = EventLineReader(events: project.events, currency: project.settings.currency)
        let desk = QueueBound {
            let journeys = try store.openJourneys()
            return EventDesk(
                reader: reader, contacts: try store.openContacts(), store: try store.openEvents(),
                loader: ProgramLoader(store: journeys, catalog: catalog), environment: environment)
        }
        let openDesk: @Sendable () throws -> ServiceDesk = {
            ServiceDesk(
                store: store, projects: projects, environment: environment, variables: ProcessEnvironment.all())
        }
        let messages = QueueBound { MessageDesk(try openDesk()) }
        self.init(
            keys: ring, sessions: sessions, key: store.key, requestsPerSecond: requestsPerSecond,
            refreshKeys: {
                try keys.use { try ring.refresh($0) }
                try users.use { try sessions.refresh($0) }
            },
            takeEvents: { postings in
                let outcomes = try desk.use { try $0.take(postings) }
                onEvents()
                return outcomes
            },
            takeMessages: { requests in
                let outcomes = try messages.use { try $0.take(requests) }
                onEvents()
                return outcomes
            },
            onCommit: { store.onCommit($0) }, openDesk: openDesk)
    }
}
