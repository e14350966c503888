import Channels
package import RuleEngine

/// Runs everything that is live. It is driven, not free-running: each turn does what is due at that moment, in one
/// transaction, and hands messages to channels when it is durable. Time comes from the environment alone, so that weeks
/// pass in a second where somebody wants to see them.
///
/// One thread owns it, and it alone writes while it holds the runner's lock. Its parts: what moves runs
/// (`+Causes`), how a run is moved (`+Runs`), what becomes of its messages (`+Orders`), how they leave (`+Sending`), and
/// what begins by the clock (`+Clocks`).
package final class JourneyEngine {
    package struct Options: Sendable {
        package var causesPerTurn = 500
        package var runsPerTurn = 1000
        package var sendsPerTurn = 1000
        /// Where more waits, a turn takes several times as much: pages that it changes are written once. It ends after
        /// this many seconds all the same, because nobody else writes in it, a kill among them.
        package var turnSeconds = 0.1
        /// Each part of a turn for which others wait takes no longer than this: what happens, runs, and what is sent. What
        /// leaves doesn't wait until nothing more happens.
        package var awaitedSeconds = 0.005
        /// While more happens than can be worked on at once, for so long at most, it is taken in first.
        package var floodSeconds = 10.0
        /// A part of a turn for which others wait takes no longer than this then.
        package var floodedSeconds = 0.002
        /// And the engine rests behind it for so many times as long as it took: who waits is one of many, and what both want
        /// is the processor as much as the file.
        package var restFactor = 4.0
        package var mostRoundsPerTurn = 32
        package var tracing = Tracing.values
        /// Between two looks at who is in a segment, in microseconds.
        package var segmentInterval: Int64 = 60_000_000
        package var retry = RetryPolicy.standard

        package init() {}
    }

    /// What engine and channels hand each other.
    struct Desk: Sendable {
        var reports: [(outlet: String, report: SendReport)] = []
        /// Somebody has something for the engine to look at.
        var isAwake = false
    }

    let store: any JourneyStore
    package internal(set) var programs: LivePrograms
    let key: DataKey
    let environment: RunnerEnvironment
    let options: Options
    let zones: ZoneTable
    let calls: (any CallMaking)?
    private let limits: AccountLimitsBook
    let desk = Monitor(Desk())
    var outlets: [String: Outlet] = [:]
    var inFlight: [UInt64: Attempt] = [:]
    var nextToken: UInt64 = 0
    /// Of the reports on the desk, how many their outlets know of.
    private var notedReports = 0
    var composers: [ComposerKey: MessageComposer] = [:]
    /// Kept: hours are worked out once for everybody of a place.
    var plans: [ComposerKey: MessagePlan] = [:]
    /// What versions with a budget have spent, as far as it was asked.
    var spent: [LaunchID: Spending] = [:]
    /// What the operator should hear, and of which programs it was said that their money runs out.
    var warnings: [String] = []
    var warned: Set<String> = []
    /// When a schedule ticks next, or a segment is looked at.
    var nextClock: Timestamp?
    /// Something went live, or rests, that the engine has not been told of. It does nothing new until it has been:
    /// what happens to people would pass by the version that they are in.
    package internal(set) var isOutdated = false
    /// What was last heard of programs and rights.
    private var seenNews: Int64?
    /// When it was last asked whether those who made programs live may still send, by the clock that only goes ahead.
    var askedForRightsAt = -Double.infinity
    /// Calls that have been made and not been answered, and answers that are not written down yet.
    var callsUnderWay: Set<Int64> = []
    private var answers: [CallAnswer] = []
    private var hasRecovered = false
    /// What it did since it was made.
    package internal(set) var tally = Tally()
    /// The last turn left something for the next one because somebody waited.
    private var hasGivenWay = false
    /// Seconds that it took then.
    private var gaveWayAfter: Double?
    private var flood = Flood()

    package struct Tally: Sendable, Equatable {
        package var causes = 0
        package var runsBegun = 0
        package var runsEnded = 0
        package var steps = 0
        package var accepted = 0
        package var skipped = 0
        package var failed = 0
        package var uncertain = 0
    }

    /// - Parameter outlets: the channels that can be sent through, by id.
    /// - Parameter calls: makes the calls of outside systems; without it they wait.
    /// - Parameter limits: shared with campaigns that send at the same time.
    package init(
        programs: LivePrograms, store: any JourneyStore, channels: [String: OpenChannel], key: DataKey,
        environment: RunnerEnvironment, options: Options = Options(), calls: (any CallMaking)? = nil,
        limits: AccountLimitsBook = AccountLimitsBook(),
        zones: @escaping @Sendable (String) -> TimeZoneRules? = TimeZoneLoader.rules(for:)
    ) {
        self.programs = programs
        self.store = store
        self.key = key
        self.environment = environment
        self.options = options
        self.calls = calls
        self.limits = limits
        self.zones = ZoneTable(zones)
        let now = environment.monotonic()
        for (id, channel) in channels {
            outlets[id] = Outlet(
                id: id, channel: channel, limits: limits.limits(of: channel.declaration, now: now),
                patience: options.retry.unreachableAfter)
        }
        calls?.onAnswer { [waker] in waker.wake() }
    }

    /// Does what is due now. False where nothing was.
    package func turn() throws(StoreError) -> Bool {
        let reports = takeNews()
        (hasGivenWay, gaveWayAfter) = (false, nil)
        var turn = Turn(now: environment.now(), monotonic: environment.monotonic())
        var news: Int64?
        try store.transaction { () throws(StoreError) in
            turn.began = environment.monotonic()
            news = try store.programNews()
            let hasNews = news != seenNews
            if hasNews { try leaveEndedPrograms(&turn) }
            try pauseWithoutRights(&turn, hasNews: hasNews)
            if !hasRecovered {
                try store.returnCalls()
                for (id, trouble) in try store.troubles() {
                    outlets[id]?.resume(trouble, at: turn.now, monotonic: turn.monotonic)
                }
                try tellOfSettledOrders(&turn)
            }
            for entry in reports { try settle(entry.report, &turn) }
            for answer in answers { try settle(answer, &turn) }
            if !isOutdated { try goOn(&turn) }
            for (launch, counts) in turn.passed { try store.count(counts, of: launch) }
            if hasGivenWay { gaveWayAfter = environment.monotonic() - turn.began }
        }
        // From here on it is durable, and what was only remembered may follow.
        seenNews = news
        hasRecovered = true
        finish(turn, reports)
        return turn.hasWorked || !reports.isEmpty
    }

    private func goOn(_ turn: inout Turn) throws(StoreError) {
        try takeCalls(&turn)
        try repeatedly(&turn) { turn throws(StoreError) in
            // Not `||`: runs that are due don't wait until nothing happens any more.
            let tookCauses = try takeCauses(&turn)
            let wokeRuns = try wakeRuns(&turn)
            return tookCauses || wokeRuns
        }
        try lookAtOrders(&turn)
        try lookAtClocks(&turn)
        try expireTags(&turn)
        try send(&turn)
    }

    /// - Parameter work: takes a part of what waits; false where nothing more does.
    private func repeatedly(
        _ turn: inout Turn, _ work: (inout Turn) throws(StoreError) -> Bool
    ) throws(StoreError) {
        for _ in 0..<options.mostRoundsPerTurn {
            guard try work(&turn), environment.monotonic() - turn.began < options.turnSeconds else { return }
        }
    }

    /// Does the first of a list and as many of the others as the turn has time for, and gives back which. Who waits to
    /// write is a caller of the API whose answer waits too: they get it after some milliseconds, and the rest is for
    /// the next one. Where nobody waits, all are done.
    func share<Item>(
        of items: [Item], _ work: (Item) throws(StoreError) -> Void
    ) throws(StoreError) -> [Item] {
        let start = environment.monotonic()
        let patience = isFlooded ? options.floodedSeconds : options.awaitedSeconds
        for (index, item) in items.enumerated() {
            if index > 0, environment.monotonic() - start > patience, store.isAwaited {
                hasGivenWay = true
                return Array(items[..<index])
            }
            try work(item)
        }
        return items
    }

    /// - Parameter causes: those that wait, as far as one look shows.
    func look(at causes: [QueuedCause], _ turn: Turn) throws(StoreError) {
        guard let first = causes.first, causes.count >= options.causesPerTurn / 5 else {
            flood = Flood()
            return
        }
        if causes.count == options.causesPerTurn, flood.isLookDue(at: turn.monotonic) {
            flood.look(at: try store.newestCause() - first.sequence, now: turn.monotonic)
        }
    }

    /// Who sends for longer than that gets as much in as is worked on.
    private var isFlooded: Bool {
        flood.since.map { environment.monotonic() - $0 < options.floodSeconds } ?? false
    }

    /// When something will be due, as far as that is known. For after a turn in which nothing was: what is due all the
    /// same waits for a channel.
    package func nextDue() throws(StoreError) -> Timestamp? {
        let stored = try store.transaction { () throws(StoreError) in try store.nextDue() }
        guard let next = [stored, nextClock].compactMap(\.self).min() else { return nil }
        let now = environment.now()
        guard next <= now else { return next }
        let monotonic = environment.monotonic()
        return now.adding(seconds: max(0.001, outlets.values.compactMap { $0.delay(now: monotonic) }.min() ?? 1))
    }

    /// What the operator should hear. Each once.
    package func takeWarnings() -> [String] {
        defer { warnings.removeAll() }
        return warnings
    }

    /// Messages and calls that are on their way.
    package var inFlightCount: Int { inFlight.count + callsUnderWay.count }

    /// Waits until a channel has reported, something else woke it, or time is up.
    package func wait(atMost seconds: Double) {
        _ = desk.wait(atMost: seconds) { state -> Bool? in
            guard state.isAwake || !state.reports.isEmpty else { return nil }
            state.isAwake = false
            return true
        }
    }

    /// In a flood: leaves the file and the processor to those for whom the last turn gave way; not where it didn't, and no
    /// longer than until a channel has something to say.
    package func rest() {
        guard let gaveWayAfter, isFlooded else { return }
        _ = desk.wait(atMost: min(0.05, gaveWayAfter * options.restFactor)) { state -> Bool? in
            state.reports.isEmpty ? nil : true
        }
    }

    /// Ends a wait from another thread.
    package struct Waker: Sendable {
        let desk: Monitor<Desk>

        package func wake() {
            desk.update { $0.isAwake = true }
        }
    }

    package var waker: Waker { Waker(desk: desk) }

    /// Begins nothing new, waits for what is on its way, and writes it down.
    package func drain(within seconds: Double) throws(StoreError) {
        for outlet in outlets.values { outlet.finish(within: seconds) }
        calls?.finish(within: seconds)
        let reports = takeNews()
        guard !reports.isEmpty || !answers.isEmpty else { return }
        var turn = Turn(now: environment.now(), monotonic: environment.monotonic())
        try store.transaction { () throws(StoreError) in
            for entry in reports { try settle(entry.report, &turn) }
            for answer in answers { try settle(answer, &turn) }
            for (launch, counts) in turn.passed { try store.count(counts, of: launch) }
        }
        finish(turn, reports)
    }

    /// Ends versions that take nobody in and have nobody inside any more. A single message's is made again when it is
    /// needed again: an hour after it was made it has been used, or nobody waits for it.
    package func retire() throws(StoreError) {
        let entrances = Set(programs.entrances.map(\.launch.id))
        let now = environment.now()
        let old = programs.versions.values.filter { version in
            guard version.launch.state == .running else { return false }
            let isSpent = version.isMessage && version.launch.createdAt.advanced(by: 3_600_000_000) < now
            return isSpent || !entrances.contains(version.launch.id)
        }
        guard !old.isEmpty else { return }
        try store.transaction { () throws(StoreError) in
            for version in old where try store.openRunCount(of: version.launch.id) == 0 {
                if try store.hasOpenOrders(version.launch.id) { continue }
                try store.setState(.finished, of: version.launch.id, now: now)
            }
        }
    }

    /// Takes up what has been activated, paused or ended since. Channels that are open stay open.
    package func replace(_ programs: LivePrograms, channels: [String: OpenChannel]) {
        self.programs = programs
        isOutdated = false
        composers.removeAll()
        plans.removeAll()
        spent.removeAll()
        for (id, channel) in channels where outlets[id] == nil {
            outlets[id] = Outlet(
                id: id, channel: channel,
                limits: limits.limits(of: channel.declaration, now: environment.monotonic()),
                patience: options.retry.unreachableAfter)
        }
    }

    /// What channels and outside systems have said. It stays here until it is written down: a transaction may fail. How
    /// accounts are is known at once, and once: what they say now decides how much this turn gives them.
    private func takeNews() -> [(outlet: String, report: SendReport)] {
        answers += calls?.takeAnswers() ?? []
        let reports = desk.withState { $0.reports }
        let now = environment.monotonic()
        for entry in reports.dropFirst(notedReports) {
            outlets[entry.outlet]?.note(
                entry.report.outcome, began: inFlight[entry.report.token]?.began ?? now, now: now,
                random: environment.random)
        }
        notedReports = reports.count
        return reports
    }

    private func finish(_ turn: Turn, _ reports: [(outlet: String, report: SendReport)]) {
        for answer in answers { callsUnderWay.remove(answer.id) }
        answers.removeAll()
        desk.update { $0.reports.removeFirst(reports.count) }
        notedReports = 0
        for entry in reports { inFlight.removeValue(forKey: entry.report.token) }
        tally.add(turn.tally)
        for submission in turn.submissions { inFlight[submission.message.token] = submission.attempt }
        // In one order on every day: a day that failed must be lived again as it was.
        for (id, submissions) in Dictionary(grouping: turn.submissions, by: \.attempt.outlet)
            .sorted(by: { $0.key < $1.key })
        {
            outlets[id]?.submit(submissions.map(\.message), desk: desk)
        }
        for call in turn.calls { callsUnderWay.insert(call.id) }
        calls?.make(turn.calls)
        for outlet in turn.cut { outlets[outlet]?.finish(within: Self.killPatience) }
    }
}

extension JourneyEngine {
    /// A message that is on its way.
    struct Attempt {
        var key: DeliveryKey
        var attempt: Int32
        var costMicros: Int64
        var outlet: String
        /// The account whose message it is; another one while that is down.
        var home: String
        /// When it was handed over, by the clock that only goes ahead.
        var began: Double
    }

    struct Submission {
        var message: ComposedMessage
        var attempt: Attempt
    }

    /// What one transaction does, and what has to follow when it is durable.
    struct Turn {
        let now: Timestamp
        let monotonic: Double
        /// When it got the file, which others may have had before it.
        var began = 0.0
        var submissions: [Submission] = []
        var calls: [PreparedCall] = []
        /// Channels that must begin nothing more of what they have been given.
        var cut: Set<String> = []
        /// Of those who asked for messages, as far as it was looked up.
        var rights: [Owner: SendingRights?] = [:]
        /// How often each node was passed, by version.
        var passed: [LaunchID: [Int: Int]] = [:]
        var tally = Tally()
        var hasWorked = false
    }
}

extension JourneyEngine.Tally {
    fileprivate mutating func add(_ other: JourneyEngine.Tally) {
        causes += other.causes
        runsBegun += other.runsBegun
        runsEnded += other.runsEnded
        steps += other.steps
        accepted += other.accepted
        skipped += other.skipped
        failed += other.failed
        uncertain += other.uncertain
    }
}

/// Zones by name, each read once.
package final class ZoneTable {
    private let load: @Sendable (String) -> TimeZoneRules?
    private var known: [String: TimeZoneRules?] = [:]
    private var holidays: [String: (year: Int, days: Set<Int64>)] = [:]

    package init(_ load: @escaping @Sendable (String) -> TimeZoneRules?) {
        self.load = load
    }

    func rules(of name: String) -> TimeZoneRules? {
        if let known = known[name] { return known }
        let rules = load(name)
        known[name] = rules
        return rules
    }

    /// The public holidays of a country from the year before to the year after, as days since 1970-01-01.
    func holidays(in country: String?, around now: Timestamp) -> Set<Int64> {
        guard let country, let calendar = HolidayCalendar.shipped.countries.first(where: { $0.code == country }) else {
            return []
        }
        let year = CalendarDate(daysSinceEpoch: now.microseconds / 86_400_000_000).year
        if let known = holidays[country], known.year == year { return known.days }
        let days = (year - 1...year + 1).reduce(into: Set<Int64>()) { $0.formUnion(calendar.days(of: $1)) }
        holidays[country] = (year, days)
        return days
    }
}
