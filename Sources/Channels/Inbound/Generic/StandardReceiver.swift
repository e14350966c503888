/// Events of the user's own server, signed as Standard Webhooks 1 says: `{"type": "message.delivered", "timestamp": …,
/// "data": {…}}`.
struct StandardReceiver: WebhookReceiver {
    private let secrets: [WebhookSecret]

    init(_ settings: WebhookSettings) {
        secrets = settings.secrets("secret").compactMap { WebhookSecret($0) }
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !secrets.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" else {
            return .refused(.badMethod)
        }
        let id = request.header("webhook-id")
        let timestamp = request.header("webhook-timestamp")
        let signature = request.header("webhook-signature")
        guard !id.isEmpty, !timestamp.isEmpty, !signature.isEmpty else {
            return .refused(.noSignature)
        }
        func isValid(at time: Int) -> Bool {
            let matches = secrets.map {
                $0.verifies(id: id, timestamp: timestamp, signature: signature, body: request.body, now: time)
            }
            return matches.contains(true)
        }
        if isValid(at: context.now) {
            return .genuine
        }
        // Whether the signature is wrong or only old, the sender's owner wants to know.
        return Int(timestamp).map(isValid) == true ? .refused(.stale) : .refused(.badSignature)
    }

    private static let kinds: [String: InboundEvent.Kind] = [
        "queued": .queued, "sent": .sent, "delivered": .delivered, "read": .read, "opened": .opened,
        "clicked": .clicked, "failed": .failed, "deferred": .deferred, "bounced": .bounced, "complained": .complained,
        "unsubscribed": .unsubscribed, "resubscribed": .resubscribed, "received": .inbound, "inbound": .inbound,
    ]

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard let body = JSONReader.read(request.body) else {
            return nil
        }
        let name = body["type"]?.string?.split(separator: ".").last.map(String.init) ?? ""
        var event = InboundEvent(Self.kinds[name] ?? .ignored, key: "id:" + request.header("webhook-id"))
        let data = body["data"]
        event.at = InstantReader.text(body["timestamp"]?.string)
        event.providerMessageID = data?["message_id"]?.word
        event.reference = data?["reference"]?.string
        event.contact = (data?["contact"] ?? data?[event.kind == .inbound ? "from" : "to"])?.word
        event.replyTo = data?["reply_to"]?.word
        event.setText(data?["text"]?.string)
        event.failureCode = data?["code"]?.word
        event.isFinal = data?["permanent"]?.bool ?? (event.kind == .unsubscribed)
        if event.kind == .failed || event.kind == .bounced {
            event.failureClass =
                (data?["class"]?.string).flatMap { InboundEvent.FailureClass(rawValue: $0) } ?? .permanent
        }
        if event.kind == .inbound {
            event.content =
                (data?["content"]?.string).flatMap { InboundEvent.Content(rawValue: $0) } ?? .text
            event.latitude = data?["latitude"]?.double
            event.longitude = data?["longitude"]?.double
            event.media = (data?["media"]?.items ?? []).prefix(32).map { item in
                InboundEvent.Media(
                    url: item["url"]?.string, id: item["id"]?.word, type: item["type"]?.string,
                    fileName: item["file_name"]?.string)
            }
        }
        return [event]
    }
}
