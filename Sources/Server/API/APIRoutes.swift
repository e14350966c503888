import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Runner

/// `/api/v1`: asks for the key, its scope, the limits and the body, and gives every answer one form.
struct APIRoutes: Sendable {
    static let base = "/api/v1"
    private static let bodyTimeout = Duration.seconds(20)

    let routes: [APIRoute]
    private let service: APIService
    private let desks: DeskPool
    private let repeats: RepeatedRequests
    private let limiter: RateLimiter
    /// Of those who have no key that counts: whoever guesses is slowed down.
    private let strangers = RateLimiter(60, per: 60)
    /// However many come while keys are read, they wait for one reading.
    private let keyReading: GroupingThread<Void, Void>
    private let metrics: RequestMetrics
    private let logger: Logger

    init(service: APIService, streams: OpenStreams, metrics: RequestMetrics, logger: Logger) {
        self.service = service
        self.metrics = metrics
        self.logger = logger
        let desks = DeskPool(open: service.openDesk)
        self.desks = desks
        repeats = RepeatedRequests(desks: desks)
        keyReading = GroupingThread(limit: 10_000, groupLimit: 10_000) { callers in
            try service.refreshKeys()
            return callers
        }
        limiter = RateLimiter(service.requestsPerSecond, per: 1)
        routes = Self.table(service, desks, streams)
    }

    /// Every operation there is.
    static func table(_ service: APIService, _ desks: DeskPool, _ streams: OpenStreams) -> [APIRoute] {
        let messages = MessageRoutes(service: service, desks: desks)
        return EventRoutes(service: service).routes + ContactRoutes(desks: desks).routes
            + ConsentRoutes(desks: desks).routes
            + LedgerRoutes(desks: desks).routes + ProgramRoutes(desks: desks).routes
            + TemplateRoutes(desks: desks).routes
            + ChannelRoutes(desks: desks).routes + BulkRoutes(desks: desks).routes
            + IdentityRoutes(desks: desks).routes + messages.routes
            + InboxRoutes(desks: desks, messages: messages).routes
            + ScheduleRoutes(messages: messages, desk: desks).routes
            + ApprovalRoutes(desks: desks).routes + AccountRoutes(service: service, desks: desks).routes
            + AuditRoutes(desks: desks).routes + CredentialRoutes(desks: desks).routes
            + PrivacyRoutes(desks: desks).routes + ChangeRoutes(service: service, desks: desks, streams: streams).routes
            + HookRoutes(desks: desks).routes
    }

    func add(to router: Router<ServerContext>) {
        let document = OpenAPI.document(of: routes, below: Self.base).text
        router.get("/openapi.json") { _, _ in
            Answer.response(.ok, document, type: "application/json")
        }
        for route in routes {
            router.on(RouterPath(Self.base + route.path), method: route.method) { request, context in
                await serve(route, request, context)
            }
        }
    }

    /// What the router refuses. Another method at a place that is there, whichever it is called, is told from a place that is
    /// not.
    func refusal(at path: String, _ status: HTTPResponse.Status) -> Response {
        let words = path.split(separator: "/", omittingEmptySubsequences: false)
        var here: [APIRoute] = []
        var fewest = Int.max
        for route in routes {
            let wanted = (Self.base + route.path).split(separator: "/", omittingEmptySubsequences: false)
            let isHere =
                wanted.count == words.count
                && zip(wanted, words).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
            guard isHere else { continue }
            // `/contacts/imports` is not the contact of that name, as the router has it.
            let names = wanted.count { $0.hasPrefix("{") }
            if names < fewest { here.removeAll() }
            fewest = min(fewest, names)
            if names == fewest { here.append(route) }
        }
        guard status == .notFound, !here.isEmpty else { return Problem.noRoute(status).response }
        let allowed = Set(here.map(\.method.rawValue)).sorted()
        var response = Problem.wrongMethod(allowed).response
        response.headers[.allow] = allowed.joined(separator: ", ")
        return response
    }

    private func serve(_ route: APIRoute, _ request: Request, _ context: ServerContext) async -> Response {
        let start = ContinuousClock.now
        let id = Self.requestID(request)
        var caller: String?
        var response: Response
        do {
            let principal = try await admit(request, to: route, context)
            caller = principal.actor
            response = try await answer(route, request, context, principal, id)
        } catch let problem as Problem {
            response = problem.response
        } catch let refusal as ServiceRefusal {
            response = Problem(refusal).response
        } catch is BlockingThread.Overloaded {
            response = Problem.overloaded.response
        } catch {
            logger.error(
                "a request could not be served",
                metadata: ["route": "\(route.path)", "request_id": "\(id)", "error": "\(error)"])
            response = Problem.store.response
        }
        response.headers[.requestID] = id
        let time = ContinuousClock.now - start
        let (seconds, rest) = time.components
        metrics.count(route, status: response.status.code, time)
        logger.info(
            "request",
            metadata: [
                "method": "\(route.method.rawValue)", "route": "\(route.path)", "status": "\(response.status.code)",
                "microseconds": "\(seconds * 1_000_000 + rest / 1_000_000_000_000)",
                "request_id": "\(id)", "caller": "\(caller ?? "-")",
            ])
        return response
    }

    private func answer(
        _ route: APIRoute, _ request: Request, _ context: ServerContext, _ caller: Principal, _ id: String
    ) async throws -> Response {
        var asked = APIRequest(
            caller: caller, id: id, parameters: try parameters(of: request, context, route), headers: request.headers,
            body: try await body(of: request, route))
        asked.address = context.address(request)
        if let obstacle = route.obstacle(to: caller, asked.parameters) { throw obstacle }
        if let body = route.body { try Self.read(body, into: &asked) }
        if route.isRepeatable, let name = request.headers[.idempotencyKey] {
            asked.name = name
            let reply = try await repeats.answer(asked, to: route) { try await perform($0, route) }
            return response(of: reply, to: asked, route)
        }
        return response(of: try await perform(asked, route), to: asked, route)
    }

    /// Does it, and writes down that it was done. An answer that is given again was written down the first time.
    private func perform(_ request: APIRequest, _ route: APIRoute) async throws -> APIReply {
        guard route.isAudited(for: request.caller) else { return try await route.handler(request) }
        let before = try await desks.run { route.subject($0, request) }
        let reply = try await route.handler(request)
        guard reply.status.code < 400 else { return reply }
        try await desks.run { desk in
            let after = route.subject(desk, request)
            let object = before?.object ?? after?.object ?? reply.object ?? route.object(of: request, desk)
            try desk.record(
                route.id, object, before: before?.state, after: after?.state, actor: request.caller.actor,
                request: request.id, address: request.address)
        }
        return reply
    }

    private func response(of reply: APIReply, to request: APIRequest, _ route: APIRoute) -> Response {
        if case .stream(let type, let write) = reply.content { return Answer.stream(type: type, write) }
        let text = reply.text
        var response = Answer.response(reply.status, text, type: reply.type)
        for field in reply.headers { response.headers[field.name] = field.value }
        let isGzip = Self.compress(text, &response, for: request)
        guard route.method == .get, reply.status == .ok else { return response }
        let tag = EntityTag(of: text)
        if request.headers[.ifNoneMatch].map({ tag.isNamed(inNoneMatch: $0, isGzip: isGzip) }) == true {
            response = Answer.response(.notModified, "", type: reply.type)
            response.headers[.vary] = "Accept-Encoding"
        }
        response.headers[.eTag] = tag.text(isGzip: isGzip)
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }

    /// Whether it did.
    private static func compress(_ text: String, _ response: inout Response, for request: APIRequest) -> Bool {
        response.headers[.vary] = "Accept-Encoding"
        guard text.utf8.count >= Gzip.least, Gzip.isTaken(request.headers[.acceptEncoding]),
            let bytes = Gzip.bytes(of: text)
        else { return false }
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        response.headers[.contentEncoding] = "gzip"
        return true
    }

    // MARK: Who, and how often

    private func admit(
        _ request: Request, to route: APIRoute, _ context: ServerContext
    ) async throws -> Principal {
        var principal = Principal.anonymous
        if case .open = route.access {
            // Whoever is let in here may be guessing.
            if let stranger = context.caller(request), let delay = strangers.delay(for: stranger) {
                throw Problem.tooMany(delay)
            }
        } else {
            do throws(Problem) {
                principal = try await self.principal(of: request)
            } catch {
                if let stranger = context.caller(request), let delay = strangers.delay(for: stranger) {
                    throw Problem.tooMany(delay)
                }
                throw error
            }
            if let delay = limiter.delay(for: principal.caller) { throw Problem.tooMany(delay) }
        }
        // There is one tenant in a data folder, and its keys are of no other.
        if let tenant = request.headers[.tenantID], tenant != "1" { throw Problem.otherTenant }
        guard principal.limits.allows(address: context.address(request)) else { throw Problem.otherNetwork }
        guard route.access.admits(principal) else {
            throw principal.lacksFactor ? Problem.lacksFactor : Problem.forbidden(route.access.scopes)
        }
        if principal.isReviewer, !route.isForReviewers { throw Problem.looksOnly }
        return principal
    }

    /// A key or a session in `Authorization`; without that header the browser's cookie. A key never looks at cookies.
    private func principal(of request: Request) async throws(Problem) -> Principal {
        guard let header = request.headers[.authorization] else {
            guard let token = SessionCookie.token(of: request) else { throw Problem.noKey }
            try await refresh()
            guard let principal = service.sessions.answer(token) else { throw Problem.sessionOver }
            let changes = request.method != .get && request.method != .head
            guard !changes || SessionCookie.isOurs(request, token, under: service.key) else {
                throw Problem.otherSite
            }
            return principal
        }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw Problem.noKey }
        try await refresh()
        if let token = KeyToken(words[1], .session) {
            guard let principal = service.sessions.answer(token) else { throw Problem.sessionOver }
            return principal
        }
        switch service.keys.answer(words[1]) {
        case .unknown: throw Problem.unknownKey
        case .expired: throw Problem.expiredKey
        case .known(let key): return Principal(key)
        }
    }

    private func refresh() async throws(Problem) {
        if service.keys.isStale {
            do {
                try await keyReading.run(())
            } catch is BlockingThread.Overloaded {
                throw Problem.overloaded
            } catch {
                throw Problem.store
            }
        }
    }

    // MARK: What is asked

    private func parameters(
        of request: Request, _ context: ServerContext, _ route: APIRoute
    ) throws(Problem) -> [String: String] {
        var given: [(name: String, value: String)] = []
        for (name, value) in context.parameters {
            guard let value = AddressText.decode(value, plusIsSpace: false) else {
                throw Self.bad(String(name), "no text of UTF-8, percent-encoded")
            }
            given.append((String(name), value))
        }
        guard let query = AddressText.query(request.uri.query ?? "") else {
            throw Self.bad("query", "no list of names and values, percent-encoded")
        }
        given += query
        var parameters: [String: String] = [:]
        for (name, value) in given {
            guard let declared = route.parameters.first(where: { $0.name == name }) else {
                let known = route.parameters.filter { $0.place == .query }.map(\.name)
                throw Problem(
                    status: .unprocessableContent, code: "unknown_parameter", detail: "there is no parameter `\(name)`",
                    help: known.isEmpty ? "this operation takes none" : "known: \(known.joined(separator: ", "))")
            }
            guard parameters[name] == nil else { throw Self.bad(name, "given twice") }
            if let fault = declared.shape.fault(in: declared.value(of: value)) {
                guard fault.code == "wrong_value" else {
                    throw Problem(
                        status: .unprocessableContent, code: fault.code,
                        detail: "`\(name)` is not \(declared.shape.words)", help: fault.help)
                }
                throw Self.bad(name, "not \(declared.shape.words)")
            }
            parameters[name] = value
        }
        for declared in route.parameters where parameters[declared.name] == nil {
            if let problem = declared.missing { throw problem }
        }
        return parameters
    }

    private static func bad(_ name: String, _ what: String) -> Problem {
        Problem(status: .unprocessableContent, code: "bad_parameter", detail: "`\(name)` is \(what)")
    }

    private func body(of request: Request, _ route: APIRoute) async throws(Problem) -> [UInt8] {
        guard let limit = route.body?.limit else { return [] }
        do {
            let buffer = try await Deadline.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: limit)
            }
            return Array(buffer: buffer)
        } catch is Deadline.Passed {
            throw Problem.tooSlow
        } catch {
            throw Problem.tooLarge(limit)
        }
    }

    private static func read(_ body: APIRoute.Body, into request: inout APIRequest) throws(Problem) {
        guard case .json(let shape) = body else { return }
        guard request.contentType == "application/json" else { throw .unknownType(["application/json"]) }
        guard let document = JSON(reading: request.body) else { throw .malformed }
        if let fault = shape.fault(in: document) { throw Problem(fault) }
        request.document = document
    }

    /// The caller's own, where it is one that can stand in a log.
    private static func requestID(_ request: Request) -> String {
        let given = request.headers[.requestID] ?? ""
        let isFit = (1...128).contains(given.utf8.count) && given.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isFit ? given : KeyToken.name()
    }
}

extension HTTPField.Name {
    static let requestID = known("X-Request-ID")
    static let tenantID = known("X-Tenant-ID")
    static let idempotencyKey = known("Idempotency-Key")
    static let replayed = known("Idempotency-Replayed")
    static let csrfToken = known("X-CSRF-Token")
    static let fetchSite = known("Sec-Fetch-Site")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a name") }
        return name
    }
}
