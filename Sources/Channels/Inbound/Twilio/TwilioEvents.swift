/// What a form of Twilio's says.
enum TwilioEvents {
    static func events(of form: FormFields, query: FormFields) -> [InboundEvent]? {
        guard let sid = form.filled("MessageSid") ?? form.filled("SmsMessageSid") ?? form.filled("SmsSid") else {
            return nil
        }
        let status = form.filled("MessageStatus") ?? form.filled("SmsStatus")
        if let status, status != "received", status != "receiving" {
            return [self.status(status, sid, form, query)]
        }
        guard form.filled("From") != nil else {
            return [InboundEvent(.ignored, key: "message:\(sid)")]
        }
        return inbound(sid, form)
    }

    private static func status(
        _ status: String,
        _ sid: String,
        _ form: FormFields,
        _ query: FormFields
    ) -> InboundEvent {
        let isChat = form["To"]?.hasPrefix("whatsapp:") == true
        let kind: InboundEvent.Kind =
            switch status {
            case "accepted", "scheduled", "queued": .queued
            // On WhatsApp it has not left Twilio yet.
            case "sending": isChat ? .queued : .sent
            case "sent": .sent
            case "delivered", "partially_delivered": .delivered
            case "read": .read
            case "undelivered", "failed", "canceled": .failed
            default: .ignored
            }
        var event = InboundEvent(kind, key: "status:\(sid):\(status)")
        event.providerMessageID = sid
        event.contact = address(form["To"])
        // What we put into the address that we gave to Twilio.
        event.reference = query.filled("ref") ?? query.filled("m")
        if kind == .failed {
            event.failureCode = form.filled("ErrorCode") ?? (status == "canceled" ? "canceled" : nil)
            event.failureClass = TwilioFailures.follow(event.failureCode)
            event.isFinal = TwilioFailures.deadNumber.contains(event.failureCode ?? "")
            event.details["reason"] = form.filled("ErrorMessage")
        }
        return event
    }

    private static func inbound(_ sid: String, _ form: FormFields) -> [InboundEvent] {
        var event = InboundEvent(.inbound, key: "message:\(sid)")
        event.providerMessageID = sid
        event.contact = address(form["From"])
        event.setText(form["Body"])
        event.content = .text
        event.replyTo = form.filled("OriginalRepliedMessageSid")
        event.details["name"] = form.filled("ProfileName")
        event.details["to"] = address(form["To"])
        // Twilio has answered it already.
        event.details["opt_out_type"] = form.filled("OptOutType")
        event.details["referral_source"] = form.filled("ReferralSourceType")
        let count = min(form.filled("NumMedia").flatMap { Int($0) } ?? 0, 10)
        for index in 0..<max(0, count) {
            let type = form.filled("MediaContentType\(index)")
            event.media.append(InboundEvent.Media(url: form.filled("MediaUrl\(index)"), type: type))
            if index == 0 {
                event.content = content(type ?? "")
            }
        }
        if let latitude = form.filled("Latitude").flatMap({ Double($0) }),
            let longitude = form.filled("Longitude").flatMap({ Double($0) })
        {
            event.content = .location
            event.latitude = latitude
            event.longitude = longitude
            event.details["place"] = form.filled("Label")
        }
        guard let payload = form.filled("ButtonPayload") ?? form.filled("ListId") else {
            return [event]
        }
        event.content = .button
        event.details["payload"] = payload
        var click = InboundEvent(.clicked, key: event.key + "/clicked")
        click.providerMessageID = event.replyTo
        click.contact = event.contact
        click.details["payload"] = payload
        return [event, click]
    }

    private static func content(_ type: String) -> InboundEvent.Content {
        switch type.prefix(while: { $0 != "/" }) {
        case "image": .image
        case "video": .video
        case "audio": .audio
        default: .document
        }
    }

    private static func address(_ text: String?) -> String? {
        text.map { $0.hasPrefix("whatsapp:") ? String($0.dropFirst(9)) : $0 }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// What follows from an error code in a callback.
enum TwilioFailures {
    /// Nobody is there who could get a text: what a hard bounce is for mail.
    static let deadNumber: Set<String> = ["21211", "21217", "21614", "30005", "30006"]

    static func follow(_ code: String?) -> InboundEvent.FailureClass {
        guard let code = code.flatMap({ Int($0) }) else {
            return .permanent
        }
        switch code {
        case 21610, 30004, 63014, 63033, 63050: return .suppressContact
        case 20429, 21611, 30022, 30023, 30027, 63018, 63038, 14107: return .rateLimited
        case 30001, 30003, 30008, 30017, 30410, 63012: return .transient
        case 20003, 20005, 20403, 20404, 21212, 21408, 21601, 21603, 21606, 21654...21656, 21659, 30002, 30018, 30024,
            30032...30035, 63001, 63007, 63027, 63029, 63040, 63041, 63051, 63062:
            return .configError
        default: return .permanent
        }
    }
}
