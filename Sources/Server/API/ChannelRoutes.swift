import HTTPTypes
import RuleEngine
import Runner

/// The accounts that send.
struct ChannelRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/communication/channels", access: .scope(.viewReports), id: "listChannels",
                tag: "channels", summary: "The accounts that send: state, limits, price, abilities.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.channel, most: 100_000))]))],
                problems: [409: ["errors"]],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.channels() })])
                }),
            APIRoute(
                method: .get, path: "/communication/channels/{id}", access: .scope(.viewReports), id: "getChannel",
                tag: "channels", summary: "Show one account that sends, and never its secret.",
                parameters: [.path("id", "The channel's id.")], answers: [.ok("The channel.", Self.channel)],
                problems: [404: ["unknown_channel"], 409: ["errors"]],
                handler: { request in APIReply(try await desks.run { try $0.channel(request["id"]) }) }),
            APIRoute(
                method: .post, path: "/communication/channels", access: .scope(.manageCredentials),
                id: "createChannel", tag: "channels",
                summary:
                    "Write an account into the project. Its secret lies elsewhere, under the name that is given here.",
                body: .json(Self.written),
                answers: [APIRoute.Answer(status: 201, about: "The channel.", shape: Self.channel)],
                problems: [
                    404: ["unknown_channel"], 409: ["errors", "exists"], 422: ["bad_file", "bad_path"], 503: ["file"],
                ],
                isRepeatable: true,
                handler: { request in
                    let body = request.document
                    let id = body["id"]?.string ?? ""
                    let members = Self.members(of: body)
                    return APIReply(
                        status: .created,
                        try await desks.run { try $0.makeChannel(id, members, actor: request.actor) })
                }),
        ]
    }

    // MARK: Shapes

    private static let count = Shape.integer(0...(.max))
    private static let optionalTime = Shape.instant.orNull

    private static let channel = Shape.named(
        "Channel",
        .object([
            .needed("id", .word), .needed("channel_type", .word), .needed("provider", .word),
            .needed("sender", Shape.words.orNull), .needed("failover", .list(.word, most: 100)),
            .needed("is_active", .flag), .needed("has_credentials", .flag, "Never the credentials themselves."),
            .needed("is_down", .flag),
            .needed(
                "limits",
                .object([
                    .needed("per_second", Shape.number.orNull), .needed("provider_per_second", Shape.number.orNull),
                    .needed("contacts_per_day", count.orNull),
                ])),
            .needed(
                "price",
                .object([.needed("per_message", Shape.money.orNull), .needed("per_segment", .members(.money))])),
            .needed(
                "window_hours", count.orNull, "So long after a person's message free texts may be sent; null: always."),
            .needed(
                "capabilities",
                .object([
                    .needed("contents", .list(.word, most: 50)), .needed("statuses", .list(.word, most: 50)),
                    .needed("purposes", .list(.word, most: 10)),
                    .needed(
                        "text_limit", Shape.object([.needed("most", count), .needed("unit", .word)]).orNull),
                ])),
            .needed("accepted", count, "By its newest launches."), .needed("last_accepted_at", optionalTime),
            .needed("last_heard_at", optionalTime, "When its provider last called."),
            .needed("failures", .list(.members(.anything), most: 10)),
        ]))

    private static let written = Shape.named(
        "NewChannel",
        .object([
            .needed("id", .name), .needed("channel_type", .text(1...40), "email, sms, whatsapp …"),
            .needed("provider", .text(1...60)), .optional("sender", .text(1...300)),
            .optional("secret", .name, "What the credentials are called; never the credentials themselves."),
            .optional("about", .text(0...1_000)),
            .optional(
                "settings", .members(.either([.text(1...2_000), .integer(.min ... .max), .flag])), "The provider's own."
            ),
            .optional("limits", .members(.anything), "As the file has them: `rate: 10/s`."),
            .optional("cost", .members(.anything), "As the file has it: `per_message: EUR 0.01`."),
            .optional("failover", .list(.name, most: 20)), .optional("replies_to", .text(1...60)),
        ]))

    private static func members(of body: JSON) -> [JSON.Entry] {
        let names = [
            ("about", "about"), ("channel_type", "kind"), ("provider", "provider"), ("secret", "secret"),
            ("sender", "from"), ("limits", "limits"), ("cost", "cost"), ("failover", "failover"),
            ("replies_to", "replies_to"),
        ]
        let own = names.compactMap { name, key in body[name].map { JSON.Entry(key: key, value: $0) } }
        return own + (body["settings"]?.entries ?? [])
    }
}
