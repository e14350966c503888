/// Why a line of events was left out, and what to write instead.
package struct EventRefusal: Sendable, Equatable, Error {
    /// A stable word.
    package enum Reason: String, Sendable, CaseIterable {
        case tooLong = "too_long"
        case malformed
        case unknownKey = "unknown_key"
        case missingKey = "missing_key"
        case unknownContact = "unknown_contact"
        case unknownEvent = "unknown_event"
        case unknownField = "unknown_field"
        case missingField = "missing_field"
        case wrongValue = "wrong_value"
        case badTime = "bad_time"
    }

    /// Counted from 1.
    package var line: Int
    package let reason: Reason
    package let message: String
    package let help: String

    init(_ reason: Reason, _ message: String, help: String) {
        line = 0
        self.reason = reason
        self.message = message
        self.help = help
    }

    static let nobody = EventRefusal(
        .unknownContact, "nobody has the id or address that `contact` names",
        help: "import the contact first: `carillon contacts import`")

    package var text: String {
        "line \(line): \(message)\n  help: \(help)"
    }
}

/// What became of the lines: lines = appended + repeated + refused.
package struct EventSummary: Sendable, Equatable {
    /// Without empty ones.
    package var lines = 0
    package var appended = 0
    /// Known already, by their id or by a unique field.
    package var repeated = 0
    package var refused = 0

    package init() {}
}
