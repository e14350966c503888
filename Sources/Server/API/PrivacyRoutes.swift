import HTTPTypes
import Runner

/// What one person may ask for, and how long things are kept.
struct PrivacyRoutes: Sendable {
    let desks: DeskPool

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/contacts/{id}/export.csv", access: .scope(.importExport),
                id: "exportContactCSV", tag: "contacts",
                summary: "Give out everything that is kept about one person, a line for each value.",
                parameters: [.contact],
                answers: [APIRoute.Answer(status: 200, about: "A line each.", shape: .words, type: "text/csv")],
                problems: [404: ["unknown_contact"]],
                handler: { request in
                    let text = try await desks.run { PersonCSV.text(of: try $0.everything(about: request["id"])) }
                    return APIReply(text, type: "text/csv; charset=utf-8")
                }),
            APIRoute(
                method: .get, path: "/retention", access: .scope(.viewAudit), id: "listRetention", tag: "privacy",
                summary: "How long things are kept. What has no rule is kept.",
                answers: [.ok("All rules.", Self.rules)],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.retention().rules().map(\.json) })])
                }),
            APIRoute(
                method: .put, path: "/retention/{id}", access: .scope(.manageConsent), id: "setRetention",
                tag: "privacy", summary: "Say how long a kind of thing is kept, for all channels or for one.",
                parameters: [Parameter(name: "id", place: .path, shape: Self.kind, about: "The kind.")],
                body: .json(
                    .object([
                        .needed(
                            "days", .either([.integer(1...Int64(RetentionRule.longest)), .null]), "Null: for good."),
                        .optional("channel", .word, "A channel's id. Without it: all that have no rule of their own."),
                    ])),
                answers: [.ok("All rules, as they are now.", Self.rules)],
                problems: [422: ["not_of_channels"]], handler: { try await set($0) }),
        ]
    }

    private static let kind = Shape.choice(RetentionRule.Kind.allCases.map(\.rawValue))

    private static let rules = Shape.object([
        .needed(
            "items",
            .list(
                .object([
                    .needed("kind", kind), .needed("channel", Shape.words.orNull),
                    .needed("days", .integer(1...Int64(RetentionRule.longest))),
                ]), most: 100_000))
    ])

    private func set(_ request: APIRequest) async throws -> APIReply {
        guard let kind = RetentionRule.Kind(rawValue: request["id"]) else {
            preconditionFailure("the parameter's shape knows every kind")
        }
        let channel = request.document["channel"]?.string
        guard channel == nil || kind.isOfChannels else {
            throw Problem(
                status: .unprocessableContent, code: "not_of_channels",
                detail: "`\(kind.rawValue)` belongs to no channel", help: "leave `channel` out")
        }
        let days = request.document["days"]?.integer.map { Int($0) }
        let rules = try await desks.run { desk in
            let store = try desk.retention()
            if let days {
                try store.set(RetentionRule(kind: kind, channel: channel, days: days))
            } else {
                _ = try store.remove(kind, channel: channel)
            }
            return try store.rules()
        }
        return APIReply(["items": .array(rules.map(\.json))])
    }
}
