import Crypto

/// Events and received mail of Mailgun. What is signed is a time and a token, not the event: whoever has seen one
/// request could write another. Hence `isWeak`.
struct MailgunReceiver: WebhookReceiver {
    private let keys: [String]
    private let window: FreshnessWindow

    init(_ settings: WebhookSettings) {
        keys = settings.secrets("signing_key")
        // It repeats for eight hours; with some time to spare.
        let tolerance = settings.integer("tolerance")
        window = FreshnessWindow(age: tolerance ?? 10 * 3600, ahead: tolerance ?? 300)
    }

    var isWeak: Bool { true }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !keys.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" else {
            return .refused(.badMethod)
        }
        guard let stamp = Stamp(request) else {
            return .refused(.malformed)
        }
        guard !stamp.signature.isEmpty else {
            return .refused(.noSignature)
        }
        // Without these two rules characters could be moved from one to the other.
        guard stamp.token.utf8.count == 50, stamp.timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let time = Int(stamp.timestamp), let code = HexText.decode(stamp.signature, count: 32)
        else {
            return .refused(.badSignature)
        }
        let signed = Array((stamp.timestamp + stamp.token).utf8)
        let matches = keys.map { KeyedHash.isValid(code, signed, key: $0, with: SHA256.self) }
        guard matches.contains(true) else {
            return .refused(.badSignature)
        }
        return window.admits(time, now: context.now) ? .genuine : .refused(.stale)
    }

    private struct Stamp {
        let timestamp: String
        let token: String
        let signature: String

        init?(_ request: WebhookRequest) {
            if request.contentType == "application/json" {
                guard let signature = JSONReader.read(request.body)?["signature"],
                    let timestamp = signature["timestamp"]?.word, let token = signature["token"]?.string
                else {
                    return nil
                }
                self.timestamp = timestamp
                self.token = token
                self.signature = signature["signature"]?.string ?? ""
                return
            }
            guard let form = FormFields(request), let timestamp = form.last("timestamp"), let token = form.last("token")
            else {
                return nil
            }
            self.timestamp = timestamp
            self.token = token
            signature = form.last("signature") ?? ""
        }
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard request.contentType == "application/json" else {
            return FormFields(request).map { [MailEvents.inbound($0)] }
        }
        guard let data = JSONReader.read(request.body)?["event-data"] else {
            return nil
        }
        return [Self.event(data)]
    }

    private static func event(_ data: JSONValue) -> InboundEvent {
        let name = data["event"]?.string ?? ""
        let recipient = data["recipient"]?.string
        let at = InstantReader.seconds(data["timestamp"])
        // Its ids are unique within a day only.
        let day = at.map { "\($0 / 86_400_000_000)" }
        var event = InboundEvent(.ignored, key: "event:" + BodyKey.of(data["id"]?.word, name, day, recipient))
        event.contact = recipient ?? MailEvents.address(data.at("message", "headers", "to")?.string)
        event.at = at
        event.providerMessageID = data.at("message", "headers", "message-id")?.string
        event.reference = MailEvents.reference(of: data["user-variables"])
        event.isMachine = isMachine(data)
        switch name {
        case "accepted": event.kind = .queued
        case "delivered": event.kind = .delivered
        case "failed": fail(&event, data)
        case "opened": event.kind = .opened
        case "clicked":
            event.kind = .clicked
            event.details["url"] = data["url"]?.string
        case "unsubscribed":
            event.kind = .unsubscribed
            event.isFinal = true
        case "complained": event.kind = .complained
        case "rejected":
            event.kind = .failed
            event.failureCode = "rejected"
            event.failureClass = .configError
            event.details["reason"] = data.at("reject", "reason")?.string
        default: break
        }
        return event
    }

    private static func isMachine(_ data: JSONValue) -> Bool {
        ["apple", "gmail", "generic"].contains(data.at("client-info", "bot")?.string ?? "")
    }

    private static let deadAddress = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"]

    private static func fail(_ event: inout InboundEvent, _ data: JSONValue) {
        let status = data["delivery-status"]
        let reason = data["reason"]?.string ?? ""
        let code = status?["code"]?.word
        event.failureCode = code ?? reason
        event.failureClass = .permanent
        event.details["reason"] = status?["message"]?.string ?? status?["description"]?.string ?? reason
        guard data["severity"]?.string == "permanent" else {
            event.kind = .deferred
            event.failureClass = .transient
            return
        }
        let enhanced = status?["enhanced-code"]?.word ?? status?["bounce-code"]?.word ?? ""
        switch (reason, code) {
        case ("suppress-unsubscribe", _), (_, "606"):
            event.kind = .unsubscribed
            event.isFinal = true
        case ("suppress-complaint", _), (_, "607"):
            event.kind = .complained
        default:
            event.kind = .bounced
            event.isFinal =
                reason == "suppress-bounce" || code == "605" || reason == "bounce"
                || deadAddress.contains { enhanced == $0 || enhanced.hasPrefix($0 + ".") }
        }
    }
}
