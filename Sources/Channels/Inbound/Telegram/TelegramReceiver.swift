/// Updates of the Telegram Bot API. A secret in a header proves who sends; it covers no body.
struct TelegramReceiver: WebhookReceiver {
    private let secrets: [String]

    init(_ settings: WebhookSettings) {
        secrets = settings.secrets("secret_token").filter(Self.isAllowed)
    }

    /// What Telegram takes as a secret: 1 to 256 of `A-Z a-z 0-9 _ -`.
    static func isAllowed(_ secret: String) -> Bool {
        (1...256).contains(secret.utf8.count)
            && secret.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    func verify(_ request: WebhookRequest, _ context: WebhookContext) -> WebhookReception {
        guard !secrets.isEmpty else {
            return .refused(.unconfigured)
        }
        guard request.method == "POST" else {
            return .refused(.badMethod)
        }
        let given = request.header("x-telegram-bot-api-secret-token")
        guard !given.isEmpty else {
            return .refused(.noSignature)
        }
        // All of them are looked at, so that the time doesn't tell which one it was.
        let matches = secrets.map { ConstantTime.equal($0, given) }
        return matches.contains(true) ? .genuine : .refused(.badSignature)
    }

    func parse(_ request: WebhookRequest) -> [InboundEvent]? {
        guard let update = JSONReader.read(request.body), let id = update["update_id"]?.word else {
            return nil
        }
        let key = "update:" + id
        if let message = update["message"] {
            return Self.message(message, key)
        }
        if let message = update["edited_message"] {
            var event = Self.base(.inboundEdited, key, message)
            event.setText(message["text"]?.string ?? message["caption"]?.string)
            event.at = InstantReader.seconds(message["edit_date"]) ?? event.at
            return [event]
        }
        if let query = update["callback_query"] {
            return [Self.click(query, key)]
        }
        if let change = update["my_chat_member"] {
            return [Self.membership(change, key)]
        }
        if let reaction = update["message_reaction"] {
            return [Self.reaction(reaction, key)]
        }
        return [InboundEvent(.ignored, key: key)]
    }

    private static func base(_ kind: InboundEvent.Kind, _ key: String, _ message: JSONValue) -> InboundEvent {
        var event = InboundEvent(kind, key: key)
        let chat = message.at("chat", "id")?.word
        event.contact = chat
        event.providerMessageID = messageID(chat, message["message_id"])
        event.at = InstantReader.seconds(message["date"])
        if let name = message.at("from", "first_name")?.string {
            event.details["name"] = name
        }
        if let language = message.at("from", "language_code")?.string {
            event.details["language"] = language
        }
        return event
    }

    /// Ids of messages are unique in their chat only.
    private static func messageID(_ chat: String?, _ id: JSONValue?) -> String? {
        guard let chat, let id = id?.word else {
            return nil
        }
        return "\(chat):\(id)"
    }

    private static func message(_ message: JSONValue, _ key: String) -> [InboundEvent] {
        var event = base(.inbound, key, message)
        if message.at("from", "is_bot")?.bool == true {
            return [InboundEvent(.ignored, key: key)]
        }
        let text = message["text"]?.string
        event.setText(text ?? message["caption"]?.string)
        event.replyTo = messageID(
            message.at("reply_to_message", "chat", "id")?.word,
            message.at("reply_to_message", "message_id")
        )
        event.content = .text
        if text == nil {
            fill(&event, from: message)
        }
        guard let text, text == "/start" || text.hasPrefix("/start ") else {
            return [event]
        }
        // The only way a person can allow a bot to write to them.
        var subscribed = InboundEvent(.subscribed, key: key + "/subscribed")
        subscribed.contact = event.contact
        subscribed.at = event.at
        let payload = String(text.dropFirst(7))
        if !payload.isEmpty {
            event.details["start_payload"] = payload
            subscribed.details["start_payload"] = payload
        }
        return [event, subscribed]
    }

    private static func fill(_ event: inout InboundEvent, from message: JSONValue) {
        let files: [(String, InboundEvent.Content)] = [
            ("document", .document), ("video", .video), ("animation", .video), ("video_note", .video),
            ("audio", .audio), ("voice", .audio), ("sticker", .sticker),
        ]
        event.content = .unsupported
        // The largest is the last.
        if let photo = message["photo"]?.items.last {
            event.content = .image
            event.media = [InboundEvent.Media(id: photo["file_id"]?.string, type: "image/jpeg")]
        } else if let location = message["location"] {
            event.content = .location
            event.latitude = location["latitude"]?.double
            event.longitude = location["longitude"]?.double
        } else if let contact = message["contact"] {
            event.content = .contact
            event.details["phone"] = contact["phone_number"]?.word
            // A card of somebody else must not become this person's number.
            let isOwn = contact["user_id"]?.word != nil && contact["user_id"]?.word == message.at("from", "id")?.word
            event.details["own_phone"] = isOwn ? "true" : "false"
        } else if let (name, content) = files.first(where: { message[$0.0] != nil }), let file = message[name] {
            event.content = content
            event.media = [
                InboundEvent.Media(
                    id: file["file_id"]?.string,
                    type: file["mime_type"]?.string,
                    fileName: file["file_name"]?.string
                )
            ]
        }
    }

    private static func click(_ query: JSONValue, _ key: String) -> InboundEvent {
        var event = InboundEvent(.clicked, key: key)
        event.contact = query.at("message", "chat", "id")?.word ?? query.at("from", "id")?.word
        event.providerMessageID = messageID(
            query.at("message", "chat", "id")?.word,
            query.at("message", "message_id")
        )
        event.details["payload"] = query["data"]?.string
        event.details["answer_callback_query_id"] = query["id"]?.word
        return event
    }

    private static func membership(_ change: JSONValue, _ key: String) -> InboundEvent {
        var event = InboundEvent(.ignored, key: key)
        event.contact = change.at("chat", "id")?.word
        event.at = InstantReader.seconds(change["date"])
        guard change.at("chat", "type")?.string == "private" else {
            return event
        }
        let old = change.at("old_chat_member", "status")?.string
        switch change.at("new_chat_member", "status")?.string {
        case "kicked": event.kind = .blocked
        case "member" where old == "kicked": event.kind = .unblocked
        default: break
        }
        return event
    }

    private static func reaction(_ reaction: JSONValue, _ key: String) -> InboundEvent {
        var event = InboundEvent(.inbound, key: key)
        event.content = .reaction
        event.contact = reaction.at("chat", "id")?.word
        event.at = InstantReader.seconds(reaction["date"])
        event.replyTo = messageID(event.contact, reaction["message_id"])
        event.details["emoji"] = reaction["new_reaction"]?.items.first?["emoji"]?.string
        return event
    }
}
