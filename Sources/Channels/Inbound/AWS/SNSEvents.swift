/// What a notification holds: a text of a person, or what became of one of ours.
enum SNSEvents {
    static func events(of envelope: SNSReceiver.Envelope) -> [InboundEvent] {
        let key = "sns:" + envelope.id
        let at = InstantReader.text(envelope.timestamp)
        guard envelope.type == "Notification" else {
            var event = InboundEvent(.channelError, key: key)
            event.at = at
            if envelope.type == "SubscriptionConfirmation" {
                event.details["reason"] = "the topic asked for its subscription to be confirmed"
                event.details["confirm_url"] = envelope.subscribeURL
            } else {
                event.details["reason"] = "the topic's subscription has ended"
            }
            return [event]
        }
        guard let message = JSONReader.read(envelope.message) else {
            return [InboundEvent(.ignored, key: key)]
        }
        if message["originationNumber"] != nil {
            return [inbound(message, at, key)]
        }
        if message["eventType"]?.string != nil {
            return [outcome(message, key)]
        }
        if message["delivery"] != nil {
            return [logged(message, key)]
        }
        return [InboundEvent(.ignored, key: key)]
    }

    private static func inbound(_ message: JSONValue, _ at: Int64?, _ key: String) -> InboundEvent {
        let id = message["inboundMessageId"]?.string
        var event = InboundEvent(.inbound, key: id.map { "message:" + $0 } ?? key)
        event.providerMessageID = id
        event.contact = message["originationNumber"]?.word
        event.at = at
        event.content = .text
        event.setText(message["messageBody"]?.string)
        event.replyTo = message["previousPublishedMessageId"]?.string
        event.details["to"] = message["destinationNumber"]?.word
        return event
    }

    /// End User Messaging's own events.
    private static func outcome(_ message: JSONValue, _ key: String) -> InboundEvent {
        let type = message["eventType"]?.string ?? ""
        let isFinal = message["isFinal"]?.bool ?? true
        let kind: InboundEvent.Kind
        var failure: InboundEvent.FailureClass?
        switch type {
        case "TEXT_QUEUED", "TEXT_PENDING": kind = .queued
        case "TEXT_SENT": kind = .sent
        // Taken by the carrier is as much as many countries ever tell.
        case "TEXT_DELIVERED": kind = .delivered
        case "TEXT_SUCCESSFUL": kind = isFinal ? .delivered : .sent
        case "TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_INVALID", "TEXT_INVALID_MESSAGE":
            (kind, failure) = (.failed, .permanent)
        case "TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN":
            (kind, failure) = (.failed, .transient)
        default: kind = .ignored
        }
        var event = InboundEvent(kind, key: key)
        event.providerMessageID = message["messageId"]?.string
        event.contact = message["destinationPhoneNumber"]?.word
        event.at = InstantReader.milliseconds(message["eventTimestamp"])
        event.failureClass = failure
        event.failureCode = failure == nil ? nil : type
        event.details["price"] = message["totalMessagePrice"]?.word
        if failure != nil, isOptOut(message["messageStatusDescription"]?.string) {
            event.failureClass = .suppressContact
        }
        return event
    }

    /// A line of the delivery log, passed on by the account's owner.
    private static func logged(_ message: JSONValue, _ key: String) -> InboundEvent {
        let answer = message.at("delivery", "providerResponse")?.string
        let isSuccess = message["status"]?.string == "SUCCESS"
        var event = InboundEvent(isSuccess ? .delivered : .failed, key: key)
        event.providerMessageID = message.at("notification", "messageId")?.string
        event.contact = message.at("delivery", "destination")?.word
        event.at = InstantReader.text(message.at("notification", "timestamp")?.string)
        event.details["price"] = message.at("delivery", "priceInUSD")?.word
        if !isSuccess {
            event.failureCode = answer
            event.failureClass = follow(answer)
        }
        return event
    }

    private static func follow(_ answer: String?) -> InboundEvent.FailureClass {
        let text = answer?.lowercased() ?? ""
        if isOptOut(answer) {
            return .suppressContact
        }
        if text.contains("no quota") || text.contains("spend") {
            return .configError
        }
        return text.contains("unreachable") || text.contains("unknown error") ? .transient : .permanent
    }

    private static func isOptOut(_ answer: String?) -> Bool {
        let text = answer?.lowercased() ?? ""
        return text.contains("opted out") || text.contains("blocked list") || text.contains("has blocked sms")
    }
}
