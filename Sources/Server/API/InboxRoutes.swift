import HTTPTypes
import RuleEngine
import Runner

/// Conversations: found, answered, given to somebody, closed. `sessions` is what lists of them are called.
struct InboxRoutes: Sendable {
    let desks: DeskPool
    let messages: MessageRoutes

    private static let id = Parameter.path("id", "As the list gives it.")

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/communication/sessions", access: .scope(.viewPersonalData), id: "listSessions",
                tag: "sessions", summary: "Conversations that people have begun, the newest first.",
                parameters: [
                    .query("channel", .word, "On this channel."), .query("contact", .word, "Of this contact."),
                    .query("activity", .choice(["active", "closed"]), "Active: less than three days of silence."),
                    .query("state", .choice(FoundConversation.State.allCases.map(\.rawValue)), "In this state."),
                    .query("assigned_to", .word, "Whoever looks after it."), .query("tag", .word, "With this tag."),
                    .query("lead", .word, "Of this lead."),
                    .query("unread", .flag, "With texts that nobody has read, or without."),
                ] + Parameter.paging,
                answers: [.ok("A page of conversations.", .page(of: Self.entry))],
                problems: [404: ["unknown_contact"]], handler: { try await list($0) }),
            APIRoute(
                method: .get, path: "/communication/sessions/{id}", access: .scope(.viewPersonalData),
                id: "getSession", tag: "sessions", summary: "Show one conversation with what was said.",
                parameters: [Self.id], answers: [.ok("The conversation.", Self.conversation)],
                problems: [404: ["unknown_session"]],
                handler: { request in
                    APIReply(
                        try await desks.run { try $0.conversation(request["id"]).fullJSON(now: $0.now, $0.sealer) })
                }),
            APIRoute(
                method: .patch, path: "/inbox/{id}", access: .sending, id: "changeConversation", tag: "sessions",
                summary: "Assign, rank, tag, link, resolve, archive or open a conversation, or call it unread.",
                parameters: [Self.id], body: .json(Self.change),
                answers: [.ok("The conversation.", Self.conversation)],
                problems: [404: ["unknown_session", "unknown_channel"], 409: ["errors"]],
                handler: { request in
                    try await allow(request)
                    let change = Self.change(of: request.document)
                    return APIReply(
                        try await desks.run {
                            try $0.change(conversation: request["id"], change).fullJSON(now: $0.now, $0.sealer)
                        })
                }),
            APIRoute(
                method: .post, path: "/inbox/{id}/notes", access: .sending, id: "noteConversation", tag: "sessions",
                summary: "Write something down that only colleagues read.", parameters: [Self.id],
                body: .json(.object([.needed("text", .text(1...10_000))])),
                answers: [APIRoute.Answer(status: 201, about: "The conversation.", shape: Self.conversation)],
                problems: [404: ["unknown_session", "unknown_channel"], 409: ["errors"]], isRepeatable: true,
                handler: { request in
                    try await allow(request)
                    let text = request.document["text"]?.string ?? ""
                    return APIReply(
                        status: .created,
                        try await desks.run {
                            try $0.note(text, onConversation: request["id"], actor: request.actor)
                                .fullJSON(now: $0.now, $0.sealer)
                        })
                }),
            APIRoute(
                method: .post, path: "/inbox/{id}/reply", access: .sending, id: "replyInConversation",
                tag: "sessions", summary: "Answer whoever the conversation is with, by its channel.",
                parameters: [Self.id],
                body: .json(
                    .object([
                        .optional("text", .text(1...100_000)),
                        .optional("quick_reply", .name, "One of the kept answers, instead of a text."),
                        .optional("subject", .text(1...1_000), "Of a mail."),
                    ])),
                answers: [
                    APIRoute.Answer(status: 202, about: "As `sendMessage` answers.", shape: MessageRoutes.accepted)
                ],
                problems: [
                    404: ["unknown_session", "unknown_channel", "unknown_contact", "unknown_quick_reply"],
                    409: ["errors", "nobody", "other_person"],
                    422: ["bad_message", "bad_address", "refused", "no_text"],
                    503: ["time_zone"],
                ],
                isRepeatable: true, handler: { try await reply($0) }),
            APIRoute(
                method: .get, path: "/inbox/quick-replies", access: .sending, id: "listQuickReplies", tag: "sessions",
                summary: "Answers that are kept for everybody.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.quickReply, most: 10_000))]))],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.quickReplies() }.map(\.json))])
                }),
            APIRoute(
                method: .put, path: "/inbox/quick-replies/{id}", access: .scope(.manageTemplates),
                id: "putQuickReply", tag: "sessions", summary: "Keep an answer for everybody.",
                parameters: [.path("id", "What it is called.", .spelled(.shortName))],
                body: .json(.object([.needed("text", .text(1...10_000))])),
                answers: [.ok("The answer.", Self.quickReply)], problems: [422: ["bad_name"]],
                handler: { request in
                    let text = request.document["text"]?.string ?? ""
                    return APIReply(
                        try await desks.run {
                            try $0.write(quickReply: request["id"], text, actor: request.actor).json
                        })
                }),
            APIRoute(
                method: .delete, path: "/inbox/quick-replies/{id}", access: .scope(.manageTemplates),
                id: "deleteQuickReply", tag: "sessions", summary: "Keep an answer no longer.",
                parameters: [.path("id", "What it is called.")],
                answers: [.ok("It is gone.", .object([.needed("id", .word), .needed("state", .word)]))],
                problems: [404: ["unknown_quick_reply"]],
                handler: { request in
                    try await desks.run { try $0.remove(quickReply: request["id"]) }
                    return APIReply(["id": .string(request["id"]), "state": "deleted"])
                }),
        ]
    }

    // MARK: Shapes

    private static let count = Shape.integer(0...(.max))

    private static let head: [Shape.Member] = [
        .needed("id", .word), .needed("channel", .words), .needed("contact", Shape.words.orNull),
        .needed("lead", Shape.words.orNull), .needed("activity", .choice(["active", "closed"])),
        .needed(
            "state", .choice(FoundConversation.State.allCases.map(\.rawValue)), "Whoever writes again opens it again."),
        .needed("assigned_to", Shape.words.orNull),
        .needed("priority", .choice(FoundConversation.Priority.allCases.map(\.rawValue))),
        .needed("tags", .list(.words, most: 1_000)), .needed("unread", count),
        .needed("messages", count, "Of the person."),
        .needed("opened_at", .instant), .needed("last_at", .instant),
        .needed("first_response_seconds", count.orNull), .needed("resolution_seconds", count.orNull),
    ]

    private static let entry = Shape.named("SessionEntry", .object(head))

    private static let conversation = Shape.named(
        "Session",
        .object(
            head + [
                .needed(
                    "entries",
                    .list(
                        .object([
                            .needed("at", .instant),
                            .needed("direction", .choice(["inbound", "outbound", "internal"])),
                            .needed("kind", .words), .needed("text", Shape.words.orNull),
                            .needed("meaning", Shape.words.orNull), .needed("by", Shape.words.orNull),
                            .needed("message", Shape.words.orNull, "The id of a message that was sent."),
                            .needed("program", Shape.words.orNull, "The campaign, sequence or rule that sent it."),
                        ]), most: 1_000))
            ]))

    private static let change = Shape.named(
        "ConversationChange",
        .object([
            .optional("assigned_to", Shape.text(1...200).orNull),
            .optional("priority", .choice(FoundConversation.Priority.allCases.map(\.rawValue))),
            .optional("lead", Shape.text(1...200).orNull),
            .optional("state", .choice(FoundConversation.State.allCases.map(\.rawValue))), .optional("unread", .flag),
            .optional("tags", .list(.text(1...100), most: 100), "In the place of all that there are."),
        ]))

    private static let quickReply = Shape.named(
        "QuickReply",
        .object([
            .needed("id", .word), .needed("text", .words), .needed("by", .words), .needed("at", .instant),
        ]))

    // MARK: Handlers

    private func list(_ request: APIRequest) async throws -> APIReply {
        var search = InboxSearch()
        search.channel = request.parameters["channel"]
        search.isActive = request.parameters["activity"].map { $0 == "active" }
        search.state = request.parameters["state"].flatMap { FoundConversation.State(rawValue: $0) }
        search.assignee = request.parameters["assigned_to"]
        search.tag = request.parameters["tag"]
        search.lead = request.parameters["lead"]
        search.isUnread = request.flag("unread")
        let (page, now) = try await desks.run { [search] desk in
            (try desk.conversations(search, contact: request.parameters["contact"], request.page), desk.now)
        }
        return APIReply(page) { $0.json(now: now) }
    }

    /// Whoever may send on a channel may look after its conversations.
    private func allow(_ request: APIRequest) async throws {
        let found = try await desks.run { try $0.conversation(request["id"]) }
        try await messages.allow(request, on: found.channel)
    }

    private func reply(_ request: APIRequest) async throws -> APIReply {
        try await allow(request)
        let body = request.document
        guard (body["text"] == nil) != (body["quick_reply"] == nil) else {
            throw Problem(
                status: .unprocessableContent, code: "missing_key", detail: "there is no text, or there are two",
                help: "either `text` or `quick_reply`", errors: [["pointer": "/text", "code": "missing_key"]])
        }
        var wanted = try await desks.run {
            try $0.reply(
                in: request["id"], text: body["text"]?.string, quickReply: body["quick_reply"]?.string,
                actor: request.actor)
        }
        if let subject = body["subject"]?.string { wanted.content.subject = subject }
        return try await messages.take(wanted, for: request)
    }

    private static func change(of body: JSON) -> InboxChange {
        func text(_ name: String) -> String? { body[name].map { $0.string ?? "" } }
        var change = InboxChange()
        change.assignee = text("assigned_to")
        change.priority = body["priority"]?.string.flatMap { FoundConversation.Priority(rawValue: $0) }
        change.lead = text("lead")
        change.state = body["state"]?.string.flatMap { FoundConversation.State(rawValue: $0) }
        change.isUnread = body["unread"]?.flag
        change.tags = body["tags"]?.items.compactMap(\.string)
        return change
    }
}
