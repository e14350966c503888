/// What became of a message, in one word for all providers.
package enum MessageStatus: Sendable, Equatable {
    case queued, sent, delivered, read, opened
    /// A link, or a button by its payload.
    case clicked(String)
    case failed(code: String)
    case bounced(isFinal: Bool)
    case complained, unsubscribed

    var name: String {
        switch self {
        case .queued: "queued"
        case .sent: "sent"
        case .delivered: "delivered"
        case .read: "read"
        case .opened: "opened"
        case .clicked: "clicked"
        case .failed: "failed"
        case .bounced: "bounced"
        case .complained: "complained"
        case .unsubscribed: "unsubscribed"
        }
    }
}

/// What a person writes to a channel.
struct PersonsWord: Sendable {
    var number: MessageNumber
    var provider: String
    var channel: String
    /// The person.
    var from: String
    /// Our sender.
    var to: String
    var text: String
    /// A button's payload, where one was tapped.
    var payload: String?
    /// The message that it answers.
    var answered: SandboxMessage?
    /// Seconds since 1970.
    var at: Int
}

/// Where a callback goes, and when.
struct CallbackAddress: Sendable {
    /// The server's, without a path: what signatures hold.
    var base: String
    /// `/webhooks/CHANNEL`.
    var target: String
    /// Names this callback; no other has the same.
    var number: MessageNumber
    /// Seconds since 1970.
    var now: Int

    var url: String { base + target }
}

/// One request back to the project. `target` replaces the channel's where the message named an address of its own.
struct Callback: Sendable {
    var target: String?
    /// `name: value`.
    var headers: [String]
    var body: [UInt8]

    init(_ headers: [String], _ body: [UInt8], target: String? = nil) {
        self.headers = headers
        self.body = body
        self.target = target
    }

    static let json = "Content-Type: application/json"
    static let form = "Content-Type: application/x-www-form-urlencoded"
}
