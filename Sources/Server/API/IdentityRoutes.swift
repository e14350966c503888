import HTTPTypes
import Runner

/// Who is who, and what happened with them.
struct IdentityRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/contacts/{id}/timeline", access: .scope(.viewPersonalData),
                id: "getTimeline", tag: "contacts",
                summary: "Messages, texts, events, consent, calls and merges of one person, the newest first.",
                parameters: [.contact] + Parameter.paging, answers: [.ok("A page of it.", .page(of: Self.entry))],
                problems: [404: ["unknown_contact"]],
                handler: { request in
                    let (page, sealer) = try await desks.run {
                        (try $0.timeline(of: request["id"], request.page), $0.sealer)
                    }
                    return APIReply(page) { $0.json(sealer) }
                }),
            APIRoute(
                method: .get, path: "/contacts/{id}/matches", access: .scope(.viewPersonalData), id: "findMatches",
                tag: "contacts", summary: "Other contacts with an address of this one's that its owner has proved.",
                parameters: [.contact],
                answers: [
                    .ok(
                        "Who may be the same person.",
                        .object([
                            .needed(
                                "items",
                                .list(
                                    .object([
                                        .needed("contact", .word), .needed("kind", .word), .needed("address", .words),
                                    ]), most: 100))
                        ]))
                ],
                problems: [404: ["unknown_contact"]],
                handler: { request in
                    APIReply(["items": .array(try await desks.run { try $0.matches(of: request["id"]) })])
                }),
            APIRoute(
                method: .get, path: "/contacts/{id}/merges", access: .scope(.viewPersonalData), id: "listMerges",
                tag: "contacts", summary: "Who was made one with this contact.", parameters: [.contact],
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.merge, most: 1_000))]))],
                problems: [404: ["unknown_contact"]],
                handler: { request in
                    let merges = try await desks.run { try $0.merges(of: request["id"]) }
                    return APIReply(["items": .array(merges.map(\.json))])
                }),
            APIRoute(
                method: .post, path: "/contacts/{id}/merges", access: .scope(.manageContacts), id: "mergeContacts",
                tag: "contacts", summary: "Make another contact one with this one; its addresses are this one's then.",
                parameters: [.contact],
                body: .json(
                    .object([
                        .needed("from", .word, "The other one's id, or an address."),
                        .needed("because", .text(1...500)),
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The merge, which can be undone.", shape: Self.merge)],
                problems: [404: ["unknown_contact"], 409: ["same_person", "merged"]], isRepeatable: true,
                handler: { request in
                    let body = request.document
                    let merge = try await desks.run {
                        try $0.merge(
                            body["from"]?.string ?? "", into: request["id"], because: body["because"]?.string ?? "",
                            actor: request.actor)
                    }
                    return APIReply(status: .created, merge.json)
                }),
            APIRoute(
                method: .post, path: "/contacts/{id}/merges/undo", access: .scope(.manageContacts), id: "undoMerge",
                tag: "contacts", summary: "Give both their own addresses back.", parameters: [.contact],
                body: .json(.object([.needed("merge", .word, "Its id.")])),
                answers: [.ok("The merge.", Self.merge)],
                problems: [404: ["unknown_contact", "unknown_merge"], 409: ["undone"]], isRepeatable: true,
                handler: { request in
                    let id = request.document["merge"]?.string ?? ""
                    return APIReply(try await desks.run { try $0.undo(merge: id, of: request["id"]).json })
                }),
        ]
    }

    private static let entry = Shape.named(
        "TimelineEntry",
        .object([
            .needed("at", .instant),
            .needed("kind", .choice(["message", "inbound", "event", "consent", "call", "merge"])),
            .needed("what", .words), .needed("channel", Shape.words.orNull), .needed("program", Shape.words.orNull),
            .needed("text", Shape.words.orNull), .needed("message", Shape.words.orNull, "The id of a message."),
        ]))

    private static let merge = Shape.named(
        "Merge",
        .object([
            .needed("id", .word), .needed("from", .words), .needed("into", .words), .needed("because", .words),
            .needed("by", .words), .needed("at", .instant), .needed("undone_at", Shape.instant.orNull),
        ]))
}
