package import RuleEngine

/// A single message that somebody asks for, as the API takes it.
package struct MessageRequest: Sendable {
    /// What a message is made of. `template` is one of the project's; the others are written in the request.
    package enum Kind: String, Sendable, CaseIterable {
        case text = "TEXT"
        case image = "IMAGE"
        case video = "VIDEO"
        case audio = "AUDIO"
        case file = "FILE"
        case location = "LOCATION"
        case template = "TEMPLATE"
    }

    package enum Priority: String, Sendable, CaseIterable {
        case low = "LOW"
        case normal = "NORMAL"
        case high = "HIGH"
    }

    /// What the message says, where no template says it.
    package struct Content: Sendable {
        package var subject: String?
        package var text: String?
        package var html: String?
        /// An https address, or a name in the project's `media`.
        package var media: String?
        package var fileName: String?
        package var location: (latitude: String, longitude: String, label: String?)?

        package init() {}
    }

    package var channel: String
    /// A contact's id, or an address.
    package var contact: String?
    /// What somebody else's system calls the person.
    package var lead: String?
    /// An address of the channel's kind; whoever has it, or somebody new.
    package var address: String?
    package var kind: Kind
    package var purpose: Purpose?
    package var topic: String?
    package var policy: String?
    package var brand: String?
    package var template: String?
    package var variables: [JSON.Entry] = []
    package var content = Content()
    /// Of the text, where it is written in the request.
    package var language: String?
    package var scheduledAt: Timestamp?
    package var priority = Priority.normal
    /// In microseconds: later it is not sent any more.
    package var validFor: Int64?
    package var actor: String
    /// What the caller may send, where that has not been looked at yet.
    package var rights: SendingRights?
    /// Of a message that comes at times: which, when it was due, and when it is due next.
    package struct Tick: Sendable {
        package var schedule: Int64
        package var at: Timestamp
        package var next: Timestamp?

        package init(schedule: Int64, at: Timestamp, next: Timestamp?) {
            self.schedule = schedule
            self.at = at
            self.next = next
        }
    }

    package var tick: Tick?
    /// The name that its caller gave the request, and the answer to it. Both are written with the message: whoever was answered
    /// nothing, because the process died, and asks again is told of this one, and gets no second.
    package struct Repeated: Sendable {
        package var name: RequestName
        package var answer: @Sendable (AcceptedMessage) -> KeptAnswer

        package init(name: RequestName, answer: @escaping @Sendable (AcceptedMessage) -> KeptAnswer) {
            self.name = name
            self.answer = answer
        }
    }

    package var repeated: Repeated?
    /// The conversation that it is an answer in.
    package var conversation: Int64?

    package init(channel: String, kind: Kind, actor: String) {
        self.channel = channel
        self.kind = kind
        self.actor = actor
    }
}

/// A message that was taken: it is in the ledger, and it leaves when the gate lets it.
package struct AcceptedMessage: Sendable {
    package var key: DeliveryKey
    package var state: DeliveryState
    /// Why it isn't sent, or what it waits for.
    package var reason: String?
    package var until: Timestamp?
    package var costMicros: Int64
    package var currency: String
    package var channel: String
    package var scheduledAt: Timestamp?
    package var contact: String
}
