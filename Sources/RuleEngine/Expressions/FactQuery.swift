/// A fact that isn't on the contact's page: of the event, the run, the conversation, the contact's history, an office's
/// clock.
package indirect enum FactQuery: Sendable {
    package enum Root: String, Sendable {
        case event, entry
    }

    case field(Root, EventFieldReference)
    case runID
    case conversationID
    case channel(ChannelField)
    case rate(Rate)
    /// The input of a fragment that is checked by itself. Where it is used, the input's value stands instead.
    case input(String)
    case history(HistoryQuery)
    case isOpen(String)
    case opensNext(String)
    /// So that dates compare with instants.
    case localDay(LocalDayQuery)

    /// What a route's conditions know about a candidate.
    package enum ChannelField: String, Sendable, CaseIterable {
        case kind, cost, healthy, capacity_left, session_open

        package var type: ValueType {
            switch self {
            case .kind: .channelKind
            case .cost: .money
            case .healthy, .session_open: .bool
            case .capacity_left: .decimal
            }
        }
    }

    /// Shares of what was sent.
    package enum Rate: String, Sendable, CaseIterable {
        case bounced, complained, unsubscribed, failed
    }

    var operands: [TypedNode] {
        switch self {
        case .history(let query): query.filter.map { [$0] } ?? []
        case .localDay(let query): [query.instant]
        case .field, .runID, .conversationID, .channel, .rate, .input, .isOpen, .opensNext: []
        }
    }
}

/// A field of an event as an expression refers to it.
package struct EventFieldReference: Sendable, Hashable {
    /// Nil where the program decides which event it is.
    package let event: String?
    package let name: String
    package let type: TypeInfo
    /// Its place among the event's fields.
    package let index: Int

    package init(event: String?, name: String, type: TypeInfo, index: Int) {
        self.event = event
        self.name = name
        self.type = type
        self.index = index
    }
}

/// A question about what happened to the contact before.
package struct HistoryQuery: Sendable {
    package enum Function: String, Sendable, CaseIterable {
        case count, any, none, first, last, sum
        case sent, delivered, opened, clicked, replied

        /// Asks about events; the others ask about messages.
        package var isAboutEvents: Bool {
            switch self {
            case .count, .any, .none, .first, .last, .sum: true
            case .sent, .delivered, .opened, .clicked, .replied: false
            }
        }
    }

    package enum Subject: Sendable, Hashable {
        case event(String)
        case step(StepReference)
        case template(String)
    }

    package let function: Function
    package let subject: Subject
    /// `order_placed.total`, for `sum`, `first` and `last`.
    package let field: String?
    /// Microseconds back from now; nil looks at all that is known.
    package let window: Int64?
    /// What must hold for each event.
    package let filter: TypedNode?
    package let link: String?
    /// Whether every such event has the field; true also where no field is asked for.
    package let isFieldCertain: Bool

    package init(
        function: Function, subject: Subject, field: String?, window: Int64?, filter: TypedNode?,
        link: String?, isFieldCertain: Bool = false
    ) {
        self.function = function
        self.subject = subject
        self.field = field
        self.window = window
        self.filter = filter
        self.link = link
        self.isFieldCertain = isFieldCertain
    }
}
