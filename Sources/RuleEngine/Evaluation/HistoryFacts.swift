/// What happened to a contact before: what `count`, `last`, `opened` and their like ask.
///
/// It may hold less than everything: as much as the conditions that are evaluated with it look at.
package struct HistoryFacts: Sendable {
    /// Something that happened, with its typed fields. A field that the event didn't have isn't there.
    package struct Event: Sendable, Hashable {
        package var at: Timestamp
        package var fields: [String: Value]

        package init(at: Timestamp, fields: [String: Value] = [:]) {
            self.at = at
            self.fields = fields
        }
    }

    /// A message that a provider accepted, and what became of it.
    package struct Message: Sendable, Hashable {
        package struct Click: Sendable, Hashable {
            package var at: Timestamp
            /// Nil where the provider doesn't tell which link it was.
            package var link: String?

            package init(at: Timestamp, link: String?) {
                self.at = at
                self.link = link
            }
        }

        package var template: String?
        /// The step of the run at hand that sent it, by `StepReference.key`; nil for a message of another program.
        package var step: String?
        package var sentAt: Timestamp
        package var deliveredAt: Timestamp?
        package var openedAt: Timestamp?
        package var clicks: [Click]
        /// Messages of the person that answer this one.
        package var replies: [Timestamp]

        package init(
            template: String?, step: String? = nil, sentAt: Timestamp, deliveredAt: Timestamp? = nil,
            openedAt: Timestamp? = nil, clicks: [Click] = [], replies: [Timestamp] = []
        ) {
            self.template = template
            self.step = step
            self.sentAt = sentAt
            self.deliveredAt = deliveredAt
            self.openedAt = openedAt
            self.clicks = clicks
            self.replies = replies
        }
    }

    /// By name; ascending in time, and those of one instant in the order in which they arrived.
    package private(set) var events: [String: [Event]]
    package var messages: [Message]

    /// Knows of nothing.
    package init() {
        events = [:]
        messages = []
    }

    package init(events: [String: [Event]], messages: [Message] = []) {
        self.init()
        self.messages = messages
        for (name, list) in events { for event in list { append(event, named: name) } }
    }

    /// Events may be appended in any order.
    package mutating func append(_ event: Event, named name: String) {
        var list = events[name] ?? []
        // Nearly always the newest one; otherwise behind all that are as old.
        var place = list.count
        while place > 0, list[place - 1].at > event.at { place -= 1 }
        list.insert(event, at: place)
        events[name] = list
    }
}
