package import RuleEngine

/// Reads of launches and audiences. One thread owns it; nothing it does writes.
package protocol LedgerReader: AccountVolumes, RightsReader {
    func latestLaunch(of program: String) throws(StoreError) -> LaunchRecord?
    func launch(_ id: LaunchID) throws(StoreError) -> LaunchRecord?
    func launches() throws(StoreError) -> [LaunchRecord]

    /// The next rows of an audience in ascending order of key, facts and gate facts from one snapshot. An empty page
    /// is the end.
    func audiencePage(
        _ query: AudienceQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError)

    /// The next `planned` rows of a launch after a contact. An empty page is the end.
    func plannedPage(
        of launch: LaunchID, _ query: RecipientQuery, after: ContactKey?, limit: Int, into page: inout RecipientPage
    ) throws(StoreError)

    /// Rows in `retry_wait` and `deferred` whose time has come, earliest first. Rows that `excluding` names are left out: they are
    /// on their way already.
    func duePage(
        of launch: LaunchID, _ query: RecipientQuery, now: Timestamp, limit: Int, excluding: Set<ContactKey>,
        into page: inout RecipientPage
    ) throws(StoreError)

    /// When the next row in `retry_wait` or `deferred` is due, if there is one.
    func nextDue(of launch: LaunchID) throws(StoreError) -> Timestamp?

    /// When the next message is due to be looked at for another channel.
    func nextEscalation(of launch: LaunchID) throws(StoreError) -> Timestamp?

    /// Some contacts' facts, in the order given; those that are gone are left out. With a launch, what the gate asks of
    /// its rows is there too.
    func recipients(
        _ contacts: [ContactKey], _ query: RecipientQuery, of launch: LaunchID?, into page: inout RecipientPage
    ) throws(StoreError)

    /// Every channel that a launch's messages may leave by.
    func channels(of launch: LaunchID) throws(StoreError) -> [SendingChannel]

    /// The kind of channel that a message went by; nil where its launch has only one, or there is no such message.
    func channelKind(of delivery: DeliveryKey) throws(StoreError) -> String?

    /// The channels by which a recipient of the launch was tried before.
    func triedChannels(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> [String]

    /// When a person last wrote to an account.
    func lastInbound(from contact: ContactKey, channel: String) throws(StoreError) -> Timestamp?

    /// How many messages of the launch that left at or after `since` went wrong.
    func rates(of launch: LaunchID, since: Timestamp?) throws(StoreError) -> LiveRates

    /// What happened in an experiment's sample, in the order of time: `arms` gives the arm of each step.
    func forEachExperimentEvent(
        of launch: LaunchID, arms: [Int32: Int], metric: ExperimentMetric, goal: CheckedGoal?,
        _ body: (ExperimentEvent) -> Void
    ) throws(StoreError)

    func verdict(of launch: LaunchID) throws(StoreError) -> (verdict: ExperimentVerdict, decidedAt: Timestamp)?

    /// How many of those who were sent it, and of those held out, reached the goal.
    func goals(of launch: LaunchID, _ goal: CheckedGoal) throws(StoreError) -> GoalCounts

    /// All rows of one contact, the latest try last.
    func deliveries(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> [DeliveryRecord]

    /// One contact's facts, whether in the audience or not.
    func recipient(
        _ contact: ContactKey, _ query: RecipientQuery, into page: inout RecipientPage
    ) throws(StoreError)

    func counts(of launch: LaunchID) throws(StoreError) -> LaunchCounts
    /// What providers told about the launch's messages.
    func news(of launch: LaunchID) throws(StoreError) -> NewsCounts
    /// Self-check: rows that break an invariant, in words. Empty is good.
    func verify(_ launch: LaunchID, now: Timestamp) throws(StoreError) -> [String]
    func delivery(of launch: LaunchID, contact: ContactKey) throws(StoreError) -> DeliveryRecord?
    /// Every row in ascending order of key; stops when `body` gives false.
    func forEachDelivery(
        of launch: LaunchID, state: DeliveryState?, _ body: (DeliveryRecord) throws -> Bool
    ) throws
}
