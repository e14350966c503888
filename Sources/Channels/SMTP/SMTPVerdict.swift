/// What a server's answer means for one message. Pure: a table that tests walk through.
enum SMTPVerdict {
    enum Stage: Equatable {
        case mail, recipient, data, dot
    }

    static func outcome(at stage: Stage, _ reply: SMTPReply) -> SendOutcome {
        switch reply.code / 100 {
        case 2 where stage == .dot:
            return .accepted(providerID: queueID(reply))
        case 4:
            return .throttled(code: reply.fullCode, retryAfter: nil)
        case 5:
            if isAboutAccount(at: stage, reply) {
                return .unavailable(code: reply.fullCode)
            }
            return .rejected(code: reply.fullCode, suppress: isHardBounce(at: stage, reply) ? .bounce : nil)
        default:
            // Neither yes nor no. Behind the dot the server may have taken the message; before it, it can't have.
            if stage == .dot {
                return .outcomeUnknown(phase: .answer, detail: reply.fullCode)
            }
            return .unavailable(code: "malformed_answer")
        }
    }

    /// Answers that every message of this account would get: login, sender, or a fault of the dialogue.
    static func isAboutAccount(at stage: Stage, _ reply: SMTPReply) -> Bool {
        switch reply.code {
        case 530, 534, 535, 538: return true
        case 500, 502, 503, 504: return stage != .dot
        case 501, 555: return stage == .mail
        default: return reply.enhanced == "5.1.7" || reply.enhanced == "5.1.8"
        }
    }

    private static let hardCodes: Set<String> = [
        "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4",
    ]
    private static let hardPhrases = [
        "user unknown", "no such user", "does not exist", "unknown recipient", "invalid recipient",
        "recipient rejected", "mailbox unavailable",
    ]

    /// The address is dead, not merely refused today. An answer to MAIL speaks of the sender.
    private static func isHardBounce(at stage: Stage, _ reply: SMTPReply) -> Bool {
        guard stage == .recipient || stage == .dot else {
            return false
        }
        if let enhanced = reply.enhanced {
            return hardCodes.contains(enhanced)
        }
        guard reply.code == 550 else {
            return false
        }
        let text = reply.text.text.lowercased()
        return hardPhrases.contains { text.contains($0) }
    }

    /// The server's name for the message: what follows `queued as`, else the text of the answer.
    static func queueID(_ reply: SMTPReply) -> String {
        let marker = Array("queued as ".utf8)
        let text = reply.text
        if text.count > marker.count {
            for at in 0...(text.count - marker.count) where text[at] == marker[0] {
                if text[at..<(at + marker.count)].elementsEqual(marker) {
                    let id = text[(at + marker.count)...].prefix { $0 > 0x20 && $0 < 0x7F }.prefix(128)
                    if !id.isEmpty {
                        return Array(id).text
                    }
                }
            }
        }
        return Array(text.prefix(128)).text
    }
}
