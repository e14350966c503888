package import RuleEngine

/// One execution of a program version for its whole audience.
package struct LaunchID: Hashable, Sendable, Comparable {
    package let rawValue: Int64
    /// Stands in the references of messages that belong to no launch: previews and test messages.
    package static let preview = LaunchID(rawValue: 0)

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static func < (left: LaunchID, right: LaunchID) -> Bool {
        left.rawValue < right.rawValue
    }
}

package enum LaunchState: Int, Sendable {
    /// The audience is being written down.
    case planning = 0
    case running = 1
    case paused = 2
    case finished = 3
    case cancelled = 4
    /// It waits for its moment.
    case scheduled = 5
    /// Ended at once, without waiting for what was on its way.
    case killed = 6

    /// Nothing begins it again.
    package var isOver: Bool {
        switch self {
        case .finished, .cancelled, .killed: true
        case .planning, .running, .paused, .scheduled: false
        }
    }

    package var name: String {
        switch self {
        case .scheduled: "scheduled"
        case .killed: "killed"
        case .planning: "planning"
        case .running: "running"
        case .paused: "paused"
        case .finished: "finished"
        case .cancelled: "cancelled"
        }
    }
}

package struct LaunchRecord: Sendable {
    package var id: LaunchID
    /// The program's id.
    package var program: String
    /// False for a version of a sequence or rule.
    package var isCampaign = true
    /// SHA-256 of the canonical form, in hex.
    package var version: String
    package var channelID: String
    package var channelKind: String
    package var purpose: Purpose
    package var topic: String?
    package var brand: String?
    package var currency: String
    package var state: LaunchState
    /// Every contact up to this one is written down.
    package var planCursor: ContactKey
    package var isPlanned: Bool
    package var createdAt: Timestamp
    package var finishedAt: Timestamp?
    /// The file's text at launch, so that a later change can be shown.
    package var source: String
    /// Which template each of its steps sends; known when it is created, and not read again.
    package var templates: [Int32: String]
    /// Every channel that it may send by, with its kind; known when it is created, and not read again.
    package var channels: [SendingChannel] = []
    /// Whose message goes first where a cap leaves room for one; known when it is created, and not read again.
    package var priority = 0
    /// The named links of each step's texts; known when it is created, and not read again.
    package var links: [Int32: Set<NamedLink>] = [:]
    /// How far it has come. Written with the row, and by `setPhase`.
    package var phase = LaunchPhase()
    /// Why it is paused, or who ended it.
    package var note: String?
    /// Who let it begin: with their rights it goes on, or rests.
    package var owner = Owner.operator

    /// Why nothing of it moves; nil where it may.
    package var rest: String? {
        state == .paused ? "the program is paused" + (note.map { ": " + $0 } ?? "") : nil
    }

    /// When it really begins: what `now` means in its audience and texts.
    package var begunAt: Timestamp {
        phase.startsAt.map { max($0, createdAt) } ?? createdAt
    }

    package init(
        id: LaunchID, program: String, version: String, channelID: String, channelKind: String, purpose: Purpose,
        topic: String?, brand: String?, currency: String, state: LaunchState, planCursor: ContactKey, isPlanned: Bool,
        createdAt: Timestamp, finishedAt: Timestamp?, source: String, templates: [Int32: String] = [:]
    ) {
        self.templates = templates
        self.id = id
        self.program = program
        self.version = version
        self.channelID = channelID
        self.channelKind = channelKind
        self.purpose = purpose
        self.topic = topic
        self.brand = brand
        self.currency = currency
        self.state = state
        self.planCursor = planCursor
        self.isPlanned = isPlanned
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.source = source
    }
}
