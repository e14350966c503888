import Crypto
import FoundationEssentials

/// What mail servers write back: delivery status notifications (RFC 3464) and complaints in the abuse reporting format
/// (RFC 5965), piped in or read from a mailbox.
///
/// Nobody signs these mails. What proves them is the sealed reference in the Message-ID of the mail that they return: a
/// report that returns none of ours has no effect, and none may lift a suppression.
struct MailReportReceiver: WebhookReceiver {
    /// A mail is no HTTP request: over the web nobody may hand one in.
    static let method = "MAIL"

    init(_ settings: WebhookSettings) {}

    var isWeak: Bool { true }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard request.method == Self.method else { return .refused(.badMethod) }
        return MailPart(request.body[...]).fields["from"] == nil ? .refused(.malformed) : .genuine
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        let mail = MailPart(request.body[...])
        let parts = mail.parts
        let reference = Self.reference(of: mail, parts)
        var events: [InboundEvent] = []
        for part in parts {
            switch part.type {
            case "message/delivery-status", "message/global-delivery-status":
                events += part.groups.compactMap(Self.status)
            case "message/feedback-report": events += part.groups.compactMap(Self.complaint)
            default: break
            }
        }
        let hash = Self.hash(of: request.body)
        guard let reference, !events.isEmpty else {
            return [InboundEvent(.ignored, key: "mail:" + hash)]
        }
        for index in events.indices {
            events[index].key = "mail:\(hash):\(index)"
            events[index].reference = reference
        }
        return events
    }

    // MARK: What it says

    /// The fields of one recipient. Nil for the group that speaks of the whole message, and for actions that change nothing.
    private static func status(_ fields: [String: String]) -> InboundEvent? {
        guard let action = fields["action"]?.lowercased() else { return nil }
        let code = fields["status"].map { String($0.prefix { $0.isNumber || $0 == "." }) } ?? ""
        var event = InboundEvent(.ignored, key: "")
        event.failureCode = code.isEmpty ? nil : code
        event.details["reason"] = fields["diagnostic-code"].map { String($0.prefix(500)) }
        switch action {
        case "failed":
            event.kind = .bounced
            event.failureClass = code.hasPrefix("4") ? .transient : .permanent
            event.isFinal = deadAddress.contains(code)
        case "delayed":
            event.kind = .deferred
            event.failureClass = .transient
        case "delivered": event.kind = .delivered
        // Handed to a system that reports no further.
        case "relayed", "expanded": event.kind = .sent
        default: return nil
        }
        if event.kind == .delivered || event.kind == .sent { event.failureCode = nil }
        return event
    }

    /// The same codes that suppress an address while SMTP speaks.
    private static let deadAddress: Set<String> = [
        "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4",
    ]

    private static func complaint(_ fields: [String: String]) -> InboundEvent? {
        switch fields["feedback-type"]?.lowercased() {
        case nil, "not-spam": return nil
        case "opt-out", "opt-out-list":
            var event = InboundEvent(.unsubscribed, key: "")
            event.isFinal = true
            return event
        // `abuse`, `fraud`, `virus` and `other`: somebody did not want it.
        case .some: return InboundEvent(.complained, key: "")
        }
    }

    // MARK: Which mail it is about

    /// From the mail that the report returns, whole or its headers alone; from nowhere else, because the headers of the
    /// report itself are whatever its writer wanted.
    private static func reference(of mail: MailPart, _ parts: [MailPart]) -> String? {
        for part in parts where returned.contains(part.type) {
            let id = MailPart(part.body).fields["message-id"] ?? ""
            guard let open = id.firstIndex(of: "<"), let at = id[open...].firstIndex(of: "@") else { continue }
            return String(id[id.index(after: open)..<at])
        }
        return nil
    }

    private static let returned: Set<String> = [
        "message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers",
    ]

    private static func hash(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(12).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
