import Channels

/// A request for one provider, without the part of the path that names provider and channel.
struct ProviderCall: Sendable {
    var provider: String
    var channel: String
    var http: HTTPCall
    /// Behind `/PROVIDER/CHANNEL`.
    var path: String
    /// Seconds since 1970.
    var now: Int

    var parts: [Substring] { path.split(separator: "/") }

    /// User and password of `Authorization: Basic`.
    var basic: (user: String, password: String)? {
        let header = http.header("authorization")
        guard header.hasPrefix("Basic "), let bytes = Base64Text.decode(header.dropFirst(6)),
            case let text = String(decoding: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }

    var bearer: String? {
        let header = http.header("authorization")
        return header.hasPrefix("Bearer ") ? String(header.dropFirst(7)) : nil
    }
}

/// What the sandbox remembers of people, which a provider would know too.
struct PeopleFacts: Sendable {
    /// The person has said STOP to this channel, and not START since.
    var hasStopped: @Sendable (_ channel: String, _ person: String) -> Bool
    /// When the person last wrote to this channel, in seconds since 1970.
    var lastWord: @Sendable (_ channel: String, _ person: String) -> Int?
    /// What the channel has sent to the person (nil: to anybody) and is still remembered, newest first.
    var messages: @Sendable (_ kind: String, _ channel: String, _ person: String?) -> [SandboxMessage]
}

enum ProviderAnswer: Sendable {
    case accepted([SandboxMessage], HTTPReply)
    case refused(HTTPReply)
    /// Answered, and nothing was sent: a question about the account.
    case told(HTTPReply)
}

/// How long a client is asked to wait, in the form that is asked for.
package enum WaitForm: String, Sendable, CaseIterable {
    case json
    case header
    case date
    case usage
    case text
    case none
}

/// One provider, as its documents describe it.
protocol ProviderDesk: Sendable {
    /// In which form the provider says how long to wait.
    var waitForm: WaitForm { get }
    /// Messages a second and account that it takes, where its documents say.
    var perSecond: Double? { get }

    /// Checks a request as the provider does. `numbers` gives each message that is accepted its number.
    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer

    /// The documented answer for an error of this name. Nil for a name that the provider doesn't have.
    func refusal(_ code: String) -> HTTPReply?

    /// "Too fast", as this provider says it. `wait` in seconds.
    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply

    /// What it tells about a message later; nil for what it never tells.
    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback?

    /// What it hands over when a person writes.
    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback?
}

enum ProviderDesks {
    static let all: [String: any ProviderDesk] = [
        "twilio": TwilioDesk(isWhatsApp: false), "twilio-whatsapp": TwilioDesk(isWhatsApp: true),
        "vonage": VonageDesk(), "aws-sns": SNSDesk(), "telegram": TelegramDesk(),
        "whatsapp-cloud": WhatsAppDesk(), "messenger": SendAPIDesk(isInstagram: false),
        "instagram": SendAPIDesk(isInstagram: true), "sendgrid": SendGridDesk(), "mailgun": MailgunDesk(),
        "postmark": PostmarkDesk(), "webhook": WebhookReceiverDesk(),
    ]
}

extension HTTPReply {
    static func json(_ status: Int, _ value: JSONValue, headers: [String] = []) -> HTTPReply {
        HTTPReply(status, headers: ["Content-Type: application/json"] + headers, body: value.bytes)
    }
}

/// Waits as headers.
enum WaitHeaders {
    static func of(_ form: WaitForm, wait: Int, now: Int) -> [String] {
        switch form {
        case .header, .json: ["Retry-After: \(wait)"]
        case .date: ["Retry-After: " + date(now + wait)]
        case .usage:
            [
                "X-Business-Use-Case-Usage: {\"5a4db0c0\":[{\"type\":\"messages\",\"call_count\":100,"
                    + "\"total_cputime\":1,\"total_time\":1,"
                    + "\"estimated_time_to_regain_access\":\((wait + 59) / 60)}]}"
            ]
        case .text, .none: []
        }
    }

    /// `Mon, 20 Dec 2021 20:33:21 GMT`.
    static func date(_ now: Int, zone: String = "GMT") -> String {
        var bytes: [UInt8] = []
        MailDate.append(secondsSince1970: now, to: &bytes)
        return String(decoding: bytes.dropLast(5), as: UTF8.self) + zone
    }
}

/// Forms of addresses.
enum AddressForm {
    static func isPhone(_ text: some StringProtocol) -> Bool {
        text.hasPrefix("+") && isDigits(text.dropFirst(), 7...15) && !text.hasPrefix("+0")
    }

    static func isDigits(_ text: some StringProtocol, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    static func isMail(_ text: String) -> Bool {
        // By bytes: a batch has a thousand of them, and characters cost fifty times as much.
        let bytes = text.utf8
        guard let at = bytes.firstIndex(of: 0x40), at > bytes.startIndex else { return false }
        let host = bytes[bytes.index(after: at)...]
        return host.contains(0x2E) && host.first != 0x2E && host.last != 0x2E && !host.contains(0x40)
            && !bytes.contains { $0 <= 0x20 || $0 == 0x7F }
    }

    static func isURL(_ text: String) -> Bool {
        text.hasPrefix("https://") || text.hasPrefix("http://")
    }
}
