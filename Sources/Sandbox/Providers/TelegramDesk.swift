import Channels

/// Telegram's Bot API. People are taken to have started the bot: how else would anybody know their chat.
struct TelegramDesk: ProviderDesk {
    var waitForm: WaitForm { .json }
    var perSecond: Double? { 30 }

    func take(_ call: ProviderCall, _ people: PeopleFacts, _ numbers: MessageNumber.Source) -> ProviderAnswer {
        let parts = call.parts
        guard parts.count == 2, parts[0].hasPrefix("bot") else { return .refused(error(404, "Not Found")) }
        guard parts[0].dropFirst(3) == SandboxAccount.telegramToken else {
            return .refused(parts[0].contains(":") ? error(401, "Unauthorized") : error(404, "Not Found"))
        }
        let method = parts[1].lowercased()
        if method == "getme" {
            return .told(
                .json(
                    200,
                    [
                        "ok": true,
                        "result": [
                            "id": 1_000_000_001, "is_bot": true, "first_name": "Sandbox", "username": "sandbox_bot",
                        ],
                    ]))
        }
        guard let body = fields(of: call) else { return .refused(error(400, "Bad Request: can't parse JSON")) }
        guard let chat = body["chat_id"]?.word, !chat.isEmpty else {
            return .refused(error(400, "Bad Request: chat_id is empty"))
        }
        guard chat.hasPrefix("@") || Int64(chat).map({ $0.magnitude < 1 << 52 && $0 != 0 }) == true else {
            return .refused(error(400, "Bad Request: chat not found"))
        }
        let number = numbers.next()
        let id = Int(number.number)
        var message = SandboxMessage(number, call, id: "\(chat):\(id)", from: "Sandbox bot", to: chat)
        var sent: JSONValue = [
            "message_id": .integer(id), "date": .integer(call.now),
            "from": ["id": 1_000_000_001, "is_bot": true, "first_name": "Sandbox"],
            "chat": ["id": chat.hasPrefix("@") ? "-1001000000001" : .number(chat), "type": "private"],
        ]
        if chat.hasPrefix("@") {
            message.id = "-1001000000001:\(id)"
            sent = sent.adding("chat", ["id": .number("-1001000000001"), "type": "channel"])
        }
        let text = body[method == "sendmessage" ? "text" : "caption"]?.string ?? ""
        switch method {
        case "sendmessage":
            guard !text.allSatisfy(\.isWhitespace) else {
                return .refused(error(400, "Bad Request: message text is empty"))
            }
            sent = sent.adding("text", .text(text))
        case "sendphoto", "senddocument":
            guard let file = body[method == "sendphoto" ? "photo" : "document"]?.string, !file.isEmpty else {
                return .refused(error(400, "Bad Request: wrong file identifier/HTTP URL specified"))
            }
            message.note = file
        case "sendlocation":
            guard let latitude = body["latitude"]?.double, let longitude = body["longitude"]?.double,
                abs(latitude) <= 90, abs(longitude) <= 180
            else { return .refused(error(400, "Bad Request: latitude or longitude is wrong")) }
            message.note = "geo:\(latitude),\(longitude)"
        default:
            return .refused(error(404, "Not Found"))
        }
        if let fault = markup(text, body, limit: method == "sendmessage" ? 4096 : 1024, into: &message) {
            return .refused(error(400, "Bad Request: " + fault))
        }
        if let fault = buttons(body, into: &message) { return .refused(error(400, "Bad Request: " + fault)) }
        return .accepted([message], .json(200, ["ok": true, "result": sent]))
    }

    private func fields(of call: ProviderCall) -> JSONValue? {
        if call.http.contentType == "application/json" { return JSONReader.read(call.http.body) }
        let bytes = call.http.method == "GET" ? Array(call.http.query.utf8) : call.http.body
        var members: [String: JSONValue] = [:]
        for field in FormFields(urlencoded: bytes).fields {
            let name = String(decoding: field.name, as: UTF8.self)
            let value = String(decoding: field.value, as: UTF8.self)
            members[name] = name == "reply_markup" ? JSONReader.read(value) ?? .null : .text(value)
        }
        return .object(members)
    }

    /// Length counts behind the tags, in UTF-16.
    private func markup(
        _ text: String, _ body: JSONValue, limit: Int, into message: inout SandboxMessage
    ) -> String? {
        var plain = text
        if body["parse_mode"]?.string?.lowercased() == "html" {
            switch TelegramMarkup.plain(text) {
            case .success(let text): plain = text
            case .failure(let fault): return "can't parse entities: " + fault.text
            }
            message.html = text
        }
        message.text = plain
        guard plain.utf16.count <= limit else {
            return limit == 4096 ? "message is too long" : "message caption is too long"
        }
        return nil
    }

    private func buttons(_ body: JSONValue, into message: inout SandboxMessage) -> String? {
        for row in body.at("reply_markup", "inline_keyboard")?.items ?? [] {
            for button in row.items {
                guard let title = button["text"]?.string, !title.isEmpty else { return "BUTTON_INVALID" }
                if let data = button["callback_data"]?.string {
                    guard (1...64).contains(data.utf8.count) else { return "BUTTON_DATA_INVALID" }
                    message.buttons.append(.init(title: title, payload: data))
                } else if let url = button["url"]?.string, AddressForm.isURL(url) {
                    message.buttons.append(.init(title: title, url: url))
                } else {
                    return "BUTTON_URL_INVALID"
                }
            }
        }
        return nil
    }

    private func error(_ code: Int, _ text: String) -> HTTPReply {
        .json(code, ["ok": false, "error_code": .integer(code), "description": .text(text)])
    }

    func refusal(_ code: String) -> HTTPReply? {
        Self.texts[code].map { error($0.0, $0.1) }
    }

    private static let texts: [String: (Int, String)] = [
        "no_such_chat": (400, "Bad Request: chat not found"),
        "markup": (400, "Bad Request: can't parse entities: unsupported start tag"),
        "media": (400, "Bad Request: wrong file identifier/HTTP URL specified"),
        "blocked": (403, "Forbidden: bot was blocked by the user"),
        "deactivated": (403, "Forbidden: user is deactivated"),
        "never_started": (403, "Forbidden: bot can't initiate conversation with a user"),
        "unauthorized": (401, "Unauthorized"), "conflict": (409, "Conflict: terminated by other getUpdates request"),
    ]

    func throttling(_ form: WaitForm, wait: Int, now: Int) -> HTTPReply {
        let text = "Too Many Requests: retry after \(wait)"
        var body: JSONValue = [
            "ok": false, "error_code": 429, "description": .text(form == .none ? "Too Many Requests" : text),
        ]
        if form == .json { body = body.adding("parameters", ["retry_after": .integer(wait)]) }
        let headers = form == .json || form == .none ? [] : WaitHeaders.of(form, wait: wait, now: now)
        return .json(429, body, headers: headers)
    }

    // MARK: Callbacks

    /// Telegram tells of nothing but taps.
    func callback(_ status: MessageStatus, of message: SandboxMessage, _ line: CallbackAddress) -> Callback? {
        guard case .clicked(let payload) = status, message.buttons.contains(where: { $0.payload == payload }) else {
            return nil
        }
        let parts = message.id.split(separator: ":").map(String.init)
        guard parts.count == 2 else { return nil }
        return update(
            "callback_query",
            [
                "id": .text("\(line.number.bits(9))"), "from": Self.person(message.to),
                "message": [
                    "message_id": .number(parts[1]), "date": .integer(message.at),
                    "chat": ["id": .number(parts[0]), "type": "private"],
                ],
                "chat_instance": "1", "data": .text(payload),
            ],
            line)
    }

    func callback(_ word: PersonsWord, _ line: CallbackAddress) -> Callback? {
        guard Int64(word.from) != nil else { return nil }
        var message: JSONValue = [
            "message_id": .integer(Int(word.number.number)), "date": .integer(word.at),
            "from": Self.person(word.from), "text": .text(word.text),
            "chat": ["id": .number(word.from), "type": "private", "first_name": "Somebody"],
        ]
        if let answered = word.answered, let id = answered.id.split(separator: ":").last {
            message = message.adding(
                "reply_to_message",
                [
                    "message_id": .number(String(id)), "date": .integer(answered.at),
                    "chat": ["id": .number(word.from), "type": "private"],
                ])
        }
        return update("message", message, line)
    }

    private static func person(_ chat: String) -> JSONValue {
        ["id": .number(chat), "is_bot": false, "first_name": "Somebody"]
    }

    private func update(_ name: String, _ value: JSONValue, _ line: CallbackAddress) -> Callback {
        let update: JSONValue = .object([
            "update_id": .number("\(line.number.bits(3) >> 12)"), name: value,
        ])
        return Callback(
            [Callback.json, "X-Telegram-Bot-Api-Secret-Token: \(SandboxAccount.telegramSecret)"], update.bytes)
    }
}

/// The markup that Telegram takes as HTML.
enum TelegramMarkup {
    struct Fault: Error {
        let text: String
    }

    private static let tags: Set<Substring> = [
        "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "tg-spoiler",
        "span", "tg-emoji",
    ]
    private static let entities = ["&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": "\""]

    /// The text behind the tags.
    static func plain(_ html: String) -> Result<String, Fault> {
        var plain = ""
        var open: [Substring] = []
        var rest = html[...]
        while let next = rest.first {
            if next == "<" {
                guard let end = rest.firstIndex(of: ">") else { return .failure(Fault(text: "unclosed start tag")) }
                let tag = rest[rest.index(after: rest.startIndex)..<end]
                if tag.hasPrefix("/") {
                    guard open.popLast() == tag.dropFirst() else {
                        return .failure(Fault(text: "unexpected end tag </\(tag.dropFirst())>"))
                    }
                } else {
                    let name = tag.prefix { $0 != " " }
                    guard tags.contains(name) else {
                        let offset = html.utf8.count - rest.utf8.count
                        return .failure(Fault(text: "unsupported start tag \"\(name)\" at byte offset \(offset)"))
                    }
                    open.append(name)
                }
                rest = rest[rest.index(after: end)...]
            } else if next == "&", let entity = entities.first(where: { rest.hasPrefix($0.key) }) {
                plain += entity.value
                rest = rest.dropFirst(entity.key.count)
            } else {
                plain.append(next)
                rest = rest.dropFirst()
            }
        }
        guard open.isEmpty else { return .failure(Fault(text: "can't find end tag for \"\(open[0])\"")) }
        return .success(plain)
    }
}
