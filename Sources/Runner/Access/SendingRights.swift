package import RuleEngine

/// What somebody may send at this moment.
package struct SendingRights: Sendable, Equatable {
    package var scopes: Set<Scope>
    package var limits: KeyLimits

    package init(scopes: Set<Scope>, limits: KeyLimits = KeyLimits()) {
        self.scopes = scopes
        self.limits = limits
    }

    package static let all = SendingRights(scopes: Set(Scope.allCases))

    /// What keeps them from sending a program's messages; nil where nothing does.
    ///
    /// - Parameter program: nil for a single message, which belongs to none.
    package func obstacle(to program: String?, by channels: [SendingChannel]) -> Obstacle? {
        for channel in channels.sorted(by: { $0.id < $1.id }) {
            let scope = Scope.sending(on: channel.kind)
            guard let scope, scopes.contains(scope) else { return .scope(scope, kind: channel.kind) }
            guard limits.allows(channel: channel.id) else { return .channel(channel.id) }
        }
        return limits.allows(program: program) ? nil : .program(program)
    }

    package enum Obstacle: Sendable, Equatable {
        /// Nil for a kind of channel that nobody may send on.
        case scope(Scope?, kind: String)
        case channel(String)
        case program(String?)

        /// Stable.
        package var code: String {
            switch self {
            case .scope: "may_not_send"
            case .channel: "other_channel"
            case .program: "other_program"
            }
        }

        /// Behind "may not".
        package var words: String {
            switch self {
            case .scope(_, let kind): "send by \(kind)"
            case .channel(let id): "send by the channel `\(id)`"
            case .program(let id): id.map { "run `\($0)`" } ?? "send single messages"
            }
        }

        package var help: String? {
            switch self {
            case .scope(let scope, _): scope.map { "it takes `\($0.rawValue)`" }
            case .channel: "the key is kept to other channels"
            case .program: "the key is kept to other programs"
            }
        }
    }
}

/// A channel that messages may leave by.
package struct SendingChannel: Sendable, Hashable {
    package var id: String
    package var kind: String

    package init(id: String, kind: String) {
        self.id = id
        self.kind = kind
    }

    init(_ channel: CheckedChannel) {
        self.init(id: channel.id, kind: channel.kind)
    }
}

/// Says what those may send now who have let something begin. One thread owns it.
package protocol RightsReader: AnyObject {
    /// Nil where the key opens nothing any more, or the person is gone or shut out. A key that another took the place of has that
    /// one's rights.
    func rights(of owner: Owner, at now: Timestamp) throws(StoreError) -> SendingRights?
}

extension RightsReader {
    /// Why what somebody has begun must not go on, for whoever asks; nil where it may.
    package func loss(
        of owner: Owner, sending program: String?, by channels: [SendingChannel], at now: Timestamp
    ) throws(StoreError) -> String? {
        if owner == .operator { return nil }
        guard let rights = try rights(of: owner, at: now) else {
            return "`\(owner)`, who began it, has no rights any more"
        }
        return rights.obstacle(to: program, by: channels).map {
            "`\(owner)`, who began it, may not \($0.words) any more"
        }
    }
}

extension ProgramGraph {
    /// The channels that a journey's messages may take, those that stand in for others among them.
    package func channels(in project: CheckedProject) -> [CheckedChannel] {
        var found: [String: CheckedChannel] = [:]
        for case .deliver(let send, _) in nodes {
            let ids = send.reach.channels(in: project)
            for id in ids + ids.flatMap({ project.channels[$0]?.failover ?? [] }) { found[id] = project.channels[id] }
        }
        return found.values.sorted { $0.id < $1.id }
    }
}
