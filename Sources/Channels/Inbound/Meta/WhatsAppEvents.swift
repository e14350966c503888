/// What an entry of a `whatsapp_business_account` says.
enum WhatsAppEvents {
    static func events(of entry: JSONValue) -> [InboundEvent] {
        var events: [InboundEvent] = []
        for change in entry["changes"]?.items ?? [] {
            guard let value = change["value"] else {
                continue
            }
            switch change["field"]?.string {
            case "messages":
                events += (value["statuses"]?.items ?? []).map(status)
                events += (value["messages"]?.items ?? []).flatMap { message($0, value) }
                events += (value["errors"]?.items ?? []).map { accountError($0, entry) }
            case "user_preferences":
                events += (value["user_preferences"]?.items ?? []).compactMap(preference)
            case "message_template_status_update":
                events.append(template(value))
            case "smb_message_echoes":
                events += (value["message_echoes"]?.items ?? []).map(echo)
            default:
                break
            }
        }
        return events
    }

    private static func status(_ status: JSONValue) -> InboundEvent {
        let name = status["status"]?.string ?? ""
        let id = status["id"]?.word
        let kind: InboundEvent.Kind =
            switch name {
            case "sent": .sent
            case "delivered": .delivered
            case "read", "played": .read
            case "failed": .failed
            default: .ignored
            }
        var event = InboundEvent(kind, key: "status:\(id ?? ""):\(name)")
        event.providerMessageID = id
        event.contact = status["recipient_id"]?.word ?? status["recipient_user_id"]?.word
        event.at = InstantReader.seconds(status["timestamp"])
        event.reference = status["biz_opaque_callback_data"]?.string
        if name == "played" {
            event.details["detail"] = name
        }
        if let pricing = status["pricing"] {
            event.details["pricing.model"] = pricing["pricing_model"]?.string
            event.details["pricing.type"] = pricing["type"]?.string
            event.details["pricing.category"] = pricing["category"]?.string
            event.details["pricing.billable"] = pricing["billable"]?.bool.map { "\($0)" }
        }
        if kind == .failed {
            let code = status["errors"]?.items.first?["code"]?.word
            event.failureCode = code
            event.failureClass = MetaFailures.whatsApp(code)
            event.details["reason"] = status["errors"]?.items.first?["title"]?.string
        }
        return event
    }

    private static func message(_ message: JSONValue, _ value: JSONValue) -> [InboundEvent] {
        let id = message["id"]?.word
        let type = message["type"]?.string ?? ""
        let from = message["from"]?.word ?? message["from_user_id"]?.word
        if type == "system", message.at("system", "type")?.string == "user_changed_number" {
            var event = InboundEvent(.addressChanged, key: "message:\(id ?? "")")
            event.at = InstantReader.seconds(message["timestamp"])
            event.contact = from
            event.details["from"] = from
            event.details["to"] = message.at("system", "wa_id")?.word
            return [event]
        }
        var event = InboundEvent(kind(type), key: "message:\(id ?? "")")
        event.providerMessageID = id
        event.contact = from
        event.at = InstantReader.seconds(message["timestamp"])
        event.replyTo = message.at("context", "id")?.word
        event.details["user_id"] = message["from_user_id"]?.word
        // By the person, never by place: the lists need not be in the same order.
        let profile = value["contacts"]?.items.first { contact in
            contact["wa_id"]?.word == from || contact["user_id"]?.word == from
        }
        event.details["name"] = profile?.at("profile", "name")?.string
        event.details["referral_source"] = message.at("referral", "source_type")?.string
        fill(&event, type, message)
        guard event.content == .button else {
            return [event]
        }
        var click = InboundEvent(.clicked, key: event.key + "/clicked")
        click.providerMessageID = event.replyTo
        click.contact = from
        click.at = event.at
        click.details["payload"] = event.details["payload"]
        return [event, click]
    }

    private static func kind(_ type: String) -> InboundEvent.Kind {
        switch type {
        case "edit": .inboundEdited
        case "revoke": .inboundDeleted
        default: .inbound
        }
    }

    private static func fill(_ event: inout InboundEvent, _ type: String, _ message: JSONValue) {
        switch type {
        case "text":
            event.content = .text
            event.setText(message.at("text", "body")?.string)
        case "image", "video", "audio", "document", "sticker":
            event.content = InboundEvent.Content(rawValue: type)
            let file = message[type]
            event.setText(file?["caption"]?.string)
            event.media = [
                InboundEvent.Media(
                    id: file?["id"]?.word,
                    type: file?["mime_type"]?.string,
                    fileName: file?["filename"]?.string
                )
            ]
        case "location":
            event.content = .location
            event.latitude = message.at("location", "latitude")?.double
            event.longitude = message.at("location", "longitude")?.double
            event.details["place"] = message.at("location", "name")?.string
        case "contacts":
            event.content = .contact
        case "reaction":
            event.content = .reaction
            event.replyTo = message.at("reaction", "message_id")?.word
            event.details["emoji"] = message.at("reaction", "emoji")?.string
        case "button":
            event.content = .button
            event.setText(message.at("button", "text")?.string)
            event.details["payload"] = message.at("button", "payload")?.string
        case "interactive":
            let reply = message.at("interactive", "button_reply") ?? message.at("interactive", "list_reply")
            event.content = reply == nil ? .unsupported : .button
            event.setText(reply?["title"]?.string)
            event.details["payload"] = reply?["id"]?.word
        case "edit":
            event.setText(message.at("edit", "message", "text", "body")?.string ?? message.at("edit", "body")?.string)
        default:
            event.content = .unsupported
        }
    }

    private static func preference(_ preference: JSONValue) -> InboundEvent? {
        let value = preference["value"]?.string ?? ""
        let contact = preference["wa_id"]?.word ?? preference["user_id"]?.word
        let at = preference["timestamp"]?.word ?? ""
        guard let contact else {
            return nil
        }
        let kind: InboundEvent.Kind =
            switch value {
            case "stop": .unsubscribed
            case "resume", "signup": .resubscribed
            default: .ignored
            }
        var event = InboundEvent(kind, key: "preference:\(contact):\(value):\(at)")
        event.contact = contact
        event.at = InstantReader.seconds(preference["timestamp"])
        if preference["category"]?.string == "marketing_messages" {
            event.details["scope"] = "marketing"
        }
        return event
    }

    private static func template(_ value: JSONValue) -> InboundEvent {
        let state = value["event"]?.string
        var event = InboundEvent(
            .template,
            key: "template:"
                + BodyKey.of(
                    value["message_template_id"]?.word, state, value["reason"]?.string,
                    value["message_template_language"]?.string)
        )
        event.details["name"] = value["message_template_name"]?.string
        event.details["language"] = value["message_template_language"]?.string
        event.details["state"] = state
        event.details["reason"] = value["reason"]?.string
        return event
    }

    private static func echo(_ message: JSONValue) -> InboundEvent {
        var event = InboundEvent(.humanReply, key: "echo:\(message["id"]?.word ?? "")")
        event.providerMessageID = message["id"]?.word
        event.contact = message["to"]?.word
        event.at = InstantReader.seconds(message["timestamp"])
        return event
    }

    private static func accountError(_ error: JSONValue, _ entry: JSONValue) -> InboundEvent {
        let code = error["code"]?.word
        var event = InboundEvent(
            .channelError,
            key: "error:" + BodyKey.of(entry["id"]?.word, entry["time"]?.word, code, error["title"]?.string)
        )
        event.failureCode = code
        event.failureClass = MetaFailures.whatsApp(code)
        event.details["reason"] = error["title"]?.string
        return event
    }
}

/// What follows from an error code of the Graph API that comes by webhook.
enum MetaFailures {
    static func whatsApp(_ code: String?) -> InboundEvent.FailureClass {
        guard let code = code.flatMap({ Int($0) }) else {
            return .permanent
        }
        switch code {
        case 131050: return .suppressContact
        case 0, 3, 10, 190, 200...299, 368, 131005, 131030, 131031, 131037, 131042, 131044, 131045, 131063, 132001,
            132015, 132016, 132068, 133010, 133016:
            return .configError
        case 4, 80007, 130429, 131048, 131056, 131064, 132069: return .rateLimited
        case 1, 2, 131000, 131016, 131057, 133004: return .transient
        default: return .permanent
        }
    }
}
