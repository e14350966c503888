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
        /// How many calls of outside systems are in each state.
        package var calls: [RunReport.Call.State: Int]

        package init(
            launch: LaunchRecord, inside: Int, endings: [String: Int], goals: Int, passed: [Int: Int],
            waiting: [Int: Int], counts: LaunchCounts, calls: [RunReport.Call.State: Int] = [:]
        ) {
            self.calls = calls
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
    package var calls: [Call] = []
    /// As it was at an earlier moment.
    package var isPast = false

    /// A call of an outside system, and what it has come to.
    package struct Call: Sendable {
        package enum State: Int, Sendable {
            case waiting = 0
            case underWay = 1
            case answered = 2
            case givenUp = 3
        }

        package var node: Int
        package var state: State
        package var attempts: Int
        /// When it is to be made, or made again.
        package var notBefore: Timestamp
        /// What it came to last.
        package var answer: String?

        package init(node: Int, state: State, attempts: Int, notBefore: Timestamp, answer: String?) {
            self.node = node
            self.state = state
            self.attempts = attempts
            self.notBefore = notBefore
            self.answer = answer
        }
    }

    package struct Delivery: Sendable {
        /// The version that ordered it.
        package var launch: LaunchID
        package var node: Int
        package var channel: String
        package var state: DeliveryState
        package var reason: String?
        package var notBefore: Timestamp?
        package var acceptedAt: Timestamp?
        package var createdAt: Timestamp
        package var updatedAt: Timestamp
        package var news: DeliveryNews?

        package init(
            launch: LaunchID, node: Int, channel: String, state: DeliveryState, reason: String?,
            notBefore: Timestamp?, acceptedAt: Timestamp?, createdAt: Timestamp, updatedAt: Timestamp,
            news: DeliveryNews?
        ) {
            self.launch = launch
            self.updatedAt = updatedAt
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

    package init(run: StoredRun, lines: [Line], deliveries: [Delivery], calls: [Call] = []) {
        self.run = run
        self.lines = lines
        self.deliveries = deliveries
        self.calls = calls
    }
}

extension RunReport.Line {
    /// One line of the table `trace`. Nil for one that this program can't read.
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
    /// What a person got or may have got of any program since a moment, newest first; not more than twenty.
    func sends(to contact: ContactKey, since: Timestamp) throws(StoreError) -> [SentMessage]
}
