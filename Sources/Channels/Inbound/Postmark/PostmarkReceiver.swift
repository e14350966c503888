import FoundationEssentials

/// Events of Postmark. It signs nothing: what proves a request is the name and password that stand in the address which it
/// was given to call. Hence `isWeak`.
struct PostmarkReceiver: WebhookReceiver {
    private let credentials: [String]

    init(_ settings: WebhookSettings) {
        credentials = settings.secrets("credentials").filter { $0.contains(":") }
    }

    var isWeak: Bool { true }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !credentials.isEmpty else { return .refused(.unconfigured) }
        guard request.method == "POST" else { return .refused(.badMethod) }
        let header = request.header("authorization")
        guard !header.isEmpty else { return .refused(.noSignature) }
        let matches = credentials.map { text in
            ConstantTime.equal(header, "Basic " + Data(text.utf8).base64EncodedString())
        }
        return matches.contains(true) ? .genuine : .refused(.badSignature)
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard let json = JSONReader.read(request.body), let type = json["RecordType"]?.string else { return nil }
        let person = json["Recipient"]?.string ?? json["Email"]?.string
        let time = ["DeliveredAt", "BouncedAt", "ReceivedAt", "ChangedAt"].lazy.compactMap { json[$0]?.string }.first
        let id = json["MessageID"]?.word
        let own = json["ID"]?.word ?? json["OriginalLink"]?.string
        var event = InboundEvent(.ignored, key: "event:" + BodyKey.of(type, id, person, time, own))
        event.contact = person
        event.at = InstantReader.text(time)
        event.providerMessageID = id
        event.reference = MailEvents.reference(of: json["Metadata"])
        switch type {
        case "Delivery": event.kind = .delivered
        case "Open": event.kind = .opened
        case "Click":
            event.kind = .clicked
            event.details["url"] = json["OriginalLink"]?.string
        case "SpamComplaint": event.kind = .complained
        case "Bounce": bounce(&event, json)
        case "SubscriptionChange": change(&event, json)
        default: break
        }
        return [event]
    }

    private func bounce(_ event: inout InboundEvent, _ json: JSONValue) {
        let type = json["Type"]?.string ?? ""
        event.failureCode = type
        event.details["reason"] = json["Details"]?.string ?? json["Description"]?.string
        switch type {
        case "Transient":
            event.kind = .deferred
            event.failureClass = .transient
        case "AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest", "ChallengeVerification":
            event.failureCode = nil
        case "Unsubscribe":
            event.kind = .unsubscribed
            event.isFinal = true
        case "SpamComplaint": event.kind = .complained
        default:
            event.kind = .bounced
            event.failureClass = .permanent
            event.isFinal = type == "HardBounce" || type == "BadEmailAddress"
        }
    }

    private func change(_ event: inout InboundEvent, _ json: JSONValue) {
        let isOut = json["SuppressSending"]?.bool == true
        switch (isOut, json["SuppressionReason"]?.string) {
        // The bounce has an event of its own.
        case (true, "HardBounce"): event.kind = .ignored
        case (true, "SpamComplaint"): event.kind = .complained
        case (true, _):
            event.kind = .unsubscribed
            event.isFinal = true
        case (false, _): event.kind = .resubscribed
        }
    }
}
