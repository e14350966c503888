import HTTPTypes
import Hummingbird
import RuleEngine
import Runner

/// Logging in, keys and people.
struct AccountRoutes: Sendable {
    let service: APIService
    let desks: DeskPool
    /// One at a time: each takes 128 MiB while it lasts.
    let hashing = BlockingThread(limit: 20)
    /// A password that nobody has, so that a name which nobody has takes as long.
    let decoy: PasswordHash?

    init(service: APIService, desks: DeskPool) {
        self.service = service
        self.desks = desks
        decoy = PasswordHash(kept: [service.passwordCost] + [UInt8](repeating: 0, count: 48))
    }

    var routes: [APIRoute] { entrance + secondFactor + keys + people }

    private static let keyID = Parameter.path("id", "The eight characters behind `crl_`.")
    private static let userName = Parameter.path("id", "The name that they log in with.")
    private static let scopeNames = Shape.list(.choice(Scope.allCases.map(\.rawValue)), most: 50)
    private static let roleName = Shape.choice(Role.allCases.map(\.rawValue))
    private static let password = Shape.text(PasswordRule.length)

    // MARK: In and out

    private var entrance: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/sessions", access: .open, id: "logIn", tag: "sessions",
                summary: "Log in. The cookie is for browsers; others send the token as a key.",
                body: .json(
                    .object([
                        .needed("name", .word), .needed("password", .text(1...1_024)),
                        .optional(
                            "code", .text(1...32), "Of the app, or of the paper, where there is a second factor."),
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The session.", shape: Self.session)],
                problems: [401: ["bad_login"]], handler: { try await logIn($0) }),
            APIRoute(
                method: .get, path: "/sessions/current", access: .anyone, id: "whoAmI", tag: "sessions",
                summary: "Whose key or session this is, and what it may do.",
                answers: [.ok("The caller.", Self.caller)], handler: { APIReply(Self.json(of: $0.caller)) }),
            APIRoute(
                method: .delete, path: "/sessions/current", access: .anyone, id: "logOut", tag: "sessions",
                summary: "End this session.", answers: [.ok("It is over.", .object([.needed("state", .word)]))],
                problems: [409: ["no_session"]], handler: { try await logOut($0) }),
            APIRoute(
                method: .post, path: "/users/password", access: .open, id: "setPassword", tag: "users",
                summary: "Set one's own password, with the token that came with the account.",
                body: .json(.object([.needed("token", .word), .needed("password", Self.password)])),
                answers: [.ok("It is set, and the token is used up.", .object([.needed("name", .word)]))],
                problems: [401: ["bad_login"], 422: ["weak_password"]], handler: { try await setPassword($0) }),
        ]
    }

    private func logIn(_ request: APIRequest) async throws -> APIReply {
        let name = (request.document["name"]?.string ?? "").lowercased()
        let isRight = try await knows(request.document["password"]?.string ?? "", name)
        let code = request.document["code"]?.string
        let begun = try await desks.run { desk in
            let begun = try desk.settle(login: name, isRight: isRight, code: code)
            if begun == nil { try desk.record(failedLogin: name, request: request.id, address: request.address) }
            return begun
        }
        guard let begun else { throw Self.badLogin }
        service.sessions.admit(begun.session, begun.user)
        let principal = service.sessions.principal(begun.user, in: begun.session.id)
        var reply = APIReply(
            status: .created,
            Self.json(of: principal).adding("token", .string(begun.token.text)).adding(
                "csrf_token", .string(SessionCookie.csrf(begun.token, under: service.key))))
        reply.headers[.setCookie] = SessionCookie.set(begun.token)
        reply.object = principal.actor
        return reply
    }

    /// Whether it is the person's password, in the same time for a name that nobody has.
    func knows(_ password: String, _ name: String) async throws -> Bool {
        let trial = try await desks.run { try $0.trial(of: name) }
        return try await hashing.run { [decoy] in
            switch trial {
            case .known(let hash): return hash.matches(password)
            case .unknown:
                _ = decoy?.matches(password)
                return false
            }
        }
    }

    private func logOut(_ request: APIRequest) async throws -> APIReply {
        guard let session = request.caller.session else {
            throw Problem(
                status: .conflict, code: "no_session", detail: "a key has no session",
                help: "`DELETE /keys/{id}` revokes a key")
        }
        service.sessions.forget(session)
        try await desks.run { try $0.logOut(session) }
        var reply = APIReply(["state": "ended"])
        reply.headers[.setCookie] = SessionCookie.clear
        return reply
    }

    private func setPassword(_ request: APIRequest) async throws -> APIReply {
        let token = request.document["token"]?.string ?? ""
        let password = request.document["password"]?.string ?? ""
        guard let name = try await desks.run({ try $0.invited(token) }) else { throw Self.badLogin }
        guard PasswordRule.holds(password, for: name) else {
            throw Problem(
                status: .unprocessableContent, code: "weak_password", detail: "the password would be guessed",
                help: "12 characters or more, not the name, and not the same few again and again")
        }
        let hash = try await hashing.run { [cost = service.passwordCost] in PasswordHash(password, cost: cost) }
        guard let hash else { throw Problem.overloaded }
        try await desks.run { try $0.setPassword(of: name, hash) }
        service.sessions.forget(user: name)
        var reply = APIReply(["name": .string(name)])
        reply.object = "user:" + name
        return reply
    }

    /// The same for a name that nobody has, a wrong password, a code that is missing, wrong or was shown before, and somebody who is
    /// locked out.
    static let badLogin = Problem(
        status: .unauthorized, code: "bad_login",
        detail: "name, password or code are not right, or it was tried too often",
        help: "with a second factor send its `code`; wait a minute; `carillon users reset NAME` gives a new token")

    private static func json(of caller: Principal) -> JSON {
        [
            "kind": .string(caller.kind.rawValue), "id": .string(caller.id),
            "role": JSON(caller.role?.rawValue), "scopes": JSON(caller.scopes.map(\.rawValue).sorted()),
            "channels": caller.limits.json.channels, "programs": caller.limits.json.programs,
            "networks": caller.limits.json.networks,
        ]
    }
}

// MARK: Keys

extension AccountRoutes {
    private var keys: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/keys", access: .scope(.manageUsers), id: "listKeys", tag: "keys",
                summary: "All keys, without their secrets.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.key, most: 100_000))]))],
                handler: { _ in
                    let items = try await desks.run { desk in try desk.apiKeys().map { $0.json(at: desk.now) } }
                    return APIReply(["items": .array(items)])
                }),
            APIRoute(
                method: .post, path: "/keys", access: .scope(.manageUsers), id: "createKey", tag: "keys",
                summary: "Make a key. Its secret is shown once. Nobody gives what they don't have.",
                body: .json(
                    .object([
                        .needed("name", .text(1...100)), .needed("scopes", Self.scopeNames),
                        .optional("expires_at", .instant),
                        .optional("channels", Self.kept, "Channels that it may send by; without it all."),
                        .optional(
                            "programs", Self.kept, "Programs that it may ask for, begin and end; without it all."),
                        .optional("networks", Self.kept, "Where its requests may come from: `203.0.113.0/24`."),
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The key.", shape: Self.madeKey)],
                problems: [403: ["more_than_own"], 422: ["no_scope", "bad_time", "bad_limits"]],
                handler: { try await makeKey($0) }),
            APIRoute(
                method: .delete, path: "/keys/{id}", access: .scope(.manageUsers), id: "revokeKey", tag: "keys",
                summary: "Let a key open nothing any more, within a second.", parameters: [Self.keyID],
                answers: [
                    .ok("It opens nothing any more.", .object([.needed("id", .word), .needed("state", .word)]))
                ],
                problems: [404: ["unknown_key_id"]],
                handler: { request in
                    try await desks.run { try $0.revokeKey(request["id"]) }
                    return APIReply(["id": .string(request["id"]), "state": "revoked"])
                }),
            APIRoute(
                method: .post, path: "/keys/{id}/rotate", access: .scope(.manageUsers), id: "rotateKey", tag: "keys",
                summary: "Make a key with the same rights, and let the old one end.", parameters: [Self.keyID],
                body: .json(
                    .object([
                        .optional("overlap_seconds", .integer(0...604_800), "How long both count; without it an hour.")
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The new key.", shape: Self.madeKey)],
                problems: [403: ["more_than_own"], 404: ["unknown_key_id"]],
                handler: { request in
                    let overlap = (request.document["overlap_seconds"]?.integer ?? 3_600) * 1_000_000
                    return try await made { try $0.rotateKey(request["id"], overlap: overlap, by: request.caller) }
                }),
        ]
    }

    private func makeKey(_ request: APIRequest) async throws -> APIReply {
        let body = request.document
        let scopes = Set((body["scopes"]?.items ?? []).compactMap { $0.string.flatMap { Scope(rawValue: $0) } })
        let expiresAt = body["expires_at"]?.string.flatMap { ISOInstant.read($0) }
        let name = body["name"]?.string ?? ""
        func words(_ name: String) -> [String]? { body[name]?.items.compactMap(\.string) }
        let limits = try KeyLimits(
            channels: words("channels"), programs: words("programs"), networks: words("networks"))
        return try await made {
            try $0.makeKey(named: name, scopes: scopes, limits: limits, expiresAt: expiresAt, by: request.caller)
        }
    }

    private func made(
        _ make: @escaping @Sendable (ServiceDesk) throws -> (key: APIKey, token: KeyToken)
    ) async throws -> APIReply {
        let (json, secret) = try await desks.run { desk in
            let made = try make(desk)
            return (made.key.json(at: desk.now), made.token.text)
        }
        var reply = APIReply(status: .created, json.adding("secret", .string(secret)))
        reply.object = "key:" + (json["id"]?.string ?? "")
        return reply
    }

    private static let count = Shape.integer(0...(.max))
    private static let kept = Shape.list(.text(1...100), most: 100)

    private static let keyHead: [Shape.Member] =
        [
            .needed("id", .word), .needed("name", .words), .needed("scopes", .list(.word, most: 50)),
            .needed("valid", .flag), .needed("created_at", .instant), .needed("created_by", .word),
            .needed("expires_at", Shape.instant.orNull), .needed("revoked_at", Shape.instant.orNull),
            .needed("last_used_at", Shape.instant.orNull),
        ] + limits

    private static let key = Shape.named("Key", .object(keyHead))
    private static let madeKey = Shape.named(
        "MadeKey", .object(keyHead + [.needed("secret", .word, "Shown once.")]))
}

// MARK: People

extension AccountRoutes {
    private var people: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/users", access: .scope(.manageUsers), id: "listUsers", tag: "users",
                summary: "Everybody who may log in.",
                answers: [.ok("All of them.", .object([.needed("items", .list(Self.user, most: 100_000))]))],
                handler: { _ in
                    APIReply(["items": .array(try await desks.run { try $0.people().map(\.json) })])
                }),
            APIRoute(
                method: .post, path: "/users", access: .scope(.manageUsers), id: "createUser", tag: "users",
                summary: "Make an account. Its token sets the password, once, within a day.",
                body: .json(
                    .object([
                        .needed("name", .spelled(.user)), .needed("role", Self.roleName),
                        .optional("scopes", Self.scopeNames, "Beside those of the role."),
                    ])),
                answers: [APIRoute.Answer(status: 201, about: "The account.", shape: Self.madeUser)],
                problems: [403: ["more_than_own"], 409: ["name_taken"], 422: ["bad_name", "not_of_role"]],
                handler: { request in
                    let body = request.document
                    let (name, role, extra) = (
                        body["name"]?.string ?? "", Self.role(body["role"]), Self.scopes(body["scopes"])
                    )
                    let (json, token) = try await desks.run { desk in
                        let made = try desk.makeUser(
                            name, role: role ?? .analyst, extra: extra ?? [], by: request.caller)
                        return (made.user.json, made.token.text)
                    }
                    var reply = APIReply(status: .created, json.adding("token", .string(token)))
                    reply.object = "user:" + name
                    return reply
                }),
            APIRoute(
                method: .patch, path: "/users/{id}", access: .scope(.manageUsers), id: "changeUser", tag: "users",
                summary: "Change role and scopes, or shut somebody out. Ends their sessions.",
                parameters: [Self.userName],
                body: .json(
                    .object([
                        .optional("role", Self.roleName), .optional("scopes", Self.scopeNames),
                        .optional("disabled", .flag),
                    ])),
                answers: [.ok("The account.", Self.user)],
                problems: [403: ["more_than_own", "own_account"], 404: ["unknown_user"], 422: ["not_of_role"]],
                handler: { request in
                    let body = request.document
                    let (role, extra) = (Self.role(body["role"]), Self.scopes(body["scopes"]))
                    let user = try await desks.run {
                        try $0.changeUser(
                            request["id"], role: role, extra: extra, isDisabled: body["disabled"]?.flag,
                            by: request.caller)
                    }
                    service.sessions.forget(user: user.name)
                    return APIReply(user.json)
                }),
            APIRoute(
                method: .post, path: "/users/{id}/reset", access: .scope(.manageUsers), id: "resetUser", tag: "users",
                summary: "Make a new token to set a password with.", parameters: [Self.userName],
                answers: [
                    APIRoute.Answer(
                        status: 201, about: "Shown once.",
                        shape: .object([.needed("name", .word), .needed("token", .word)]))
                ],
                problems: [403: ["more_than_own"], 404: ["unknown_user"]],
                handler: { request in
                    let token = try await desks.run { try $0.resetUser(request["id"], by: request.caller).text }
                    return APIReply(
                        status: .created, ["name": .string(request["id"]), "token": .string(token)])
                }),
        ]
    }

    private static func role(_ value: JSON?) -> Role? { value?.string.flatMap { Role(rawValue: $0) } }

    private static func scopes(_ value: JSON?) -> Set<Scope>? {
        value.map { Set($0.items.compactMap { $0.string.flatMap { Scope(rawValue: $0) } }) }
    }

    private static let userHead: [Shape.Member] = [
        .needed("name", .word), .needed("role", roleName), .needed("scopes", .list(.word, most: 50)),
        .needed("extra_scopes", .list(.word, most: 50)), .needed("created_at", .instant), .needed("created_by", .word),
        .needed("disabled", .flag), .needed("has_password", .flag), .needed("second_factor", .flag),
    ]

    private static let user = Shape.named("User", .object(userHead))
    private static let madeUser = Shape.named(
        "MadeUser", .object(userHead + [.needed("token", .word, "Shown once.")]))

    private static let callerHead: [Shape.Member] =
        [
            .needed("kind", .choice(["key", "user"])), .needed("id", .word),
            .needed("role", .either([roleName, .null])), .needed("scopes", .list(.word, most: 50)),
        ] + limits

    /// Null: none.
    private static let limits: [Shape.Member] = ["channels", "programs", "networks"].map {
        .needed($0, Shape.list(.word, most: 100).orNull)
    }

    private static let caller = Shape.named("Caller", .object(callerHead))
    private static let session = Shape.named(
        "LoginSession",
        .object(
            callerHead + [
                .needed("token", .word, "For programs: `Authorization: Bearer …`."),
                .needed("csrf_token", .word, "For browsers: `X-CSRF-Token` with everything that changes something."),
            ]))
}
