import HTTPTypes
import RuleEngine
import Runner

/// Single messages: asked for, found, called back.
struct MessageRoutes: Sendable {
    let desks: DeskPool
    private let sealer: ReferenceSealer
    private let desk: GroupingThread<MessageRequest, MessageDesk.Outcome>

    init(service: APIService, desks: DeskPool) {
        self.desks = desks
        sealer = ReferenceSealer(service.key)
        desk = GroupingThread(limit: 5_000, groupLimit: 500, work: service.takeMessages)
    }

    private static let id = Parameter.path("id", "What `sendMessage` gave.")

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/communication/messages", access: .sending, id: "sendMessage", tag: "messages",
                summary: "Ask for one message to one person.", body: .json(Self.request),
                answers: [
                    APIRoute.Answer(
                        status: 202,
                        about: "It is in the ledger, and leaves when the gate lets it; or it never will, and why.",
                        shape: Self.accepted)
                ],
                problems: [
                    404: ["unknown_channel", "unknown_template", "unknown_contact", "unknown_lead"],
                    409: ["errors", "other_person"],
                    422: [
                        "bad_message", "bad_address", "bad_time", "refused", "unused_variable", "no_text",
                        "bad_delimiters",
                    ],
                    503: ["time_zone"],
                ],
                isRepeatable: true, handler: { try await send($0) }),
            APIRoute(
                method: .get, path: "/communication/messages", access: .scope(.viewReports), id: "listMessages",
                tag: "messages", summary: "Messages that somebody asked for, the newest first.",
                parameters: [
                    .query("contact", .word, "Only to this one: an id, or an address."),
                    .query("channel", .word, "Only by this channel."),
                    .query("template", .word, "Only with this template."),
                    .query("type", .choice(MessageRequest.Kind.allCases.map(\.rawValue)), "Only of this type."),
                    .query("state", .choice(DeliveryState.allCases.map(\.name)), "Only in this state of the ledger."),
                    .query("lead", .word, "Only to this lead."), .query("since", .instant, "Asked for from then on."),
                    .query("until", .instant, "Asked for before."),
                ] + Parameter.paging,
                answers: [.ok("A page of messages.", .page(of: Self.message))],
                problems: [404: ["unknown_contact"]], handler: { try await list($0) }),
            APIRoute(
                method: .get, path: "/communication/messages/{id}", access: .scope(.viewReports), id: "getMessage",
                tag: "messages", summary: "Show one message, and what became of it.", parameters: [Self.id],
                answers: [.ok("The message.", Self.message)], problems: [404: ["unknown_message"]],
                handler: { request in
                    let (found, sealer, now) = try await desks.run {
                        (try $0.message(request["id"]), $0.sealer, $0.now)
                    }
                    return APIReply(found.json(sealer, showsPersonal: request.showsPersonal, now: now))
                }),
            APIRoute(
                method: .post, path: "/communication/messages/{id}/cancel", access: .sending, id: "cancelMessage",
                tag: "messages", summary: "Call back a message that has not begun to leave.", parameters: [Self.id],
                answers: [.ok("The message, as it is now.", Self.message)],
                problems: [404: ["unknown_message", "unknown_channel"], 409: ["too_late", "errors"]],
                isRepeatable: true,
                handler: { try await cancel($0) }),
        ]
    }

    // MARK: Shapes

    static let variables = Shape.named(
        "MessageVariables",
        .members(.either([.text(0...10_000), .number, .flag, .list(.text(0...1_000), most: 1_000)])))

    static let request = Shape.named("MessageRequest", .ruled(.object(members), rules))

    /// For one that comes at times of its own.
    static let untimed = Shape.named(
        "MessageToSchedule", .ruled(.object(members.filter { $0.name != "scheduled_at" }), rules))

    private static let members: [Shape.Member] = [
        .needed("channel", .word, "The id of a channel."),
        .optional("contact", .word, "The contact's id, or an address of somebody who is known."),
        .optional("to", .word, "An address of the channel's kind: whoever has it, or a new contact."),
        .optional(
            "lead", .word,
            "What another system calls the person; linked by the first message that also says who it is."),
        .optional(
            "type", .choice(MessageRequest.Kind.allCases.map(\.rawValue)),
            "Without it TEMPLATE with `template`, else TEXT."),
        .optional("purpose", .choice(Purpose.allCases.map(\.rawValue)), "Without it the template's."),
        .optional("topic", .word), .optional("policy", .word), .optional("brand", .word),
        .optional("template", .word, "A template of the project."),
        .optional("variables", variables, "What texts read as `entry.NAME`."),
        .optional("subject", .text(1...1_000)), .optional("text", .text(1...100_000)),
        .optional("html", .text(1...400_000)),
        .optional("media", .text(1...2_000), "An https address, or a name in the project's `media`."),
        .optional("file_name", .text(1...200)),
        .optional(
            "location",
            .object([
                .needed("latitude", .number), .needed("longitude", .number), .optional("label", .text(1...1_000)),
            ])),
        .optional("language", .text(2...35), "Of texts that are written here."),
        .optional("delimiters", .spelled(.delimiters), "Marks of the texts, where they aren't `<< >>`: `{{ }}`."),
        .optional("scheduled_at", .instant),
        .optional("priority", .choice(MessageRequest.Priority.allCases.map(\.rawValue)), "Without it NORMAL."),
        .optional("valid_for_seconds", .integer(1...31_536_000), "Later it is not sent any more."),
    ]

    private static let written = [
        "subject", "text", "html", "media", "file_name", "location", "language", "delimiters",
    ]

    /// What `hold` asks for.
    private static let rules: [JSON] = [
        .anyOf(.having("contact"), .having("to"), .having("lead")), .apart("contact", "to"),
        .anyOf(
            .allOf(.having("template"), .members(["type": .only("TEMPLATE")]), .without(written)),
            .allOf(
                .anyOf(.having("text"), .having("html")), .members(["type": .only("TEXT")]),
                .without(["template", "media", "file_name", "location"])),
            .allOf(
                .having("type", "media"), .members(["type": .only("IMAGE", "VIDEO", "AUDIO", "FILE")]),
                .without(["template", "location"])),
            .allOf(
                .having("type", "location"), .members(["type": .only("LOCATION")]),
                .without(["template", "media", "file_name"]))),
    ]

    private static let status = Shape.choice(MessageStatus.all)

    static let accepted = Shape.named(
        "MessageAccepted",
        .object([
            .needed("id", .word), .needed("status", status), .needed("state", .word),
            .needed("reason", Shape.words.orNull, "Why it isn't sent, or what it waits for."),
            .needed("contact", .word), .needed("channel", .word), .needed("scheduled_at", Shape.instant.orNull),
            .needed("not_before", Shape.instant.orNull), .needed("estimated_cost", .money),
        ]))

    static let message = Shape.named(
        "Message",
        .object([
            .needed("id", .word), .needed("status", status), .needed("state", .word),
            .needed("reason", Shape.words.orNull), .needed("type", .word), .needed("channel", .word),
            .needed("contact", .text(0...256)), .needed("lead", Shape.words.orNull), .needed("to", Shape.words.orNull),
            .needed("template", Shape.words.orNull), .needed("purpose", .word), .needed("priority", .word),
            .needed("scheduled_at", Shape.instant.orNull), .needed("not_before", Shape.instant.orNull),
            .needed("created_at", .instant), .needed("sent_at", Shape.instant.orNull),
            .needed("provider_id", Shape.words.orNull), .needed("attempts", .integer(0...(.max))),
            .needed("estimated_cost", .money), .needed("cost", .money), .needed("asked_by", .words),
        ]))

    // MARK: Handlers

    private func send(_ request: APIRequest) async throws -> APIReply {
        var wanted = try Self.read(request.document, actor: request.actor)
        // Looked at by the desk, which knows the channel: a look of our own would be a second wait for another thread.
        wanted.rights = request.caller.rights
        return try await take(wanted, for: request)
    }

    func take(_ wanted: MessageRequest, for request: APIRequest) async throws -> APIReply {
        var wanted = wanted
        wanted.repeated = request.claimed.map { name in
            MessageRequest.Repeated(name: name) { [sealer] taken in
                Self.reply(taken, sealer).kept
            }
        }
        switch try await desk.run(wanted) {
        case .success(let taken): return Self.reply(taken, sealer)
        case .failure(let refusal): throw refusal.obstacle.map { Problem($0) } ?? Problem(refusal)
        }
    }

    private static func reply(_ taken: AcceptedMessage, _ sealer: ReferenceSealer) -> APIReply {
        let isScheduled = taken.scheduledAt != nil && taken.state == .planned
        let status =
            switch taken.state {
            case .skipped: "SKIPPED"
            default: isScheduled ? "SCHEDULED" : "QUEUED"
            }
        return APIReply(
            status: .accepted,
            [
                "id": .string(sealer.seal(taken.key)), "status": .string(status), "state": .string(taken.state.name),
                "reason": JSON(taken.reason), "contact": .string(taken.contact), "channel": .string(taken.channel),
                "scheduled_at": JSON(taken.scheduledAt.map(ISOInstant.text)),
                "not_before": JSON(taken.until.map(ISOInstant.text)),
                "estimated_cost": ["currency": .string(taken.currency), "micros": JSON(taken.costMicros)],
            ])
    }

    /// Each kind of channel has its own right to send, and a key may be kept to some channels.
    func allow(_ request: APIRequest, on channel: String) async throws {
        let rights = request.caller.rights
        if rights.scopes.isSuperset(of: Scope.sending), rights.limits == KeyLimits() { return }
        let kind = try await desks.run { try $0.kind(ofChannel: channel) }
        if let obstacle = rights.obstacle(to: nil, by: [SendingChannel(id: channel, kind: kind)]) {
            throw Problem(obstacle)
        }
    }

    private func list(_ request: APIRequest) async throws -> APIReply {
        var search = MessageSearch()
        search.channel = request.parameters["channel"]
        search.template = request.parameters["template"]
        search.kind = request.parameters["type"].flatMap { MessageRequest.Kind(rawValue: $0) }
        search.state = request.parameters["state"].flatMap { name in DeliveryState.allCases.first { $0.name == name } }
        search.lead = request.parameters["lead"]
        search.since = request.instant("since")
        search.until = request.instant("until")
        let (page, sealer, now) = try await desks.run { [search] desk in
            (
                try desk.messages(search, contact: request.parameters["contact"], request.page), desk.sealer, desk.now
            )
        }
        return APIReply(page) { $0.json(sealer, showsPersonal: request.showsPersonal, now: now) }
    }

    private func cancel(_ request: APIRequest) async throws -> APIReply {
        let found = try await desks.run { try $0.message(request["id"]) }
        try await allow(request, on: found.delivery.record.channelID)
        let (now, sealer, cancelled) = try await desks.run {
            ($0.now, $0.sealer, try $0.cancel(message: request["id"]))
        }
        return APIReply(cancelled.json(sealer, showsPersonal: request.showsPersonal, now: now))
    }

    // MARK: Reading

    static func read(_ document: JSON, actor: String) throws(Problem) -> MessageRequest {
        func text(_ name: String) -> String? { document[name]?.string }
        let template = text("template")
        let kind = text("type").flatMap { MessageRequest.Kind(rawValue: $0) } ?? (template == nil ? .text : .template)
        var request = MessageRequest(channel: text("channel") ?? "", kind: kind, actor: actor)
        request.contact = text("contact")
        request.address = text("to")
        request.lead = text("lead")
        request.purpose = text("purpose").flatMap { Purpose(rawValue: $0) }
        request.topic = text("topic")
        request.policy = text("policy")
        request.brand = text("brand")
        request.template = template
        request.variables = document["variables"]?.entries ?? []
        request.content = try content(document)
        request.language = text("language")
        request.scheduledAt = text("scheduled_at").flatMap { ISOInstant.read($0) }
        request.priority = text("priority").flatMap { MessageRequest.Priority(rawValue: $0) } ?? .normal
        request.validFor = document["valid_for_seconds"]?.integer.map { $0 * 1_000_000 }
        try hold(request, document)
        return request
    }

    private static func content(_ document: JSON) throws(Problem) -> MessageRequest.Content {
        let delimiters = document["delimiters"]?.string ?? "<< >>"
        func text(_ name: String) throws(Problem) -> String? {
            guard let text = document[name]?.string else { return nil }
            do throws(TemplateMarks.Fault) {
                return try TemplateMarks.converted(text, from: delimiters)
            } catch {
                throw Problem(
                    status: .unprocessableContent, code: "bad_delimiters", detail: "`\(name)`: \(error.message)",
                    help: error.help)
            }
        }
        var content = MessageRequest.Content()
        content.subject = try text("subject")
        content.text = try text("text")
        content.html = try text("html")
        content.media = document["media"]?.string
        content.fileName = document["file_name"]?.string
        if let place = document["location"] {
            content.location = (
                place["latitude"]?.compactText ?? "", place["longitude"]?.compactText ?? "",
                place["label"]?.string
            )
        }
        return content
    }

    /// What belongs together, and what can't stand beside each other: nothing is read and ignored.
    private static func hold(_ request: MessageRequest, _ document: JSON) throws(Problem) {
        func missing(_ name: String, _ why: String) -> Problem {
            Problem(
                status: .unprocessableContent, code: "missing_key", detail: "`\(name)` is missing", help: why,
                errors: [["pointer": .string("/" + name), "code": "missing_key"]])
        }
        func unknown(_ name: String, _ why: String) -> Problem {
            Problem(
                status: .unprocessableContent, code: "unknown_key", detail: "`\(name)` has no place here", help: why,
                errors: [["pointer": .string("/" + name), "code": "unknown_key"]])
        }
        if request.contact == nil, request.address == nil, request.lead == nil {
            throw missing("contact", "write `contact`, `to` or `lead`")
        }
        if request.contact != nil, request.address != nil { throw unknown("to", "`contact` says who it is") }
        if request.kind == .template {
            guard request.template != nil else { throw missing("template", "a message of the type TEMPLATE names one") }
            for name in written where document[name] != nil {
                throw unknown(name, "the template says what the message is made of")
            }
            return
        }
        if request.template != nil { throw unknown("template", "for a message of the type TEMPLATE") }
        switch request.kind {
        case .text:
            if request.content.text == nil, request.content.html == nil {
                throw missing("text", "what the message says")
            }
        case .location:
            if request.content.location == nil { throw missing("location", "where it is") }
        default:
            if request.content.media == nil {
                throw missing("media", "an https address, or a name in the project's `media`")
            }
        }
        let hasMedia = [.image, .video, .audio, .file].contains(request.kind)
        if !hasMedia, document["media"] != nil { throw unknown("media", "for IMAGE, VIDEO, AUDIO and FILE") }
        if !hasMedia, document["file_name"] != nil { throw unknown("file_name", "for IMAGE, VIDEO, AUDIO and FILE") }
        if request.kind != .location, document["location"] != nil { throw unknown("location", "for LOCATION") }
    }
}
