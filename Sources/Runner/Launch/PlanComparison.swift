package import Channels
package import RuleEngine

/// Who would be reached by one version of a campaign and not by another, and who by other means: over the contacts
/// that there are, with the same query, gate and rendering as sending.
package struct PlanComparison {
    /// What changes for somebody.
    package enum Change: String, Sendable, CaseIterable, Comparable {
        case newlyReached = "newly_reached"
        case noLongerReached = "no_longer_reached"
        case otherChannel = "other_channel"
        case otherTime = "other_time"
        case otherText = "other_text"
        case otherPrice = "other_price"
        /// Reached by neither, for another reason than before.
        case otherReason = "other_reason"

        package static func < (one: Change, two: Change) -> Bool {
            (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: two) ?? 0)
        }
    }

    package struct Report: Sendable {
        package var id: String
        package var oldVersion: String
        package var newVersion: String
        /// Contacts in either audience.
        package var looked = 0
        /// Change → how many people. Somebody may be in several: another channel mostly has another text.
        package var counts: [Change: Int] = [:]
        /// Change → the first ids.
        package var examples: [Change: [String]] = [:]
        package var reachedBefore = 0
        package var reachedNow = 0
        package var costBefore: Int64 = 0
        package var costNow: Int64 = 0
        package var currency: String

        /// What the new version costs more, in micros.
        package var difference: Int64 { costNow - costBefore }

        package init(id: String, oldVersion: String, newVersion: String, currency: String) {
            self.id = id
            self.oldVersion = oldVersion
            self.newVersion = newVersion
            self.currency = currency
        }
    }

    /// What somebody comes to under one version.
    package enum Fate: Sendable, Equatable {
        case outside
        case skipped(String)
        case sent(channel: String, at: Timestamp?, text: [UInt8], costMicros: Int64)
    }

    private let old: CampaignProgram
    private let new: CampaignProgram
    private let oldChannels: [any Channel]
    private let newChannels: [any Channel]
    private let store: any Store
    private let environment: RunnerEnvironment
    private static let pageSize = 2048
    private static let mostExamples = 10

    package init(
        from old: (program: CampaignProgram, channels: [any Channel]),
        to new: (program: CampaignProgram, channels: [any Channel]), store: any Store, environment: RunnerEnvironment
    ) {
        self.old = old.program
        self.new = new.program
        oldChannels = old.channels
        newChannels = new.channels
        self.store = store
        self.environment = environment
    }

    /// - Parameter tell: gets the changes of each contact that has any, by its id.
    package func compare(
        progress: (Int) -> Void = { _ in }, tell: (String, Set<Change>) -> Void = { _, _ in }
    ) throws(StoreError) -> Report {
        let now = environment.now()
        var before = try Fates(old, oldChannels, store, now: now)
        var after = try Fates(new, newChannels, store, now: now)
        var report = Report(
            id: new.campaign.id, oldVersion: old.version, newVersion: new.version, currency: new.settings.currency)
        while true {
            let first = try before.peek()
            let second = try after.peek()
            guard let contact = [first, second].compactMap({ $0?.contact }).min() else { return report }
            let one = first?.contact == contact ? before.next() : nil
            let two = second?.contact == contact ? after.next() : nil
            report.looked += 1
            let changes = Self.changes(one?.fate ?? .outside, two?.fate ?? .outside)
            Self.count(one?.fate, &report.reachedBefore, &report.costBefore)
            Self.count(two?.fate, &report.reachedNow, &report.costNow)
            if !changes.isEmpty {
                let id = two?.id ?? one?.id ?? ""
                for change in changes {
                    report.counts[change, default: 0] += 1
                    if report.examples[change, default: []].count < Self.mostExamples {
                        report.examples[change, default: []].append(id)
                    }
                }
                tell(id, changes)
            }
            if report.looked % Self.pageSize == 0 { progress(report.looked) }
        }
    }

    private static func count(_ fate: Fate?, _ reached: inout Int, _ cost: inout Int64) {
        guard case .sent(_, _, _, let micros)? = fate else { return }
        reached += 1
        cost += micros
    }

    package static func changes(_ before: Fate, _ after: Fate) -> Set<Change> {
        switch (before, after) {
        case (
            .sent(let channel, let at, let text, let cost), .sent(let newChannel, let newAt, let newText, let newCost)
        ):
            var changes: Set<Change> = []
            if channel != newChannel { changes.insert(.otherChannel) }
            if at != newAt { changes.insert(.otherTime) }
            if text != newText { changes.insert(.otherText) }
            if cost != newCost { changes.insert(.otherPrice) }
            return changes
        case (_, .sent): return [.newlyReached]
        case (.sent, _): return [.noLongerReached]
        case (.skipped(let reason), .skipped(let newReason)): return reason == newReason ? [] : [.otherReason]
        case (.outside, .skipped), (.skipped, .outside), (.outside, .outside): return []
        }
    }
}

/// The fates of an audience under one version, in ascending order of contacts, read page by page.
private struct Fates {
    struct Entry {
        var contact: ContactKey
        var id: String
        var fate: PlanComparison.Fate
    }

    private let program: CampaignProgram
    private let reader: any LedgerReader
    private let query: AudienceQuery
    private var forecaster: Forecaster
    private var page: RecipientPage
    private var entries: [Entry] = []
    private var place = 0
    private var cursor: ContactKey?
    private var isOver = false

    init(
        _ program: CampaignProgram, _ channels: [any Channel], _ store: any Store, now: Timestamp
    ) throws(StoreError) {
        self.program = program
        reader = try store.openReader()
        query = program.audience(now: now)
        forecaster = Forecaster(program: program, store: store, channels: channels, reader: reader, now: now)
        page = RecipientPage(slotCount: program.schema.fields.count)
    }

    mutating func peek() throws(StoreError) -> Entry? {
        if place == entries.count, !isOver { try read() }
        return place < entries.count ? entries[place] : nil
    }

    mutating func next() -> Entry? {
        guard place < entries.count else { return nil }
        place += 1
        return entries[place - 1]
    }

    private mutating func read() throws(StoreError) {
        page.removeAll()
        try reader.audiencePage(query, after: cursor, limit: 2048, into: &page)
        entries.removeAll(keepingCapacity: true)
        place = 0
        guard let last = page.rows.last else {
            isOver = true
            return
        }
        cursor = last.contact
        let result = try forecaster.forecast(page, ForecastDepth(comparesTexts: true))
        var fates: [ContactKey: PlanComparison.Fate] = [:]
        fates.reserveCapacity(page.rows.count)
        for skip in result.skips { fates[skip.contact] = .skipped(skip.reason) }
        for forecast in result.forecasts {
            fates[forecast.contact] = .sent(
                channel: program.lanes[forecast.lane].id, at: forecast.heldUntil, text: forecast.text,
                costMicros: forecast.costMicros)
        }
        for row in page.rows {
            entries.append(
                Entry(
                    contact: row.contact, id: row.externalID.string(pool: page.facts.pool),
                    fate: fates[row.contact] ?? .outside))
        }
    }
}
