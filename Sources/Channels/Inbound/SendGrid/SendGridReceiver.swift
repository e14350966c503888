import Crypto
import FoundationEssentials

/// Event batches and received mail of SendGrid, signed with ECDSA over the time and the body.
struct SendGridReceiver: WebhookReceiver {
    private let keys: [P256.Signing.PublicKey]
    private let window: FreshnessWindow

    init(_ settings: WebhookSettings) {
        keys = settings.secrets("public_key").compactMap { text in
            Base64Text.decode(text).flatMap { try? P256.Signing.PublicKey(derRepresentation: $0) }
        }
        // It repeats for a day, and nobody says whether it signs anew: by itself, age refuses nothing.
        window = FreshnessWindow(age: settings.integer("tolerance"), ahead: settings.integer("tolerance"))
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !keys.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" else {
            return .refused(.badMethod)
        }
        let header = request.header("x-twilio-email-event-webhook-signature")
        let timestamp = request.header("x-twilio-email-event-webhook-timestamp")
        guard !header.isEmpty, !timestamp.isEmpty else {
            return .refused(.noSignature)
        }
        // Ten digits: nothing separates time and body, so that a digit could be moved from one to the other.
        guard timestamp.utf8.count == 10, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let time = Int(timestamp), let der = Base64Text.decode(header),
            let signature = try? P256.Signing.ECDSASignature(derRepresentation: der)
        else {
            return .refused(.badSignature)
        }
        let hash = SHA256.hash(data: Array(timestamp.utf8) + request.body)
        guard keys.contains(where: { $0.isValidSignature(signature, for: hash) }) else {
            return .refused(.badSignature)
        }
        return window.admits(time, now: context.now) ? .genuine : .refused(.stale)
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        if request.contentType == "multipart/form-data" {
            return FormFields(request).map { [MailEvents.inbound($0)] }
        }
        guard case .list(let items)? = JSONReader.read(request.body), items.count <= 10_000 else {
            return nil
        }
        return items.map(Self.event)
    }

    private static func event(_ item: JSONValue) -> InboundEvent {
        let key = "event:" + (item["sg_event_id"]?.word ?? BodyKey.of("\(item)"))
        var event = InboundEvent(.ignored, key: key)
        event.contact = item["email"]?.string
        event.at = InstantReader.seconds(item["timestamp"])
        event.providerMessageID = item["sg_message_id"]?.word
        event.reference = MailEvents.reference(of: item)
        switch item["event"]?.string {
        case "processed": event.kind = .queued
        case "deferred": event.kind = .deferred
        case "delivered": event.kind = .delivered
        case "bounce":
            event.kind = .bounced
            event.isFinal = item["type"]?.string != "blocked"
            event.failureCode = item["status"]?.word
            event.failureClass = .permanent
            event.details["reason"] = item["reason"]?.string
        case "dropped": drop(&event, item)
        case "open":
            event.kind = .opened
            event.isMachine = item["sg_machine_open"]?.bool == true
        case "click":
            event.kind = .clicked
            event.details["url"] = item["url"]?.string
        case "spamreport": event.kind = .complained
        case "unsubscribe":
            event.kind = .unsubscribed
            event.isFinal = true
        case "group_unsubscribe", "group_resubscribe":
            event.kind = item["event"]?.string == "group_unsubscribe" ? .unsubscribed : .resubscribed
            event.details["group"] = item["asm_group_id"]?.word
        case "account_status_change":
            event.kind = .channelError
            event.details["reason"] = item["type"]?.string
        default: break
        }
        return event
    }

    /// SendGrid didn't send it, because of what it knows already.
    private static func drop(_ event: inout InboundEvent, _ item: JSONValue) {
        let reason = item["reason"]?.string ?? ""
        event.details["reason"] = reason
        event.failureCode = item["status"]?.word ?? "dropped"
        event.failureClass = .permanent
        switch reason.lowercased() {
        case "bounced address", "invalid":
            event.kind = .bounced
            event.isFinal = true
        case "spam reporting address": event.kind = .complained
        case "unsubscribed address":
            event.kind = .unsubscribed
            event.isFinal = true
        default:
            event.kind = .failed
            event.failureClass = .configError
        }
        event.details["dropped"] = "true"
    }
}

/// What mail providers have in common.
enum MailEvents {
    /// The names under which a delivery's sealed key is handed to providers.
    static let referenceNames = ["delivery_id", "reference"]

    static func reference(of object: JSONValue?) -> String? {
        referenceNames.lazy.compactMap { object?[$0]?.word }.first
    }

    /// A mail that was received for us, as a form with its parts.
    static func inbound(_ form: FormFields) -> InboundEvent {
        let headers = form["headers"] ?? form["message-headers"] ?? form["email"] ?? form["body-mime"] ?? ""
        let messageID = form.filled("Message-Id") ?? header("message-id", of: headers)
        var event = InboundEvent(
            .inbound,
            key: "mail:" + BodyKey.of(messageID, form["envelope"] ?? form["recipient"], form["from"])
        )
        event.providerMessageID = messageID
        let envelope = form["envelope"].flatMap { JSONReader.read($0) }
        event.contact = address(
            form["sender"] ?? form["from"] ?? envelope?["from"]?.string ?? header("from", of: headers))
        event.content = .text
        event.setText(form.filled("stripped-text") ?? form.filled("body-plain") ?? form["text"])
        event.replyTo = (form.filled("In-Reply-To") ?? header("in-reply-to", of: headers)).map { id in
            String(id.drop { $0 == "<" }.prefix { $0 != ">" })
        }
        event.details["subject"] = form["subject"].map { String($0.prefix(500)) }
        event.details["to"] = form["recipient"] ?? form["to"]
        return event
    }

    /// `Ada <ada@example.com>` or `ada@example.com`.
    static func address(_ text: String?) -> String? {
        guard let text else {
            return nil
        }
        guard let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else {
            let trimmed = text.filter { !$0.isWhitespace }
            return trimmed.contains("@") ? trimmed : nil
        }
        return String(text[text.index(after: open)..<close])
    }

    /// From header lines, or from a JSON list of names and values.
    private static func header(_ name: String, of headers: String) -> String? {
        if case .list(let pairs)? = JSONReader.read(headers) {
            return pairs.first { $0.items.first?.string?.lowercased() == name }?.items.last?.string
        }
        for line in headers.split(whereSeparator: \.isNewline).prefix(200) {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else {
                continue
            }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }
}
