import HTTPTypes
import RuleEngine
import Runner

/// Messages to many, and programs that come as files.
struct BulkRoutes: Sendable {
    let desks: DeskPool

    private static let refusals = [
        "errors", "exists", "expect", "budget", "not_approved", "changed", "open", "finished", "cancelled", "killed",
        "too_late",
    ]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/communication/bulk-send", access: .sending, id: "sendBulk", tag: "campaigns",
                summary:
                    "Send to many: a campaign that is written into the project, and begun where nothing stands against it.",
                body: .json(Self.request),
                answers: [APIRoute.Answer(status: 201, about: "The campaign.", shape: Self.campaign)],
                problems: [
                    404: ["unknown_channel", "unknown_template", "unknown_contact"], 409: ["errors", "exists"],
                    422: ["bad_file", "bad_path", "bad_time", "bad_delimiters"], 503: ["channel", "time_zone", "file"],
                ],
                isRepeatable: true, handler: { try await send($0) }),
            APIRoute(
                method: .post, path: "/campaigns/{id}/start", access: .scope(.manageCampaigns), id: "startCampaign",
                tag: "campaigns", summary: "Begin a campaign of the project, at its moment where it has one.",
                parameters: [.program], answers: [.ok("The campaign.", Self.campaign)],
                problems: [
                    403: ["may_not_send"], 404: ["unknown_campaign"], 409: Self.refusals,
                    503: ["channel", "time_zone", "locked", "thread"],
                ],
                isRepeatable: true,
                handler: { request in
                    APIReply(try await desks.run { try $0.startCampaign(request["id"], by: request.caller) })
                }),
            APIRoute(
                method: .post, path: "/programs", access: .scope(.manageCampaigns), id: "uploadPrograms",
                tag: "programs",
                summary: "Write files into the project, all or none, where they compile with all others.",
                body: .json(
                    .object([
                        .needed(
                            "files",
                            .list(
                                .object([
                                    .needed("path", .spelled(.projectFile)),
                                    .needed("text", Shape.text(0...1_000_000).orNull, "Null takes the file away."),
                                ]), most: 200))
                    ])),
                answers: [.ok("What the compiler says of the project now.", ProgramRoutes.checked)],
                problems: [422: ["bad_file", "bad_path"], 503: ["file"]], isRepeatable: true,
                handler: { request in
                    let files = request.document["files"]?.items.map {
                        FileChange(path: $0["path"]?.string ?? "", text: $0["text"]?.string)
                    }
                    return APIReply(try await desks.run { try $0.upload(files ?? [], by: request.actor) })
                }),
        ]
    }

    // MARK: Shapes

    private static let count = Shape.integer(0...(.max))

    /// Somebody is named, or everybody is meant, and not both.
    private static let somebody: [JSON] = [
        .anyOf(
            .allOf(
                .having("everybody"), .without(["list"]),
                .members([
                    "everybody": ["const": true], "segments": ["maxItems": 0], "contacts": ["maxItems": 0],
                ])),
            .allOf(
                .members(["everybody": ["const": false]]),
                .anyOf(
                    .having("list"), .allOf(.having("segments"), .members(["segments": ["minItems": 1]])),
                    .allOf(.having("contacts"), .members(["contacts": ["minItems": 1]])))))
    ]

    private static let rules: [JSON] = [
        .anyOf(.having("channel"), .allOf(.having("channels"), .members(["channels": ["minItems": 1]]))),
        .anyOf(.having("template"), .having("message")), .apart("template", "message"),
    ]

    private static let request = Shape.named("BulkRequest", .ruled(.object(members), rules))

    private static let members: [Shape.Member] = [
        .optional("name", .name, "The campaign's id; without it one is made."),
        .optional("about", .text(0...1_000)),
        .optional("channel", .word, "The id of a channel."),
        .optional("channels", .list(.word, most: 20), "Several, in order of preference."),
        .needed(
            "recipients",
            .ruled(
                .object([
                    .optional("segments", .list(.word, most: 50), "Who is in any of them."),
                    .optional("exclude_segments", .list(.word, most: 50)),
                    .optional("list", .text(1...200), "Who has this tag."),
                    .optional("contacts", .list(.word, most: ServiceDesk.mostContacts), "These: ids, or addresses."),
                    .optional("everybody", .flag, "True where none of the others is said."),
                ]), somebody)),
        .optional("template", .word),
        .optional(
            "message", .members(.members(.anything)),
            "Kind of channel, language, then the texts as a campaign's file has them."),
        .optional("delimiters", .spelled(.delimiters)), .optional("purpose", .choice(Purpose.allCases.map(\.rawValue))),
        .optional("topic", .word), .optional("policy", .word), .optional("brand", .word),
        .optional("owner", .word, "Who answers for it, and can't approve it."),
        .optional("lawful_basis", .word, "Without it `consent` for marketing."),
        .optional("scheduled_at", .instant),
        .optional("budget", .text(1...40), "Above it nothing is sent: `EUR 60`."),
        .optional("hold", .flag, "True writes it as a draft, which somebody starts later."),
    ]

    private static let campaign = Shape.named(
        "BulkCampaign",
        .object([
            .needed("id", .word),
            .needed("state", .choice(["DRAFT", "SCHEDULED", "RUNNING", "PAUSED", "COMPLETED", "CANCELLED"])),
            .needed("launch", count.orNull), .needed("needs_approval", .flag),
            .needed("reason", Shape.words.orNull, "Why it was not begun."), .needed("note", Shape.words.orNull),
            .needed("audience", count), .needed("would_send", count), .needed("skipped", .members(count)),
            .needed("estimated_cost", .money, "At most."), .needed("starts_at", Shape.instant.orNull),
            .needed("version", .word), .needed("file", .words),
        ]))

    // MARK: Handlers

    private func send(_ request: APIRequest) async throws -> APIReply {
        let wanted = try Self.read(request.document)
        try await allow(request, wanted)
        return APIReply(status: .created, try await desks.run { try $0.sendBulk(wanted, by: request.caller) })
    }

    /// Each kind of channel has its own right to send, and a key may be kept to some channels and programs: before anything is
    /// written.
    private func allow(_ request: APIRequest, _ wanted: ServiceDesk.BulkRequest) async throws {
        let channels = try await desks.run { try $0.sendingChannels(wanted.channels) }
        if let obstacle = request.caller.rights.obstacle(to: wanted.id, by: channels) { throw Problem(obstacle) }
    }

    private static func read(_ body: JSON) throws(Problem) -> ServiceDesk.BulkRequest {
        func texts(_ json: JSON?) -> [String] { json?.items.compactMap(\.string) ?? [] }
        func wrong(_ code: String, _ name: String, _ detail: String, _ help: String) -> Problem {
            Problem(
                status: .unprocessableContent, code: code, detail: detail, help: help,
                errors: [["pointer": .string("/" + name), "code": .string(code)]])
        }
        let channels = texts(body["channels"]) + (body["channel"]?.string.map { [$0] } ?? [])
        guard !channels.isEmpty else {
            throw wrong("missing_key", "channel", "`channel` is missing", "the id of a channel")
        }
        var request = ServiceDesk.BulkRequest(channels: channels)
        let recipients = body["recipients"] ?? .null
        request.segments = texts(recipients["segments"])
        request.excluded = texts(recipients["exclude_segments"])
        request.list = recipients["list"]?.string
        request.contacts = texts(recipients["contacts"])
        let isNarrow = !request.segments.isEmpty || request.list != nil || !request.contacts.isEmpty
        guard isNarrow != (recipients["everybody"]?.flag ?? false) else {
            throw wrong(
                "wrong_value", "recipients", "nobody is named, or everybody and somebody",
                "`segments`, `list`, `contacts`, or `everybody: true`")
        }
        guard (body["template"] == nil) != (body["message"] == nil) else {
            throw wrong(
                "missing_key", "template", "there is no text, or there are two", "either `template` or `message`")
        }
        request.id = body["name"]?.string
        request.about = body["about"]?.string
        request.purpose = body["purpose"]?.string
        request.topic = body["topic"]?.string
        request.policy = body["policy"]?.string
        request.brand = body["brand"]?.string
        request.owner = body["owner"]?.string
        request.lawfulBasis = body["lawful_basis"]?.string
        request.template = body["template"]?.string
        request.message = try body["message"].map { (json) throws(Problem) in
            try TemplateRoutes.convert(json, body["delimiters"]?.string ?? "<< >>")
        }
        request.scheduledAt = body["scheduled_at"]?.string.flatMap { ISOInstant.read($0) }
        request.budget = body["budget"]?.string
        request.isHeld = body["hold"]?.flag ?? false
        return request
    }
}
