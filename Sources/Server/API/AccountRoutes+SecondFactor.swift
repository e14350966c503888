import HTTPTypes
import Runner

/// One's own second factor, and somebody else's who has lost it.
extension AccountRoutes {
    private static let place = "/sessions/current/totp"
    private static let code = Shape.text(1...32)

    var secondFactor: [APIRoute] {
        [
            APIRoute(
                method: .post, path: Self.place, access: .anyone, id: "beginFactor", tag: "sessions",
                summary: "Get a secret for an app that shows codes. It counts once a code of it was confirmed.",
                body: .json(.object([.needed("password", .text(1...1_024), "One's own, once more.")])),
                answers: [
                    APIRoute.Answer(
                        status: 201, about: "Shown once.",
                        shape: .object([
                            .needed("secret", .word, "Base32, to be typed in."),
                            .needed("uri", .words, "`otpauth://…`, to be shown as a picture."),
                        ]))
                ],
                problems: [401: ["bad_login"], 409: ["no_session", "has_factor"]],
                handler: { try await beginFactor($0) }),
            APIRoute(
                method: .post, path: Self.place + "/confirm", access: .anyone, id: "confirmFactor", tag: "sessions",
                summary: "Show a code of the app: from then on a login needs one. Ends one's other sessions.",
                body: .json(.object([.needed("code", Self.code)])),
                answers: [
                    .ok(
                        "Codes for the day on which the app is gone, each for one login. Shown once.",
                        .object([.needed("recovery_codes", .list(.word, most: 20))]))
                ],
                problems: [403: ["wrong_code"], 409: ["no_session", "no_factor"]],
                handler: { try await confirmFactor($0) }),
            APIRoute(
                method: .delete, path: Self.place, access: .anyone, id: "removeFactor", tag: "sessions",
                summary: "Give one's second factor up, with a code of it.",
                body: .json(.object([.needed("code", Self.code)])),
                answers: [.ok("It is gone.", .object([.needed("state", .word)]))],
                problems: [403: ["wrong_code"], 409: ["no_session", "no_factor"]],
                handler: { request in
                    let (name, _) = try Self.person(request)
                    let code = request.document["code"]?.string ?? ""
                    try await desks.run { try $0.removeFactor(of: name, code: code) }
                    var reply = APIReply(["state": "removed"])
                    reply.object = request.actor
                    return reply
                }),
            APIRoute(
                method: .delete, path: "/users/{id}/totp", access: .scope(.manageUsers), id: "resetFactor",
                tag: "users", summary: "Take somebody's second factor away, who has lost it. Ends their sessions.",
                parameters: [.path("id", "The name that they log in with.")],
                answers: [.ok("It is gone.", .object([.needed("name", .word), .needed("state", .word)]))],
                problems: [403: ["more_than_own"], 404: ["unknown_user"]],
                handler: { request in
                    try await desks.run { try $0.resetFactor(of: request["id"], by: request.caller) }
                    service.sessions.forget(user: request["id"])
                    return APIReply(["name": .string(request["id"]), "state": "removed"])
                }),
        ]
    }

    /// Whoever has an open session before them may not be the one who logged in: the password is asked for once more.
    private func beginFactor(_ request: APIRequest) async throws -> APIReply {
        let (name, _) = try Self.person(request)
        guard try await knows(request.document["password"]?.string ?? "", name) else {
            try await desks.run { desk in
                try desk.noteFailure(of: desk.person(name))
                try desk.record(failedLogin: name, request: request.id, address: request.address)
            }
            throw Self.badLogin
        }
        let code = try await desks.run { try $0.beginFactor(of: name) }
        var reply = APIReply(
            status: .created, ["secret": .string(code.text), "uri": .string(code.address(of: name))])
        reply.object = request.actor
        return reply
    }

    private func confirmFactor(_ request: APIRequest) async throws -> APIReply {
        let (name, session) = try Self.person(request)
        let code = request.document["code"]?.string ?? ""
        let codes = try await desks.run { try $0.confirmFactor(of: name, code: code, in: session) }
        service.sessions.forget(user: name, but: session)
        var reply = APIReply(["recovery_codes": JSON(codes)])
        reply.object = request.actor
        return reply
    }

    private static func person(_ request: APIRequest) throws(Problem) -> (name: String, session: String) {
        guard request.caller.kind == .user, let session = request.caller.session else {
            throw Problem(
                status: .conflict, code: "no_session", detail: "a key has no second factor", help: "log in first")
        }
        return (request.caller.id, session)
    }
}
