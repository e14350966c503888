package import RuleEngine

/// How long something is kept.
package struct RetentionRule: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Requests of providers as they came.
        case webhooks
        /// What people wrote, and the addresses that they wrote from.
        case inbound
        /// What providers told of messages, event by event; what became of each message stays.
        case statuses
        /// Which link was followed when.
        case clicks
        /// To which address a message went; that it went stays.
        case addresses
        /// What messages said; that they went stays.
        case messages
        /// What was said in the chat on a site.
        case chats
        /// What happened to contacts.
        case events

        /// Whether it belongs to channels, so that each may have a time of its own.
        package var isOfChannels: Bool {
            switch self {
            case .webhooks, .inbound, .statuses, .addresses, .messages, .chats: true
            case .clicks, .events: false
            }
        }

        package var about: String {
            switch self {
            case .webhooks: "requests of providers as they came"
            case .inbound: "what people wrote, and from where"
            case .statuses: "what providers told of messages, event by event"
            case .clicks: "which link was followed when"
            case .addresses: "to which address a message went"
            case .messages: "what messages said"
            case .chats: "what was said in chats"
            case .events: "what happened to contacts"
            }
        }
    }

    package var kind: Kind
    /// Nil for every channel that has no rule of its own.
    package var channel: String?
    package var days: Int

    package init(kind: Kind, channel: String?, days: Int) {
        self.kind = kind
        self.channel = channel
        self.days = days
    }

    package static let longest = 36_500

    package var json: JSON {
        ["kind": .string(kind.rawValue), "channel": JSON(channel), "days": JSON(days)]
    }
}

/// Rules, and what they take away. One thread owns it.
package protocol RetentionStore: AnyObject {
    func rules() throws(StoreError) -> [RetentionRule]
    func set(_ rule: RetentionRule) throws(StoreError)
    func remove(_ kind: RetentionRule.Kind, channel: String?) throws(StoreError) -> Bool
    /// Takes away what is too old, `limit` rows of a rule at most, each rule in a transaction of its own.
    ///
    /// - Returns: how many rows of each kind.
    func sweep(now: Timestamp, limit: Int) throws(StoreError) -> [RetentionRule.Kind: Int]
}

extension RetentionStore {
    /// Until nothing is too old any more.
    package func sweepAll(now: Timestamp) throws(StoreError) -> [RetentionRule.Kind: Int] {
        var all: [RetentionRule.Kind: Int] = [:]
        while true {
            let some = try sweep(now: now, limit: 5_000)
            guard !some.isEmpty else { return all }
            all.merge(some, uniquingKeysWith: +)
        }
    }
}
