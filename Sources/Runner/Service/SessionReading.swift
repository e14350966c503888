package import RuleEngine

/// Which conversations are meant: the newest first.
package struct SessionSearch: Sendable {
    package var channel: String?
    package var contact: ContactKey?
    package var isActive: Bool?

    package init() {}
}

/// A conversation: what one person wrote on one channel, without three days of silence in it.
package struct FoundSession: Sendable {
    package struct Text: Sendable {
        package var at: Timestamp
        /// `inbound`, `inbound_edited` …
        package var kind: String
        package var text: String?
        /// What it was taken for: `stop`, `help` …
        package var meaning: String?

        package init(at: Timestamp, kind: String, text: String?, meaning: String?) {
            self.at = at
            self.kind = kind
            self.text = text
            self.meaning = meaning
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
    package var count: Int
    /// Filled where one is shown.
    package var texts: [Text] = []

    package init(
        id: Int64, channel: String, contact: String?, openedAt: Timestamp, lastAt: Timestamp, count: Int
    ) {
        self.id = id
        self.channel = channel
        self.contact = contact
        self.openedAt = openedAt
        self.lastAt = lastAt
        self.count = count
    }

    package func json(now: Timestamp) -> JSON {
        [
            "id": .string(String(id)), "channel": .string(channel), "contact": JSON(contact),
            "state": lastAt.microseconds >= now.microseconds - Self.silence ? "active" : "closed",
            "opened_at": .string(ISOInstant.text(openedAt)), "last_at": .string(ISOInstant.text(lastAt)),
            "messages": JSON(count),
        ]
    }

    package func fullJSON(now: Timestamp) -> JSON {
        json(now: now).adding(
            "texts",
            .array(
                texts.map { text in
                    [
                        "at": .string(ISOInstant.text(text.at)), "kind": .string(text.kind), "text": JSON(text.text),
                        "meaning": JSON(text.meaning),
                    ]
                }))
    }
}

/// Reads conversations. One thread owns it.
package protocol SessionReading: AnyObject {
    /// - Parameter activeSince: whoever has written since then is still in it.
    func sessions(
        _ search: SessionSearch, activeSince: Timestamp, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<FoundSession>
    /// With what was written.
    func session(_ id: Int64) throws(StoreError) -> FoundSession?
}
