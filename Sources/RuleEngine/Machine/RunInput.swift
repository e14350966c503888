/// What names an event for ever: the number under which it was taken in.
package struct EventID: Sendable, Hashable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }
}

/// Something that happened to the contact.
package struct RunEvent: Sendable, Hashable {
    /// Nil for what nothing can repeat, as a tick of a schedule.
    package let id: EventID?
    package let name: String
    package let fields: [String: Value]
    /// When it happened, which may be long before it is heard of. Whoever takes events in cuts what a sender dates
    /// later than that, once and for all, so that a repetition carries the same time.
    package let at: Timestamp

    package init(id: EventID?, name: String, fields: [String: Value] = [:], at: Timestamp) {
        self.id = id
        self.name = name
        self.fields = fields
        self.at = at
    }
}

/// What a run begins with.
package struct RunEntry: Sendable, Hashable {
    /// Which of the contact's runs of the program it is, counted from zero.
    package let occurrence: UInt32
    /// The event, or nil where a clock, a segment or another program begins the run.
    package let event: EventID?
    package let fields: [String: Value]
    package let conversationID: [UInt8]

    package init(
        occurrence: UInt32 = 0, event: EventID? = nil, fields: [String: Value] = [:], conversationID: [UInt8] = []
    ) {
        self.occurrence = occurrence
        self.event = event
        self.fields = fields
        self.conversationID = conversationID
    }
}

/// What became of a message that a run has ordered.
package enum OrderOutcome: UInt8, Sendable, Hashable, CaseIterable {
    /// A provider has it.
    case accepted
    /// The gate said no, or nothing was left to say.
    case skipped
    case failed
    /// It could not leave while it was worth anything.
    case expired
    /// It may have left. The run goes on; the ledger knows more one day.
    case unknown
}

/// What moves a run. Every input is a look at the exits and the time as well, and one that comes again is no more than
/// that.
package enum RunInput: Sendable, Hashable {
    /// Its time has come, or something about the contact has changed.
    case awake
    case event(RunEvent)
    /// The number is that of the command.
    case sendSettled(UInt32, OrderOutcome)
    case callSettled(UInt32, isSuccess: Bool)
}
