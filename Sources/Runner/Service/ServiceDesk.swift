package import RuleEngine

/// What the API does, in the words of the domain. One thread owns it; what it needs of the data folder it opens when it
/// first needs it. Extensions say what can be asked, one file a subject.
package final class ServiceDesk {
    package let store: any ServiceStore
    package let projects: ProjectReader
    package let environment: RunnerEnvironment
    /// The process's variables: secrets and endpoints.
    let variables: [String: String]
    private var opened: [ObjectIdentifier: Any] = [:]

    package init(
        store: any ServiceStore, projects: ProjectReader, environment: RunnerEnvironment,
        variables: [String: String] = [:]
    ) {
        self.variables = variables
        self.store = store
        self.projects = projects
        self.environment = environment
    }

    package var now: Timestamp { environment.now() }

    private func once<Value>(_ open: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        let name = ObjectIdentifier(Value.self)
        if let value = opened[name] as? Value { return value }
        let value = try open()
        opened[name] = value
        return value
    }

    func contacts() throws(StoreError) -> any ContactDirectory {
        try once { () throws(StoreError) in try store.openContacts() }
    }

    func consents() throws(StoreError) -> any ConsentStore {
        try once { () throws(StoreError) in try store.openConsents() }
    }

    func contactSearch() throws(StoreError) -> any ContactSearching {
        try once { () throws(StoreError) in try store.openContactSearch() }
    }

    func ledgerSearch() throws(StoreError) -> any LedgerSearching {
        try once { () throws(StoreError) in try store.openLedgerSearch() }
    }

    func contactWriter() throws(StoreError) -> any ContactWriter {
        try once { () throws(StoreError) in try store.openContactWriter() }
    }

    func reader() throws(StoreError) -> any LedgerReader {
        try once { () throws(StoreError) in try store.openReader() }
    }

    func statistics() throws(StoreError) -> any StatisticsStore {
        try once { () throws(StoreError) in try store.openStatistics() }
    }

    func journeys() throws(StoreError) -> any JourneyStore {
        try once { () throws(StoreError) in try store.openJourneys() }
    }

    func journeyReader() throws(StoreError) -> any JourneyReader {
        try once { () throws(StoreError) in try store.openJourneyReader() }
    }

    func messageLedger() throws(StoreError) -> any MessageLedger {
        try once { () throws(StoreError) in try store.openMessageLedger() }
    }

    func messageSearch() throws(StoreError) -> any MessageSearching {
        try once { () throws(StoreError) in try store.openMessageSearch() }
    }

    func templateBook() throws(StoreError) -> any TemplateBook {
        try once { () throws(StoreError) in try store.openTemplates() }
    }

    func inbox() throws(StoreError) -> any InboxBook {
        try once { () throws(StoreError) in try store.openConversations() }
    }

    func scheduleBook() throws(StoreError) -> any ScheduleBook {
        try once { () throws(StoreError) in try store.openSchedules() }
    }

    func identities() throws(StoreError) -> any IdentityBook {
        try once { () throws(StoreError) in try store.openIdentities() }
    }

    func keys() throws(StoreError) -> any KeyStore {
        try once { () throws(StoreError) in try store.openKeys() }
    }

    func users() throws(StoreError) -> any UserStore {
        try once { () throws(StoreError) in try store.openUsers() }
    }

    package func hooks() throws(StoreError) -> any HookStore {
        try once { () throws(StoreError) in try store.openHooks() }
    }

    package func changes() throws(StoreError) -> any ChangeFeed {
        try once { () throws(StoreError) in try store.openChanges() }
    }

    package func retention() throws(StoreError) -> any RetentionStore {
        try once { () throws(StoreError) in try store.openRetention() }
    }

    func credentials() throws(StoreError) -> any CredentialStore {
        try once { () throws(StoreError) in try store.openCredentials() }
    }

    /// As channels and endpoints of this project have them.
    var secrets: SecretResolver {
        SecretResolver(
            environment: variables,
            stored: StoredSecrets(variables: variables) { [store] () throws(StoreError) in
                (try store.openCredentials(), store.key)
            })
    }

    func approvals() throws(StoreError) -> any ApprovalStore {
        try once { () throws(StoreError) in try store.openApprovals() }
    }

    package func audit() throws(StoreError) -> any AuditLog {
        try once { () throws(StoreError) in try store.openAudit() }
    }

    func optIns() throws(StoreError) -> any OptInStore {
        try once { () throws(StoreError) in try store.openOptIns() }
    }

    package func answers() throws(StoreError) -> any AnswerBook {
        try once { () throws(StoreError) in try store.openAnswers() }
    }

    package func archive() throws(StoreError) -> any MessageArchive {
        try once { () throws(StoreError) in try store.openArchive() }
    }

    package var sealer: ReferenceSealer { ReferenceSealer(store.key) }

    // MARK: The project

    /// The day that it is on the project's clock.
    package func today() throws -> Int64 {
        try zone().localTime(of: now).date.daysSinceEpoch
    }

    func zone() throws -> TimeZoneRules {
        let name = try project().settings.timeZone
        guard let zone = TimeZoneLoader.rules(for: name) else {
            throw ServiceRefusal(.unavailable, "time_zone", "the machine knows no time zone `\(name)`")
        }
        return zone
    }

    /// The files as they are now, where they compile.
    func project() throws -> CheckedProject {
        let result = try projects.current()
        guard let project = result.project else { throw ServiceRefusal(projectErrors: result) }
        return project
    }

    /// Where the files have errors nobody knows which fields a contact has: then the standard ones are shown, and the sheet
    /// says that these aren't all.
    func sheet(of key: ContactKey) throws -> ContactSheet {
        let schema = try projects.current().project?.schema
        var sheet = try consents().sheet(of: key, schema: schema ?? ContactSchema(id: "standard", declared: []))
        sheet.knowsFields = schema != nil
        return sheet
    }

    func contact(_ name: String) throws -> ContactKey {
        guard let key = try contacts().find(name) else { throw ServiceRefusal.noContact(name) }
        return key
    }
}
