package import RuleEngine

/// Something that happened to a contact, to be written down.
package struct NewEvent: Sendable {
    /// What makes two deliveries of an event the same one.
    package struct Key: Sendable, Hashable {
        /// `id` for the sender's own id, otherwise the name of a unique field, marked as one.
        package let kind: String
        package let value: String

        package static func id(_ value: String) -> Key { Key(kind: "id", value: value) }
        package static func field(_ name: String, _ value: String) -> Key { Key(kind: "field:" + name, value: value) }
    }

    package var contact: ContactKey
    package var name: String
    package var at: Timestamp
    package var fields: [String: Value]
    /// Unique among the events of this name.
    package var keys: [Key]

    package init(
        contact: ContactKey, name: String, at: Timestamp, fields: [String: Value] = [:], keys: [Key] = []
    ) {
        self.contact = contact
        self.name = name
        self.at = at
        self.fields = fields
        self.keys = keys
    }
}

package enum EventOutcome: Sendable, Hashable {
    case appended
    /// One of its keys was there already; nothing was written.
    case repeated
}

/// What happened to contacts. One thread owns it.
package protocol EventStore: AnyObject {
    /// In one transaction, durable when it returns.
    func append(_ events: [NewEvent], now: Timestamp) throws(StoreError) -> [EventOutcome]

    /// As much of a contact's history as is needed.
    func history(of contact: ContactKey, _ needs: HistoryNeeds, now: Timestamp) throws(StoreError) -> HistoryFacts

    /// Deletes events that happened before an instant, with what they were known by. Returns how many. Goes in
    /// batches and may be repeated after a crash.
    func forget(before: Timestamp, progress: (Int) -> Void) throws(StoreError) -> Int
}
