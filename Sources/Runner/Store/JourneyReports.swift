package import RuleEngine

/// Where a live sequence or rule stands.
package struct ProgramStatus: Sendable {
    package struct Version: Sendable {
        package var launch: LaunchRecord
        package var inside: Int
        /// Ending → how many runs.
        package var endings: [String: Int]
        package var goals: Int
        /// How often each node was passed.
        package var passed: [Int: Int]
        /// How many are at each node now.
        package var waiting: [Int: Int]
        package var counts: LaunchCounts

        package init(
            launch: LaunchRecord, inside: Int, endings: [String: Int], goals: Int, passed: [Int: Int],
            waiting: [Int: Int], counts: LaunchCounts
        ) {
            self.launch = launch
            self.inside = inside
            self.endings = endings
            self.goals = goals
            self.passed = passed
            self.waiting = waiting
            self.counts = counts
        }
    }

    package var program: String
    /// Oldest first.
    package var versions: [Version]

    package init(program: String, versions: [Version]) {
        self.program = program
        self.versions = versions
    }
}

/// What happened in one run, as it was written down.
package struct RunReport: Sendable {
    package struct Line: Sendable {
        package var at: Timestamp
        package var node: Int
        /// `rules/welcome.yaml:5:3`; empty for what nobody wrote.
        package var place: String
        /// `chose`, `waits` …
        package var decision: String
        package var text: String
    }

    package var run: StoredRun
    package var lines: [Line]
    package var deliveries: [Delivery]

    package struct Delivery: Sendable {
        package var node: Int
        package var channel: String
        package var state: DeliveryState
        package var reason: String?
        package var notBefore: Timestamp?
        package var acceptedAt: Timestamp?
        package var createdAt: Timestamp
        package var news: DeliveryNews?

        package init(
            node: Int, channel: String, state: DeliveryState, reason: String?, notBefore: Timestamp?,
            acceptedAt: Timestamp?, createdAt: Timestamp, news: DeliveryNews?
        ) {
            self.node = node
            self.channel = channel
            self.state = state
            self.reason = reason
            self.notBefore = notBefore
            self.acceptedAt = acceptedAt
            self.createdAt = createdAt
            self.news = news
        }
    }

    package init(run: StoredRun, lines: [Line], deliveries: [Delivery]) {
        self.run = run
        self.lines = lines
        self.deliveries = deliveries
    }
}

extension RunReport.Line {
    /// One line of the table `run_trace`. Nil for one that this program can't read.
    package init?(_ line: some StringProtocol, at: Timestamp) {
        let parts = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let node = Int(parts[0]) else { return nil }
        self.init(
            at: at, node: node, place: String(parts[1]), decision: String(parts[2]),
            text: parts.count > 3 ? String(parts[3]) : "")
    }
}

/// Reads what became of runs. One thread owns it; nothing it does writes.
package protocol JourneyReader: AnyObject {
    /// Nil where no version of it was ever live.
    func status(of program: String) throws(StoreError) -> ProgramStatus?
    /// All runs of one person, oldest first.
    func runs(of contact: ContactKey, in program: String) throws(StoreError) -> [RunReport]
}
