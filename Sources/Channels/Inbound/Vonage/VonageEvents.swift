/// What Vonage's two products say.
enum VonageEvents {
    // MARK: Messages API

    static func message(_ body: JSONValue, _ bytes: [UInt8]) -> [InboundEvent]? {
        guard let id = body["message_uuid"]?.word else {
            return nil
        }
        guard let status = body["status"]?.string else {
            return [inbound(body, id)]
        }
        let kind: InboundEvent.Kind =
            switch status {
            case "submitted": .sent
            case "delivered": .delivered
            case "read": .read
            case "rejected", "undeliverable": .failed
            default: .ignored
            }
        // One message of several parts is told several times, with a price each.
        var event = InboundEvent(kind, key: "status:\(id):\(status):\(BodyKey.of(bytes))")
        event.providerMessageID = id
        event.reference = body["client_ref"]?.string
        event.contact = number(body["to"]?.word)
        event.at = InstantReader.text(body["timestamp"]?.string)
        event.details["price"] = body.at("usage", "price")?.word
        event.details["currency"] = body.at("usage", "currency")?.string
        if kind == .failed {
            let code = body.at("error", "title")?.word
            event.failureCode = code
            event.failureClass = status == "undeliverable" && code == nil ? .transient : follow(code)
            event.details["reason"] = body.at("error", "detail")?.string
        }
        return [event]
    }

    private static func inbound(_ body: JSONValue, _ id: String) -> InboundEvent {
        var event = InboundEvent(.inbound, key: "message:\(id)")
        event.providerMessageID = id
        event.contact = number(body["from"]?.word)
        event.at = InstantReader.text(body["timestamp"]?.string)
        event.details["to"] = number(body["to"]?.word)
        event.replyTo = body.at("context", "message_uuid")?.word
        let type = body["message_type"]?.string ?? ""
        switch type {
        case "text":
            event.content = .text
            event.setText(body["text"]?.string)
        case "image", "audio", "video", "file":
            event.content = type == "file" ? .document : InboundEvent.Content(rawValue: type)
            event.setText(body.at(type, "caption")?.string)
            event.media = [InboundEvent.Media(url: body.at(type, "url")?.string)]
        case "location":
            event.content = .location
            event.latitude = body.at("location", "lat")?.double
            event.longitude = body.at("location", "long")?.double
        default:
            event.content = .unsupported
        }
        return event
    }

    private static func follow(_ code: String?) -> InboundEvent.FailureClass {
        switch code.flatMap({ Int($0) }) {
        case 1050, 1240: .suppressContact
        case 1000, 1241: .rateLimited
        case 1030, 1100, 1180, 1220, 1230: .transient
        case 1020, 1021, 1022, 1060, 1070, 1080, 1110, 1120, 1130, 1140, 1160: .configError
        default: .permanent
        }
    }

    // MARK: SMS API

    static func classic(_ parameters: [String: String]) -> [InboundEvent]? {
        guard let id = parameters["messageId"] ?? parameters["message-id"] else {
            return nil
        }
        let at = InstantReader.text(parameters["message-timestamp"])
        guard let status = parameters["status"] else {
            var event = InboundEvent(.inbound, key: "message:\(id)")
            event.providerMessageID = id
            event.contact = number(parameters["msisdn"])
            event.at = at
            event.content = parameters["type"] == "binary" ? .unsupported : .text
            event.setText(parameters["text"])
            event.details["to"] = parameters["to"]
            for name in ["concat-ref", "concat-total", "concat-part"] {
                event.details[name] = parameters[name]
            }
            return [event]
        }
        let kind: InboundEvent.Kind =
            switch status {
            case "accepted", "buffered": .sent
            case "delivered": .delivered
            case "failed", "rejected", "expired", "unknown": .failed
            default: .ignored
            }
        var event = InboundEvent(kind, key: "status:\(id):\(status)")
        event.providerMessageID = id
        event.reference = parameters["client-ref"]
        event.contact = number(parameters["msisdn"])
        event.at = at
        event.details["price"] = parameters["price"]
        if kind == .failed {
            event.failureCode = parameters["err-code"]
            event.failureClass = followReceipt(parameters["err-code"])
        }
        return [event]
    }

    private static func followReceipt(_ code: String?) -> InboundEvent.FailureClass {
        switch code.flatMap({ Int($0) }) {
        case 4, 9, 53: .suppressContact
        case 1, 2, 7, 8, 99: .transient
        case 50, 51, 52, 54: .configError
        default: .permanent
        }
    }

    /// Vonage leaves the plus out.
    private static func number(_ text: String?) -> String? {
        guard let text, !text.isEmpty else {
            return nil
        }
        let isNumber = text.utf8.count >= 7 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber ? "+" + text : text
    }
}
