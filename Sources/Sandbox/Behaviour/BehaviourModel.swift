/// What people and networks do with messages: shares from 0 to 1, drawn from the message's number and the seed.
package struct BehaviourModel: Sendable, Equatable {
    /// Of mails: there is nobody. Of other messages: they never arrive.
    package var undelivered = 0.02
    /// Of delivered chat messages.
    package var read = 0.7
    /// Of delivered mails.
    package var opened = 0.45
    /// Of opened mails, and of read messages with a button.
    package var clicked = 0.25
    package var complained = 0.0
    package var replied = 0.0
    package var replies = ["Thank you!"]
    /// Everything takes this many times as long; 0 lets it happen at once.
    package var pace = 1.0

    package init() {}

    struct Event: Sendable {
        var status: MessageStatus
        /// Seconds after the message was accepted.
        var after: Double
    }

    /// What will become of a message, in the order in which it happens.
    func events(of message: SandboxMessage) -> [Event] {
        let number = message.number
        var events: [Event] = []
        var time = 0.0
        func add(_ status: MessageStatus, _ least: Double, _ most: Double, _ purpose: UInt64) {
            time += (least + (most - least) * number.chance(purpose)) * pace
            events.append(Event(status: status, after: time))
        }
        add(.queued, 0.02, 0.1, 1)
        if let code = message.failure {
            add(.failed(code: code), 0.1, 0.5, 2)
            return events
        }
        add(.sent, 0.05, 0.3, 3)
        let isMail = message.isMail
        if number.chance(4) < undelivered {
            add(isMail ? .bounced(isFinal: true) : .failed(code: Self.failure(of: message)), 0.2, 1.2, 5)
            return events
        }
        add(.delivered, 0.1, 1.0, 6)
        // A text message on a plain phone tells nobody that it was read.
        let seen = isMail ? (message.isTracked ? opened : 0) : message.kind == "sms" ? 0 : read
        guard number.chance(7) < seen else { return events }
        add(isMail ? .opened : .read, 0.3, 2.0, 8)
        if let target = message.clickTarget(number.bits(9)), number.chance(10) < clicked {
            add(.clicked(target), 0.2, 1.5, 11)
        }
        if isMail, number.chance(12) < complained { add(.complained, 0.5, 2, 13) }
        return events
    }

    /// What the person answers, and after how many seconds.
    func reply(to message: SandboxMessage) -> (text: String, after: Double)? {
        guard message.failure == nil, !replies.isEmpty, message.number.chance(14) < replied else { return nil }
        let text = replies[Int(message.number.bits(15) % UInt64(replies.count))]
        return (text, (2 + 3 * message.number.chance(16)) * pace)
    }

    private static func failure(of message: SandboxMessage) -> String {
        switch message.provider {
        case "twilio": "30003"
        case "twilio-whatsapp": "63024"
        case "vonage": message.echoed["api"] == "messages" ? "1180" : "5"
        case "whatsapp-cloud": "131026"
        case "aws-sns": "TEXT_UNREACHABLE"
        default: "unreachable"
        }
    }
}

extension SandboxMessage {
    /// Where the message appears.
    package var kind: String {
        switch provider {
        case "twilio", "vonage", "aws-sns": "sms"
        case "twilio-whatsapp", "whatsapp-cloud": "whatsapp"
        case "telegram", "messenger", "instagram": provider
        case "webhook": echoed["kind"] ?? "email"
        default: "email"
        }
    }

    package var isMail: Bool { kind == "email" }

    /// What would be clicked: a button's payload, or a link that is not for leaving.
    func clickTarget(_ chance: UInt64) -> String? {
        let payloads = buttons.compactMap(\.payload)
        if !payloads.isEmpty { return payloads[Int(chance % UInt64(payloads.count))] }
        guard isMail else { return nil }
        return Links.all(in: text).first { $0 != echoed["unsubscribe"] && !$0.contains("/u/") }
    }
}

/// Addresses of pages in plain text.
enum Links {
    static func all(in text: String) -> [String] {
        text.split(whereSeparator: { $0.isWhitespace || $0 == "<" || $0 == ">" || $0 == "\"" })
            .filter { AddressForm.isURL(String($0)) }
            .map { link in
                var link = link
                while let last = link.last, ".,;:!?)".contains(last) { link.removeLast() }
                return String(link)
            }
    }
}
