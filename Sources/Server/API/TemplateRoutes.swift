import HTTPTypes
import RuleEngine
import Runner

/// Templates of the project: shown, written, tried.
struct TemplateRoutes: Sendable {
    let desks: DeskPool

    private static let base = "/communication/templates"
    private static let id = Parameter.path("id", "The template's id.")
    private static let missing = [404: ["unknown_template"], 409: ["errors"]]
    private static let writing = [
        404: ["unknown_template"], 409: ["errors", "exists"], 422: ["bad_file", "bad_path", "bad_delimiters"],
        503: ["file"],
    ]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: Self.base, access: .scope(.viewReports), id: "listTemplates", tag: "templates",
                summary: "The project's templates, or those that were deleted.",
                parameters: [.query("deleted", .flag, "With `true` those that were deleted and can come back.")],
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.entry, most: 100_000))]))],
                problems: [409: ["errors"]],
                handler: { request in
                    let isDeleted = request.flag("deleted") ?? false
                    let items = try await desks.run { isDeleted ? try $0.deletedTemplates() : try $0.templates() }
                    return APIReply(["items": .array(items)])
                }),
            APIRoute(
                method: .get, path: Self.base + "/{id}", access: .scope(.viewReports), id: "getTemplate",
                tag: "templates", summary: "Show one template with its file and what it said before.",
                parameters: [Self.id], answers: [.ok("The template.", Self.template)], problems: Self.missing,
                handler: { request in APIReply(try await desks.run { try $0.template(request["id"]) }) }),
            APIRoute(
                method: .get, path: Self.base + "/{id}/usage", access: .scope(.viewReports), id: "getTemplateUsage",
                tag: "templates", summary: "Which programs send it, and how many messages were made of it.",
                parameters: [Self.id],
                answers: [
                    .ok(
                        "Its use.",
                        .object([
                            .needed("id", .word), .needed("programs", .list(.word, most: 100_000)),
                            .needed("messages", Self.count, "That a provider took."),
                        ]))
                ],
                problems: Self.missing,
                handler: { request in APIReply(try await desks.run { try $0.usage(ofTemplate: request["id"]) }) }),
            APIRoute(
                method: .post, path: Self.base, access: .scope(.manageTemplates), id: "createTemplate",
                tag: "templates", summary: "Write a template into the project, where it compiles.",
                body: .json(Self.written(idIsNeeded: true)),
                answers: [APIRoute.Answer(status: 201, about: "The template.", shape: Self.template)],
                problems: Self.writing, isRepeatable: true,
                handler: { request in
                    let (text, members) = try Self.document(request.document)
                    let id = request.document["id"]?.string ?? ""
                    let json = try await desks.run {
                        try $0.makeTemplate(id, text: text, members, actor: request.actor)
                    }
                    return APIReply(status: .created, json)
                }),
            APIRoute(
                method: .post, path: Self.base + "/{id}/versions", access: .scope(.manageTemplates),
                id: "changeTemplate", tag: "templates", summary: "Write a new version of a template.",
                parameters: [Self.id], body: .json(Self.written(idIsNeeded: false)),
                answers: [APIRoute.Answer(status: 201, about: "The template.", shape: Self.template)],
                problems: Self.writing, isRepeatable: true,
                handler: { request in
                    let (text, members) = try Self.document(request.document)
                    let json = try await desks.run {
                        try $0.changeTemplate(request["id"], text: text, members, actor: request.actor)
                    }
                    return APIReply(status: .created, json)
                }),
            APIRoute(
                method: .delete, path: Self.base + "/{id}", access: .scope(.manageTemplates), id: "deleteTemplate",
                tag: "templates", summary: "Take a template that nobody sends out of the project. It can come back.",
                parameters: [Self.id],
                answers: [.ok("It is gone.", .object([.needed("id", .word), .needed("state", .word)]))],
                problems: [
                    404: ["unknown_template"], 409: ["errors", "in_use"], 422: ["bad_file", "bad_path"], 503: ["file"],
                ],
                handler: { request in
                    APIReply(try await desks.run { try $0.deleteTemplate(request["id"], actor: request.actor) })
                }),
            APIRoute(
                method: .post, path: Self.base + "/{id}/restore", access: .scope(.manageTemplates),
                id: "restoreTemplate", tag: "templates", summary: "Bring back a template that was deleted.",
                parameters: [Self.id], answers: [.ok("The template.", Self.template)], problems: Self.writing,
                isRepeatable: true,
                handler: { request in
                    APIReply(try await desks.run { try $0.restoreTemplate(request["id"], actor: request.actor) })
                }),
            APIRoute(
                method: .post, path: Self.base + "/{id}/preview", access: .scope(.viewPersonalData),
                id: "previewTemplate", tag: "templates",
                summary: "Show the message that somebody would get, and what the gate says. Nothing is sent.",
                parameters: [Self.id],
                body: .json(
                    .object([
                        .needed("channel", .word), .needed("contact", .word),
                        .optional("variables", MessageRoutes.variables),
                    ])),
                answers: [.ok("The message.", Self.preview)],
                problems: [
                    404: ["unknown_template", "unknown_channel", "unknown_contact"], 409: ["errors"],
                    422: ["bad_message", "no_text", "not_rendered"], 503: ["time_zone"],
                ],
                handler: { request in
                    let body = request.document
                    return APIReply(
                        try await desks.run {
                            try $0.preview(
                                template: request["id"], channel: body["channel"]?.string ?? "",
                                contact: body["contact"]?.string ?? "", body["variables"]?.entries ?? [])
                        })
                }),
        ]
    }

    // MARK: Shapes

    private static let count = Shape.integer(0...(.max))

    private static let head: [Shape.Member] = [
        .needed("id", .word), .needed("purpose", Shape.words.orNull), .needed("topic", Shape.words.orNull),
        .needed("channels", .members(.list(.word, most: 1_000)), "Kind of channel: its languages."),
        .needed("used_by", .list(.word, most: 100_000)),
        .needed("usage_count", count, "Messages that were sent with it."),
        .needed("version", count.orNull, "Null: never written over the API."),
        .needed("deleted_at", Shape.instant.orNull),
    ]

    private static let entry = Shape.named("TemplateEntry", .object(head))

    private static let template = Shape.named(
        "Template",
        .object(
            head + [
                .needed("file", .words), .needed("source", .text(0...1_100_000)),
                .needed(
                    "versions",
                    .list(
                        .object([
                            .needed("version", count), .needed("at", .instant), .needed("by", .words),
                            .needed("deleted", .flag), .needed("source", .text(0...1_100_000)),
                        ]), most: 100)),
            ]))

    /// The keys of a template's document, or the document itself.
    private static func written(idIsNeeded: Bool) -> Shape {
        let members: [Shape.Member] = [
            .optional("source", .text(1...500_000), "The document as YAML, instead of what follows."),
            .optional("about", .text(0...1_000)), .optional("purpose", .choice(Purpose.allCases.map(\.rawValue))),
            .optional("topic", .text(1...100)),
            .optional(
                "channels", .members(.members(.anything)),
                "Kind of channel, language, then the texts as a template's file has them."),
            .optional(
                "delimiters", .spelled(.delimiters),
                "Marks of the texts, where they aren't `<< >>`: `{{ }}`. They are kept as `<< >>`."),
        ]
        return .named(
            idIsNeeded ? "NewTemplate" : "NewTemplateVersion",
            .ruled(
                .object(idIsNeeded ? [.needed("id", .name)] + members : members),
                [
                    .anyOf(
                        .allOf(.having("source"), .without(["about", "purpose", "topic", "channels"])),
                        .allOf(
                            .having("channels"), .members(["channels": ["minProperties": 1]]), .without(["source"])))
                ]))
    }

    private static let preview = Shape.named(
        "TemplatePreview",
        .object([
            .needed("contact", .word), .needed("language", Shape.words.orNull), .needed("subject", .words),
            .needed("text", .text(0...1_000_000)), .needed("html", Shape.text(0...1_000_000).orNull),
            .needed("estimated_cost", .money), .needed("blocked_by", Shape.words.orNull),
            .needed("held_by", Shape.words.orNull),
        ]))

    // MARK: Reading

    private static func document(_ body: JSON) throws(Problem) -> (text: String?, members: [JSON.Entry]) {
        let delimiters = body["delimiters"]?.string ?? "<< >>"
        if let source = body["source"]?.string {
            for name in ["about", "purpose", "topic", "channels"] where body[name] != nil {
                throw Problem(
                    status: .unprocessableContent, code: "unknown_key", detail: "`\(name)` has no place here",
                    help: "`source` says all of it", errors: [["pointer": .string("/" + name), "code": "unknown_key"]])
            }
            return (try converted(source, delimiters), [])
        }
        guard let channels = body["channels"], !channels.entries.isEmpty else {
            throw Problem(
                status: .unprocessableContent, code: "missing_key", detail: "`channels` is missing",
                help: "write `channels`, or the document as `source`",
                errors: [["pointer": "/channels", "code": "missing_key"]])
        }
        let head = ["about", "purpose", "topic"].compactMap { name in
            body[name].map { JSON.Entry(key: name, value: $0) }
        }
        return (nil, head + (try convert(channels, delimiters)).entries)
    }

    static func convert(_ json: JSON, _ delimiters: String) throws(Problem) -> JSON {
        switch json {
        case .null, .bool, .integer, .written: return json
        case .string(let text): return .string(try converted(text, delimiters))
        case .array(let items):
            var converted: [JSON] = []
            for item in items { converted.append(try convert(item, delimiters)) }
            return .array(converted)
        case .object(let entries):
            var converted: [JSON.Entry] = []
            for entry in entries {
                converted.append(JSON.Entry(key: entry.key, value: try convert(entry.value, delimiters)))
            }
            return .object(converted)
        }
    }

    private static func converted(_ text: String, _ delimiters: String) throws(Problem) -> String {
        do throws(TemplateMarks.Fault) {
            return try TemplateMarks.converted(text, from: delimiters)
        } catch {
            throw Problem(
                status: .unprocessableContent, code: "bad_delimiters", detail: error.message, help: error.help)
        }
    }
}
