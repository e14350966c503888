/// What an entry of a page or of an Instagram account says. Their times are in milliseconds.
enum MessengerEvents {
    static func events(of entry: JSONValue, isInstagram: Bool) -> [InboundEvent] {
        var events: [InboundEvent] = []
        let page = entry["id"]?.word ?? ""
        for item in entry["messaging"]?.items ?? [] {
            events += self.item(item, page, isInstagram)
        }
        for change in entry["changes"]?.items ?? [] {
            switch change["field"]?.string {
            case "comments", "feed", "mentions":
                if let value = change["value"], value["id"]?.word != nil {
                    events.append(comment(value))
                }
            case "messages", "messaging_postbacks", "messaging_seen", "message_reactions":
                // With Instagram's own login the same items come in this wrapping.
                if let value = change["value"] {
                    events += self.item(value, page, isInstagram)
                }
            default:
                break
            }
        }
        return events
    }

    private static func item(_ item: JSONValue, _ page: String, _ isInstagram: Bool) -> [InboundEvent] {
        let sender = item.at("sender", "id")?.word
        let time = InstantReader.milliseconds(item["timestamp"])
        func event(_ kind: InboundEvent.Kind, _ key: String) -> InboundEvent {
            var event = InboundEvent(kind, key: key)
            event.contact = sender
            event.at = time
            return event
        }
        let who = "\(page):\(sender ?? ""):\(item["timestamp"]?.word ?? "")"
        if let message = item["message"] {
            return self.message(message, item, event(.inbound, "message:\(message["mid"]?.word ?? who)"))
        }
        if let delivery = item["delivery"] {
            return receipts(delivery, event(.delivered, "delivered:"), who)
        }
        if let read = item["read"] {
            return receipts(read, event(.read, "read:"), who)
        }
        if let postback = item["postback"] {
            var click = event(.clicked, "postback:\(postback["mid"]?.word ?? who)")
            click.setText(postback["title"]?.string)
            click.details["payload"] = postback["payload"]?.string
            click.details["ref"] = postback.at("referral", "ref")?.string
            return [click]
        }
        if let reaction = item["reaction"] {
            let action = reaction["action"]?.string ?? ""
            var reacted = event(.inbound, "reaction:\(reaction["mid"]?.word ?? ""):\(who):\(action)")
            reacted.content = .reaction
            reacted.replyTo = reaction["mid"]?.word
            reacted.details["emoji"] = action == "unreact" ? nil : reaction["emoji"]?.string
            return [reacted]
        }
        if let optin = item["optin"] {
            return [self.optin(optin, event(.optin, "optin:\(who)"))]
        }
        if let referral = item["referral"] {
            var opened = event(.referral, "referral:\(who)")
            opened.details["ref"] = referral["ref"]?.string
            return [opened]
        }
        if let edit = item["message_edit"] {
            var edited = event(
                .inboundEdited, "edit:\(edit["mid"]?.word ?? who):\(edit["num_edit"]?.word ?? "")")
            edited.providerMessageID = edit["mid"]?.word
            edited.setText(edit["text"]?.string)
            return [edited]
        }
        return [event(.ignored, "item:\(who)")]
    }

    private static func message(
        _ message: JSONValue,
        _ item: JSONValue,
        _ blank: InboundEvent
    ) -> [InboundEvent] {
        var event = blank
        event.providerMessageID = message["mid"]?.word
        if message["is_echo"]?.bool == true {
            // Our own message comes back, or somebody wrote from the page's inbox: the ledger knows which it was.
            event.kind = .sent
            event.key = "echo:\(event.providerMessageID ?? event.key)"
            event.contact = item.at("recipient", "id")?.word
            event.reference = message["metadata"]?.string
            event.details["app_id"] = message["app_id"]?.word
            return [event]
        }
        if message["is_deleted"]?.bool == true {
            event.kind = .inboundDeleted
            event.key = "deleted:\(event.providerMessageID ?? event.key)"
            return [event]
        }
        event.content = message["is_unsupported"]?.bool == true ? .unsupported : .text
        event.setText(message["text"]?.string)
        event.replyTo = message.at("reply_to", "mid")?.word
        event.details["story_id"] = message.at("reply_to", "story", "id")?.word
        event.details["ref"] = message.at("referral", "ref")?.string
        attach(message["attachments"]?.items ?? [], to: &event)
        guard let payload = message.at("quick_reply", "payload")?.string else {
            return [event]
        }
        event.content = .button
        event.details["payload"] = payload
        var click = InboundEvent(.clicked, key: event.key + "/clicked")
        click.contact = event.contact
        click.at = event.at
        click.details["payload"] = payload
        return [event, click]
    }

    private static func attach(_ attachments: [JSONValue], to event: inout InboundEvent) {
        for attachment in attachments.prefix(32) {
            let type = attachment["type"]?.string ?? ""
            if type == "location" {
                event.content = .location
                event.latitude = attachment.at("payload", "coordinates", "lat")?.double
                event.longitude = attachment.at("payload", "coordinates", "long")?.double
                continue
            }
            if event.media.isEmpty, event.text == nil || event.text == "" {
                event.content =
                    switch type {
                    case "image": .image
                    case "video", "reel", "ig_reel": .video
                    case "audio": .audio
                    case "file": .document
                    case "sticker": .sticker
                    default: .unsupported
                    }
            }
            event.media.append(InboundEvent.Media(url: attachment.at("payload", "url")?.string, type: type))
        }
    }

    /// Messenger names messages or a point in time; Instagram names one message.
    private static func receipts(_ receipt: JSONValue, _ blank: InboundEvent, _ who: String) -> [InboundEvent] {
        let ids = (receipt["mids"]?.items ?? []).compactMap(\.word) + [receipt["mid"]?.word].compactMap { $0 }
        guard ids.isEmpty else {
            return ids.prefix(1000).map { id in
                var event = blank
                event.key += id
                event.providerMessageID = id
                return event
            }
        }
        var event = blank
        event.watermark = InstantReader.milliseconds(receipt["watermark"])
        event.key += "until:\(who):\(receipt["watermark"]?.word ?? "")"
        return event.watermark == nil ? [] : [event]
    }

    private static func optin(_ optin: JSONValue, _ blank: InboundEvent) -> InboundEvent {
        var event = blank
        let status = (optin["notification_messages_status"]?.string ?? "").replacing(" ", with: "_")
        if optin["type"]?.string == "notification_messages" {
            event.details["scope"] = "marketing"
            switch status {
            case "STOP_NOTIFICATIONS": event.kind = .unsubscribed
            case "RESUME_NOTIFICATIONS": event.kind = .resubscribed
            default: break
            }
        }
        event.key += ":" + status
        event.details["ref"] = optin["ref"]?.string
        return event
    }

    private static func comment(_ value: JSONValue) -> InboundEvent {
        var event = InboundEvent(.comment, key: "comment:\(value["id"]?.word ?? "")")
        event.contact = value.at("from", "id")?.word
        event.setText(value["text"]?.string)
        event.details["comment_id"] = value["id"]?.word
        return event
    }
}
