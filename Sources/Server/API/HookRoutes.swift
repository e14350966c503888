import HTTPTypes
import Runner

/// Outgoing webhooks.
struct HookRoutes: Sendable {
    let desks: DeskPool

    private static let hookID = Parameter.path("id", "The webhook's id.")
    private static let typesShape = Shape.list(.text(1...64), most: 50)
    private static let unknown = [404: ["unknown_hook"]]

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/webhooks", access: .scope(.manageCredentials), id: "listHooks", tag: "webhooks",
                summary: "Where changes are sent to.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.hook, most: 10_000))]))],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.hookEndpoints().map(\.json) })])
                }),
            APIRoute(
                method: .post, path: "/webhooks", access: .scope(.manageCredentials), id: "createHook", tag: "webhooks",
                summary:
                    "Send changes to an address from now on, signed (Standard Webhooks). Its secret is shown once.",
                body: .json(
                    .object([
                        .needed("url", .spelled(.publicAddress), "A public server with https."),
                        .optional("types", Self.typesShape, "Beginnings of types: `message.`. Without it: all."),
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The webhook.", shape: Self.madeHook)],
                problems: [422: ["bad_url"]],
                handler: { request in
                    let (url, types) = (request.document["url"]?.string ?? "", Self.types(request) ?? [])
                    return try await made { try $0.makeHook(url, types: types) }
                }),
            APIRoute(
                method: .patch, path: "/webhooks/{id}", access: .scope(.manageCredentials), id: "changeHook",
                tag: "webhooks", summary: "Change its address or types, pause it, or let it go on.",
                parameters: [Self.hookID],
                body: .json(
                    .object([
                        .optional("url", .spelled(.publicAddress)), .optional("types", Self.typesShape),
                        .optional("paused", .flag),
                    ])),
                answers: [.ok("The webhook.", Self.hook)], problems: [404: ["unknown_hook"], 422: ["bad_url"]],
                handler: { request in
                    let body = request.document
                    return APIReply(
                        try await desks.run {
                            try $0.changeHook(
                                request["id"], url: body["url"]?.string, types: Self.types(request),
                                isPaused: body["paused"]?.flag)
                        }.json)
                }),
            APIRoute(
                method: .delete, path: "/webhooks/{id}", access: .scope(.manageCredentials), id: "removeHook",
                tag: "webhooks", summary: "Send nothing there any more, and forget what was on its way.",
                parameters: [Self.hookID],
                answers: [.ok("It is gone.", .object([.needed("id", .word), .needed("state", .word)]))],
                problems: Self.unknown,
                handler: { request in
                    try await desks.run { try $0.removeHook(request["id"]) }
                    return APIReply(["id": .string(request["id"]), "state": "removed"])
                }),
            APIRoute(
                method: .post, path: "/webhooks/{id}/rotate", access: .scope(.manageCredentials), id: "rotateHook",
                tag: "webhooks", summary: "Make a new secret; for a day the old one signs beside it.",
                parameters: [Self.hookID],
                answers: [APIRoute.Answer(status: 201, about: "The webhook.", shape: Self.madeHook)],
                problems: Self.unknown,
                handler: { request in try await made { try $0.rotateHook(request["id"]) } }),
            APIRoute(
                method: .get, path: "/webhooks/{id}/deliveries", access: .scope(.manageCredentials),
                id: "listHookDeliveries", tag: "webhooks",
                summary: "What is on its way there, what was taken, and what was given up.",
                parameters: [
                    Self.hookID,
                    .query("state", .choice(HookDelivery.State.allCases.map(\.name)), "Only these."),
                ] + Parameter.paging,
                answers: [.ok("A page, the newest first.", .page(of: Self.delivery))], problems: Self.unknown,
                handler: { request in
                    let state = request.parameters["state"].flatMap { name in
                        HookDelivery.State.allCases.first { $0.name == name }
                    }
                    let page = try await desks.run { desk in
                        let hook = try desk.hook(request["id"])
                        return try desk.hooks().deliveries(state: state, endpoint: hook.id, request.page)
                    }
                    return APIReply(page) { $0.json }
                }),
            APIRoute(
                method: .post, path: "/webhooks/{id}/replay", access: .scope(.manageCredentials), id: "replayHook",
                tag: "webhooks", summary: "Send one again, or all that were given up.", parameters: [Self.hookID],
                body: .json(.object([.optional("delivery", .integer(1...(.max)), "Without it: all that are dead.")])),
                answers: [
                    .ok(
                        "They are on their way.",
                        .object([.needed("id", .word), .needed("replayed", .integer(0...(.max)))]))
                ],
                problems: Self.unknown,
                handler: { request in
                    let one = request.document["delivery"]?.integer
                    let count = try await desks.run { desk in
                        try desk.hooks().replay(one, endpoint: try desk.hook(request["id"]).id, now: desk.now)
                    }
                    return APIReply(["id": .string(request["id"]), "replayed": JSON(count)])
                }),
        ]
    }

    private func made(
        _ make: @escaping @Sendable (ServiceDesk) throws -> (endpoint: HookEndpoint, secret: String)
    ) async throws -> APIReply {
        let (endpoint, secret) = try await desks.run { try make($0) }
        var reply = APIReply(status: .created, endpoint.json.adding("secret", .string(secret)))
        reply.object = "webhooks:" + endpoint.id
        return reply
    }

    private static func types(_ request: APIRequest) -> [String]? {
        // They are kept with spaces between them.
        request.document["types"].map { $0.items.compactMap(\.string).filter { !$0.contains(" ") } }
    }

    private static let hookHead: [Shape.Member] = [
        .needed("id", .word), .needed("url", .text(1...2_000)), .needed("types", .list(.words, most: 50)),
        .needed("paused", .flag), .needed("created_at", .instant),
    ]

    private static let hook = Shape.named("Webhook", .object(hookHead))
    private static let madeHook = Shape.named(
        "MadeWebhook", .object(hookHead + [.needed("secret", .word, "Shown once.")]))

    private static let delivery = Shape.named(
        "WebhookDelivery",
        .object([
            .needed("id", .integer(1...(.max))), .needed("endpoint", .word), .needed("message", .word),
            .needed("state", .choice(HookDelivery.State.allCases.map(\.name))),
            .needed("attempts", .integer(0...1_000)), .needed("next_at", .instant),
            .needed("outcome", Shape.words.orNull), .needed("body", .words),
        ]))
}
