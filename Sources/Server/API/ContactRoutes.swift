import HTTPTypes
import Runner

/// `/contacts`: found, shown, written, brought in, given out, forgotten.
struct ContactRoutes: Sendable {
    let desks: DeskPool

    private static let importLimit = 16 << 20
    private static let unknown = [404: ["unknown_contact"]]
    private static let refused = ["refused", "wrong_value", "header"]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/contacts", access: .scope(.viewPersonalData), id: "findContacts", tag: "contacts",
                summary: "Find contacts.",
                parameters: [
                    .query("q", .word, "An id, the beginning of one, or an address."),
                    .query("language", .text(2...35), "The contact's language."),
                    .query("country", .text(2...2), "The contact's country."),
                    .query("tag", .word, "One of the contact's tags."),
                    .query("do_not_contact", .flag, "Whether they must not be written to."),
                    .query("changed_since", .instant, "Changed at this moment or later."),
                ] + Parameter.paging,
                answers: [.ok("A page of contacts.", .page(of: ContactShapes.entry))],
                handler: { try await find($0) }),
            APIRoute(
                method: .get, path: "/contacts/{id}", access: .scope(.viewPersonalData), id: "getContact",
                tag: "contacts", summary: "Show everything about one contact.", parameters: [.contact],
                answers: [.ok("The contact.", ContactShapes.sheet)], problems: Self.unknown,
                handler: { request in
                    APIReply(try await desks.run { try $0.sheet(of: request["id"]) }.json)
                }),
            write(.put, "putContact", "Write a contact: what isn't said is taken away."),
            write(.patch, "patchContact", "Change a contact: what isn't said stays."),
            APIRoute(
                method: .delete, path: "/contacts/{id}", access: .scope(.manageContacts), id: "eraseContact",
                tag: "contacts", summary: "Forget a person for good. What refuses messages to their addresses stays.",
                parameters: [
                    .contact,
                    Parameter(
                        name: "because", shape: .text(1...500),
                        about: "Who asked for it, and how: it is kept, so name no one.",
                        missing: Problem(
                            status: .unprocessableContent, code: "no_reason",
                            detail: "nobody is forgotten without a reason",
                            help: "`because` says who asked for it, and how")),
                ],
                answers: [
                    .ok(
                        "What is left is known by this id.",
                        .object([.needed("id", .word), .needed("erased", .flag)]))
                ],
                problems: [404: ["unknown_contact"], 422: ["no_reason"]], handler: { try await erase($0) }),
            APIRoute(
                method: .get, path: "/contacts/{id}/export", access: .scope(.importExport), id: "exportContact",
                tag: "contacts", summary: "Give out everything that is kept about one person.", parameters: [.contact],
                answers: [
                    .ok(
                        "The contact, and every record that names them by the table that it lies in.",
                        .object([
                            .needed("contact", ContactShapes.sheet),
                            .needed("records", .members(.list(.members(.anything), most: 1_000_000))),
                        ]))
                ],
                problems: Self.unknown,
                handler: { request in
                    APIReply(try await desks.run { try $0.everything(about: request["id"]) })
                }),
            APIRoute(
                method: .post, path: "/contacts/imports", access: .scope(.importExport), id: "importContacts",
                tag: "contacts", summary: "Bring contacts in from CSV. Good rows go in, bad ones are named.",
                parameters: [
                    .query("strict", .flag, "Write nothing at all if one row is bad."),
                    .query("extra", .choice(["refuse", "ignore", "keep"]), "Columns that the schema doesn't know."),
                    .query("region", .text(2...2), "The country whose national phone numbers the file holds."),
                ],
                body: .raw([("text/csv", .text(1...Self.importLimit))], limit: Self.importLimit),
                answers: [.ok("What became of the rows.", ContactShapes.imported)],
                problems: [422: ["header", "strict", "unreadable"], 409: ["errors"]], isRepeatable: true,
                handler: { try await bringIn($0) }),
        ]
    }

    private func write(_ method: HTTPRequest.Method, _ id: String, _ summary: String) -> APIRoute {
        APIRoute(
            method: method, path: "/contacts/{id}", access: .scope(.manageContacts), id: id, tag: "contacts",
            summary: summary, parameters: [.contact], body: .json(ContactShapes.members),
            answers: [
                .ok("The contact.", ContactShapes.sheet),
                APIRoute.Answer(status: 201, about: "The contact is new.", shape: ContactShapes.sheet),
            ],
            problems: [404: ["unknown_contact"], 409: ["errors"], 412: ["changed"], 422: Self.refused],
            handler: { try await write($0, replaces: method == .put) })
    }

    private func find(_ request: APIRequest) async throws -> APIReply {
        var search = ContactSearch()
        search.text = request.parameters["q"]
        search.language = request.parameters["language"]
        search.country = request.parameters["country"]
        search.tag = request.parameters["tag"]
        search.doNotContact = request.flag("do_not_contact")
        search.changedSince = request.instant("changed_since")
        let page = try await desks.run { [search] in try $0.findContacts(search, request.page) }
        return APIReply(page) { $0.json }
    }

    private func write(_ request: APIRequest, replaces: Bool) async throws -> APIReply {
        let wanted = request.headers[.ifMatch]
        let (isNew, sheet) = try await desks.run { desk in
            if let wanted {
                let now = try desk.sheet(of: request["id"]).json.text
                guard EntityTag(of: now).isNamed(inMatch: wanted) else {
                    throw Problem(
                        status: .preconditionFailed, code: "changed",
                        detail: "the contact is not as `If-Match` says", help: "read it again")
                }
            }
            if !replaces { _ = try desk.key(of: request["id"]) }
            return try desk.write(request["id"], request.document.entries, replaces: replaces)
        }
        return APIReply(status: isNew ? .created : .ok, sheet.json)
    }

    private func erase(_ request: APIRequest) async throws -> APIReply {
        let id = try await desks.run {
            try $0.erase(request["id"], because: request["because"], actor: request.actor)
        }
        return APIReply(["id": .string(id), "erased": true])
    }

    private func bringIn(_ request: APIRequest) async throws -> APIReply {
        guard request.contentType == "text/csv" else { throw Problem.unknownType(["text/csv"]) }
        var options = ImportOptions()
        options.isStrict = request.flag("strict") ?? false
        options.extra = request.parameters["extra"].flatMap { ImportOptions.Extra(rawValue: $0) } ?? .refuse
        options.region = request.parameters["region"]
        let (summary, refusals) = try await desks.run { [options] in
            try $0.importContacts(request.body, options: options)
        }
        return APIReply(summary.json.adding("refusals", .array(refusals.prefix(1_000).map(\.json))))
    }
}

/// What contacts look like.
enum ContactShapes {
    private static let count = Shape.integer(0...(.max))
    private static let text = Shape.words
    private static let optionalText = Shape.words.orNull
    private static let optionalTime = Shape.instant.orNull

    static let entry = Shape.named(
        "ContactEntry",
        .object([
            .needed("id", .word), .needed("language", optionalText), .needed("country", optionalText),
            .needed("tags", .list(text, most: 10_000)), .needed("do_not_contact", .flag),
            .needed(
                "addresses",
                .list(.object([.needed("kind", .word), .needed("address", text)]), most: 1_000)),
            .needed("updated_at", .instant),
        ]))

    /// The columns of an import: fields of the schema, addresses, `allow.email`, `consent.email` …
    static let members = Shape.named(
        "ContactMembers",
        .members(.either([.text(0...10_000), .number, .flag, .null, .list(.spelled(.listed), most: 1_000)])))

    static let consent = Shape.named(
        "Consent",
        .object([
            .needed("channel", .word), .needed("purpose", .word), .needed("level", .word),
            .needed("given_at", optionalTime), .needed("source", optionalText), .needed("wording", optionalText),
            .needed("expires_at", optionalTime), .needed("revoked_at", optionalTime),
            .needed("revoked_via", optionalText),
        ]))

    static let suppression = Shape.named(
        "Suppression",
        .object([
            .needed("address_key", .word, "A keyed hash: the address itself is not kept."),
            .needed("channel", optionalText, "Null: every channel."), .needed("reason", .word),
            .needed("marketing_only", .flag), .needed("at", .instant), .needed("source", optionalText),
            .needed("contact", optionalText, "Who has the address now."),
        ]))

    static let topicOff = Shape.object([
        .needed("channel", .word), .needed("topic", .word), .needed("at", .instant),
    ])

    static let sheet = Shape.named(
        "Contact",
        .object([
            .needed("id", .word), .needed("erased", .flag), .needed("do_not_contact", .flag),
            .needed("attributes", .members(text)), .needed("extras", .members(text)),
            .optional(
                "fields_known", .flag, "False where the project's files have errors: only standard fields are shown."),
            .needed(
                "addresses",
                .list(
                    .object([.needed("kind", .word), .needed("address", text), .needed("typed", optionalText)]),
                    most: 1_000)),
            .needed("permissions", .members(.flag)), .needed("consents", .list(consent, most: 1_000)),
            .needed("suppressions", .list(suppression, most: 1_000)),
            .needed("topics_off", .list(topicOff, most: 10_000)),
            .needed(
                "history",
                .list(
                    .object([
                        .needed("at", .instant), .needed("action", .word), .needed("channel", .text(0...64)),
                        .needed("purpose", .text(0...200)), .needed("level", optionalText),
                        .needed("source", optionalText), .needed("wording", optionalText),
                        .needed("actor", .text(0...200)), .needed("recorded_at", .instant),
                    ]), most: 1_000_000)),
            .needed("created_at", .instant), .needed("updated_at", .instant),
        ]))

    static let imported = Shape.named(
        "Import",
        .object([
            .needed("rows", count), .needed("created", count), .needed("updated", count),
            .needed("unchanged", count), .needed("refused", count), .needed("reasons", .members(count)),
            .needed("suppressed", count), .needed("kept_refusals", count),
            .needed("refusals", .list(.members(.anything), most: 1_000)),
        ]))

    static let preferences = Shape.named(
        "Preferences",
        .object([
            .needed("contact", .word), .needed("preferred_channel", optionalText),
            .needed("channels", .members(.flag), "Kind of channel: whether it may be used."),
            .needed("do_not_contact", .flag), .needed("topics_off", .list(topicOff, most: 10_000)),
            .needed("consents", .list(consent, most: 1_000)),
        ]))
}
