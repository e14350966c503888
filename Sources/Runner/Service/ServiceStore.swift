package import RuleEngine

/// A data folder with everything that the service reads and writes. Connections belong to the thread that opened them.
package protocol ServiceStore: Store {
    /// Gives every field of a schema its place, so that programs can write it.
    func prepare(for schema: ContactSchema) throws(StoreError)
    func openKeys() throws(StoreError) -> any KeyStore
    func openContactWriter() throws(StoreError) -> any ContactWriter
    func openStatistics() throws(StoreError) -> any StatisticsStore
    func openJourneys() throws(StoreError) -> any JourneyStore
    func openJourneyReader() throws(StoreError) -> any JourneyReader
    func openContactSearch() throws(StoreError) -> any ContactSearching
    func openLedgerSearch() throws(StoreError) -> any LedgerSearching
    func openMessageLedger() throws(StoreError) -> any MessageLedger
    func openMessageSearch() throws(StoreError) -> any MessageSearching
    func openTemplates() throws(StoreError) -> any TemplateBook
    func openConversations() throws(StoreError) -> any InboxBook
    func openSchedules() throws(StoreError) -> any ScheduleBook
    func openIdentities() throws(StoreError) -> any IdentityBook
    /// What the newest launches and webhooks of each channel say of it, by its id.
    func channelRecords() throws(StoreError) -> [String: ChannelRecord]
    func openUsers() throws(StoreError) -> any UserStore
    func openAudit() throws(StoreError) -> any AuditLog
    func openCredentials() throws(StoreError) -> any CredentialStore
    func openRetention() throws(StoreError) -> any RetentionStore
    func openHooks() throws(StoreError) -> any HookStore
    func openChanges() throws(StoreError) -> any ChangeFeed
    func openOptIns() throws(StoreError) -> any OptInStore
    func openAnswers() throws(StoreError) -> any AnswerBook
    func openArchive() throws(StoreError) -> any MessageArchive
}
