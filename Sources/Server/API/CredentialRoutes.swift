import HTTPTypes
import Runner

/// Credentials of channels and endpoints: written, and never read back.
struct CredentialRoutes: Sendable {
    let desks: DeskPool

    private static let name = Parameter.path(
        "id", "The name that files use: `secret: mail-prod`.", .spelled(.credential))

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/credentials", access: .scope(.manageCredentials), id: "listCredentials",
                tag: "credentials", summary: "Which there are, and what tells them apart. Never the secrets.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.credential, most: 100_000))]))],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.storedCredentials().map(\.json) })])
                }),
            APIRoute(
                method: .put, path: "/credentials/{id}", access: .scope(.manageCredentials), id: "setCredential",
                tag: "credentials", summary: "Set a secret, or a new one in its place. Nobody reads it back.",
                parameters: [Self.name],
                body: .json(.object([.needed("secret", .text(1...16_384), "As the channel's page has it.")])),
                answers: [.ok("What may be shown of it.", Self.credential)],
                problems: [409: ["no_kek", "broken"], 422: ["bad_name"]],
                handler: { request in
                    let secret = request.document["secret"]?.string ?? ""
                    return APIReply(try await desks.run { try $0.setCredential(request["id"], secret).json })
                }),
            APIRoute(
                method: .delete, path: "/credentials/{id}", access: .scope(.manageCredentials),
                id: "removeCredential", tag: "credentials", summary: "Remove a secret.", parameters: [Self.name],
                answers: [.ok("It is gone.", .object([.needed("name", .word), .needed("state", .word)]))],
                problems: [404: ["unknown_credential"], 422: ["bad_name"]],
                handler: { request in
                    try await desks.run { try $0.removeCredential(request["id"]) }
                    return APIReply(["name": .string(request["id"]), "state": "removed"])
                }),
            APIRoute(
                method: .post, path: "/credentials/rotate", access: .scope(.manageCredentials),
                id: "rotateCredentials", tag: "credentials",
                summary: "Seal all of them by the first of the keys. What can't be opened is named, and stays.",
                answers: [
                    .ok(
                        "How far it is.",
                        .object([
                            .needed("key", .word), .needed("rotated", .integer(0...1_000_000)),
                            .needed("remaining", .list(.word, most: 100_000)),
                        ]))
                ],
                problems: [409: ["no_kek"]],
                handler: { _ in
                    let (rotated, remaining, key) = try await desks.run { try $0.rotateCredentials() }
                    return APIReply([
                        "key": .string(key), "rotated": JSON(rotated), "remaining": JSON(remaining),
                    ])
                }),
        ]
    }

    private static let credential = Shape.named(
        "Credential",
        .object([
            .needed("name", .word), .needed("ends_with", .text(0...8)), .needed("fingerprint", .word),
            .needed("key", .word, "By which it is sealed."), .needed("version", .integer(1...(.max))),
            .needed("updated_at", .instant),
        ]))
}
