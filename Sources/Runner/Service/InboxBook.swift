package import RuleEngine

/// Which conversations are meant: the newest first.
package struct InboxSearch: Sendable {
    package var channel: String?
    package var contact: ContactKey?
    /// Less than three days of silence.
    package var isActive: Bool?
    package var state: FoundConversation.State?
    package var assignee: String?
    package var tag: String?
    package var lead: String?
    package var isUnread: Bool?

    package init() {}
}

/// A conversation: what one person wrote on one channel without three days of silence in it, what was answered, and who looks
/// after it.
package struct FoundConversation: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case open, resolved, archived
    }

    package enum Priority: String, Sendable, CaseIterable {
        case low = "LOW"
        case normal = "NORMAL"
        case high = "HIGH"
        case urgent = "URGENT"
    }

    /// Something that was said in it, or about it.
    package struct Entry: Sendable {
        package var at: Timestamp
        /// `inbound`, `outbound` or `internal`.
        package var direction: String
        package var kind: String
        package var text: String?
        /// What an inbound text was taken for: `stop`, `help` …
        package var meaning: String?
        package var actor: String?
        /// Of an outbound message.
        package var delivery: DeliveryKey?
        /// Which campaign, sequence or rule sent it.
        package var program: String?

        package init(
            at: Timestamp, direction: String, kind: String, text: String?, meaning: String? = nil, actor: String? = nil,
            delivery: DeliveryKey? = nil, program: String? = nil
        ) {
            self.program = program
            self.at = at
            self.direction = direction
            self.kind = kind
            self.text = text
            self.meaning = meaning
            self.actor = actor
            self.delivery = delivery
        }
    }

    /// After so much silence a text begins a new one, in microseconds.
    package static let silence: Int64 = 72 * 3_600_000_000

    package var id: Int64
    package var channel: String
    /// The caller's id, where somebody has the address.
    package var contact: String?
    package var openedAt: Timestamp
    package var lastAt: Timestamp
    package var texts: Int
    package var unread: Int
    package var assignee: String?
    package var priority: Priority
    package var lead: String?
    package var tags: [String]
    package var firstResponseAt: Timestamp?
    package var resolvedAt: Timestamp?
    package var archivedAt: Timestamp?
    /// Filled where one is shown.
    package var entries: [Entry] = []

    package init(
        id: Int64, channel: String, contact: String?, openedAt: Timestamp, lastAt: Timestamp, texts: Int, unread: Int,
        assignee: String?, priority: Priority, lead: String?, tags: [String], firstResponseAt: Timestamp?,
        resolvedAt: Timestamp?, archivedAt: Timestamp?
    ) {
        self.id = id
        self.channel = channel
        self.contact = contact
        self.openedAt = openedAt
        self.lastAt = lastAt
        self.texts = texts
        self.unread = unread
        self.assignee = assignee
        self.priority = priority
        self.lead = lead
        self.tags = tags
        self.firstResponseAt = firstResponseAt
        self.resolvedAt = resolvedAt
        self.archivedAt = archivedAt
    }

    /// Whoever writes again opens it again.
    package var state: State {
        if let archivedAt, archivedAt >= lastAt { return .archived }
        if let resolvedAt, resolvedAt >= lastAt { return .resolved }
        return .open
    }

    package func json(now: Timestamp) -> JSON {
        func seconds(_ end: Timestamp?) -> JSON {
            end.map { JSON(max(0, $0.microseconds - openedAt.microseconds) / 1_000_000) } ?? .null
        }
        return [
            "id": .string(String(id)), "channel": .string(channel), "contact": JSON(contact), "lead": JSON(lead),
            "activity": lastAt.microseconds >= now.microseconds - Self.silence ? "active" : "closed",
            "state": .string(state.rawValue), "assigned_to": JSON(assignee), "priority": .string(priority.rawValue),
            "tags": JSON(tags), "unread": JSON(unread), "messages": JSON(texts),
            "opened_at": .string(ISOInstant.text(openedAt)), "last_at": .string(ISOInstant.text(lastAt)),
            "first_response_seconds": seconds(firstResponseAt),
            "resolution_seconds": seconds(state == .open ? nil : resolvedAt),
        ]
    }

    package func fullJSON(now: Timestamp, _ sealer: ReferenceSealer) -> JSON {
        json(now: now).adding(
            "entries",
            .array(
                entries.map { entry in
                    [
                        "at": .string(ISOInstant.text(entry.at)), "direction": .string(entry.direction),
                        "kind": .string(entry.kind), "text": JSON(entry.text), "meaning": JSON(entry.meaning),
                        "by": JSON(entry.actor), "message": JSON(entry.delivery.map { sealer.seal($0) }),
                        "program": JSON(entry.program),
                    ]
                }))
    }
}

/// What somebody changes about a conversation; nil leaves it as it is.
package struct InboxChange: Sendable {
    /// Empty takes it away.
    package var assignee: String?
    package var priority: FoundConversation.Priority?
    package var lead: String?
    package var state: FoundConversation.State?
    package var isUnread: Bool?
    package var tags: [String]?

    package init() {}
}

package struct QuickReply: Sendable {
    package var id: String
    package var text: String
    package var at: Timestamp
    package var actor: String

    package init(id: String, text: String, at: Timestamp, actor: String) {
        self.id = id
        self.text = text
        self.at = at
        self.actor = actor
    }

    package var json: JSON {
        [
            "id": .string(id), "text": .string(text), "by": .string(actor), "at": .string(ISOInstant.text(at)),
        ]
    }
}

/// Conversations, and what is kept about them. One thread owns it.
package protocol InboxBook: AnyObject {
    /// - Parameter activeSince: whoever has written since then is still in it.
    func conversations(
        _ search: InboxSearch, activeSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundConversation>
    /// With what was said.
    func conversation(_ id: Int64) throws(StoreError) -> FoundConversation?
    /// Where its person can be answered, and who that is.
    func address(of conversation: Int64) throws(StoreError) -> (contact: ContactKey?, address: String?)
    func change(_ conversation: Int64, _ change: InboxChange, now: Timestamp) throws(StoreError)
    func note(_ text: String, on conversation: Int64, actor: String, now: Timestamp) throws(StoreError)
    func quickReplies() throws(StoreError) -> [QuickReply]
    func write(_ reply: QuickReply) throws(StoreError)
    /// False where there is none.
    func removeQuickReply(_ id: String) throws(StoreError) -> Bool
}
