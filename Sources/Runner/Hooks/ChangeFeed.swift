package import RuleEngine

/// Something that has changed, as the outside hears of it: kinds and ids, no addresses and no texts.
package struct Change: Sendable {
    /// Where the feed goes on behind it: `Last-Event-ID`, and the id of a webhook.
    package var cursor: ChangeCursor
    /// `consent.granted`, `message.delivered`, `campaign.completed`, `audit.killProgram` …
    package var type: String
    package var at: Timestamp
    package var data: JSON

    package init(cursor: ChangeCursor, type: String, at: Timestamp, data: JSON) {
        self.cursor = cursor
        self.type = type
        self.at = at
        self.data = data
    }

    package var json: JSON {
        ["id": .string(cursor.text), "type": .string(type), "timestamp": .string(ISOInstant.text(at)), "data": data]
    }
}

/// How far somebody has read: the newest row of each record that changes are read from. There is no log of its own, so that
/// nothing is written twice.
package struct ChangeCursor: Sendable, Equatable {
    package var consents: Int64 = 0
    package var messages: Int64 = 0
    package var audit: Int64 = 0
    /// Microseconds at which the newest launch ended.
    package var launches: Int64 = 0

    package init() {}

    /// Nil for what is none.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            (1...18).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                ? Int64(part) : nil
        }
        guard parts.count == 4, numbers.count == 4 else { return nil }
        (consents, messages, audit, launches) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }

    package var text: String { "\(consents)-\(messages)-\(audit)-\(launches)" }
}

/// Reads changes. One thread owns it.
package protocol ChangeFeed: AnyObject {
    /// Where the feed ends now.
    func end() throws(StoreError) -> ChangeCursor
    /// The next ones of all records, oldest first as far as they can be put in order; empty where there are none.
    func changes(after cursor: ChangeCursor, limit: Int) throws(StoreError) -> [Change]
}
