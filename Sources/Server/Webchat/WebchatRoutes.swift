import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// The web chat: sessions, messages, receipts and a stream of events, for pages of the sites that a channel names; and the
/// way in for our own runner. Nothing here uses cookies, so that no other page can act for a visitor.
struct WebchatRoutes: Sendable {
    let service: WebchatService
    let hub: ChatHub
    let thread: BlockingThread
    let logger: Logger
    /// What visitors write has been stored, and waits to be read.
    let beginReading: @Sendable () -> Void
    private let sessions = RateLimiter(30, per: 60)
    private let writing = RateLimiter(10, per: 10)
    private let reading = RateLimiter(60, per: 60)
    let typing = RateLimiter(60, per: 60)
    let uploading = RateLimiter(10, per: 60)

    private static let bodyTimeout = Duration.seconds(10)
    private static let keepAlive = Duration.seconds(10)

    func add(to router: Router<ServerContext>) {
        router.get("/webchat/v1/widget.js") { _, _ in
            var response = Answer.response(.ok, WebchatScript.text, type: "text/javascript; charset=utf-8")
            // Pages of other sites load it; it holds nothing of anybody.
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
            response.headers[.cacheControl] = "public, max-age=300"
            return response
        }
        for action in ["sessions", "messages", "receipts", "stream", "typing", "files"] {
            router.on("/webchat/v1/:channel/\(action)", method: .options) { request, context in
                await answer(request, context) { _, _ in Answer.response(.noContent, "") }
            }
        }
        router.post("/webchat/v1/:channel/sessions") { request, context in
            await answer(request, context) { channel, origin in
                // Pages of the same site call without an origin, and so do other programs; a browser can't leave it out.
                try limit(sessions, context.caller(request))
                let body = try await body(of: request)
                return Self.json(.created, try await thread.run { try service.open(channel, body) })
            }
        }
        router.post("/webchat/v1/:channel/messages") { request, context in
            await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(writing, visitor.id)
                let body = try await body(of: request)
                let text = try await thread.run { try service.take(visitor, body) }
                hub.type(.visitor, visitor, false)
                hub.ring(visitor)
                beginReading()
                return Self.json(.ok, text)
            }
        }
        router.post("/webchat/v1/:channel/receipts") { request, context in
            await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(reading, visitor.id)
                let body = try await body(of: request)
                if try await thread.run({ try service.mark(visitor, body) }) { beginReading() }
                return Answer.response(.noContent, "")
            }
        }
        router.get("/webchat/v1/:channel/messages") { request, context in
            await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(reading, visitor.id)
                let after = Self.after(request)
                let found = try await thread.run { try service.messages(visitor, after) }
                return Self.json(.ok, "{\"messages\":[" + found.map(\.line).joined(separator: ",") + "]}")
            }
        }
        router.get("/webchat/v1/:channel/stream") { request, context in
            await answer(request, context) { channel, _ in
                let visitor = try await visitor(channel, request)
                try limit(reading, visitor.id)
                return stream(visitor, after: Self.after(request))
            }
        }
        router.post("/webchat/v1/:channel/deliver") { request, context in
            await signed(request, context) { channel, signature in
                let body = try await body(of: request, upTo: service.deliveryLimit)
                let (answer, visitor) = try await thread.run { try service.deliver(channel, body, signature) }
                // Whoever has written isn't writing any more.
                hub.type(.us, visitor, false)
                return answer
            }
        }
        addTyping(to: router)
        addFiles(to: router)
    }

    // MARK: Answers

    /// What every call of a page goes through: a channel that chats, and a site that may.
    func answer(
        _ request: Request, _ context: ServerContext, _ work: (String, String?) async throws -> Response
    ) async -> Response {
        guard let channel = context.parameters.get("channel"), let allowed = service.origins[channel] else {
            return Answer.response(.notFound, "404 Not Found\n")
        }
        let origin = request.headers[.origin]
        if let origin, !allowed.contains(origin) {
            return Self.refused(.init(status: 403, code: "chat_foreign_origin"))
        }
        var response: Response
        do {
            response = try await work(channel, origin)
        } catch let refusal as WebchatService.Refusal {
            response = Self.refused(refusal)
        } catch let limit as Limited {
            response = Self.refused(.init(status: 429, code: "chat_rate_limited"))
            response.headers[.retryAfter] = "\(limit.seconds)"
        } catch is Deadline.Passed {
            response = Answer.response(.requestTimeout, "the request took too long\n")
        } catch is TooLarge {
            response = Self.refused(.init(status: 413, code: "chat_too_long"))
        } catch {
            logger.error("a chat request could not be served", metadata: ["error": "\(error)"])
            response = Answer.response(.serviceUnavailable, "try again\n")
            response.headers[.retryAfter] = "30"
        }
        if let origin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlAllowHeaders] = "authorization, content-type, last-event-id"
            response.headers[.accessControlAllowMethods] = "GET, POST"
            response.headers[.accessControlMaxAge] = "600"
            response.headers[.accessControlExposeHeaders] = "retry-after"
            response.headers[.crossOriginResourcePolicy] = "cross-origin"
        }
        response.headers[.vary] = "Origin"
        return response
    }

    private struct Limited: Error {
        let seconds: Int
    }

    private struct TooLarge: Error {}

    func limit(_ limiter: RateLimiter, _ caller: String?) throws {
        if let caller, let seconds = limiter.delay(for: caller) { throw Limited(seconds: seconds) }
    }

    static func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Answer.response(status, text + "\n", type: "application/json")
    }

    static func refused(_ refusal: WebchatService.Refusal) -> Response {
        json(.init(code: refusal.status), "{\"code\":\"\(refusal.code)\"}")
    }

    func body(
        of request: Request, upTo limit: Int? = nil, within time: Duration = Self.bodyTimeout
    ) async throws -> [UInt8] {
        try await Deadline.within(time) {
            do {
                return Array(buffer: try await request.body.collect(upTo: limit ?? service.bodyLimit))
            } catch is CancellationError {
                throw Deadline.Passed()
            } catch {
                throw TooLarge()
            }
        }
    }

    func visitor(_ channel: String, _ request: Request) async throws -> WebchatService.Visitor {
        let authorization = request.headers[.authorization]
        return try await thread.run { try service.visitor(channel, authorization) }
    }

    /// How much of the conversation the page has.
    private static func after(_ request: Request) -> Int64 {
        let asked = request.headers[.lastEventID] ?? request.uri.queryParameters["after"].map(String.init)
        return max(0, asked.flatMap { Int64($0) } ?? 0)
    }

    // MARK: The stream

    /// Events of Server-Sent Events: everything behind what the page has, and then whatever comes.
    private func stream(_ visitor: WebchatService.Visitor, after start: Int64) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        let (hub, thread, service) = (hub, thread, service)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                // Not before: a HEAD has no body, and must leave nobody behind.
                guard let (id, bell) = hub.listen(to: visitor) else {
                    try await writer.write(ByteBuffer(string: "retry: 30000\n\n"))
                    return try await writer.finish(nil)
                }
                defer { hub.leave(id, visitor) }
                var last = start
                var isTyping = false
                try await writer.write(ByteBuffer(string: ": open\n\n"))
                var rings = Rings(bell, every: Self.keepAlive)
                repeat {
                    while true {
                        let after = last
                        let found = try await thread.run { try service.messages(visitor, after) }
                        guard let newest = found.last else { break }
                        let text = found.map { "id: \($0.sequence)\nevent: message\ndata: \($0.line)\n\n" }.joined()
                        try await writer.write(ByteBuffer(string: text))
                        last = newest.sequence
                    }
                    if hub.isTyping(.us, visitor) != isTyping {
                        isTyping.toggle()
                        let data = "{\"from\":\"us\",\"on\":\(isTyping)}"
                        try await writer.write(ByteBuffer(string: "event: typing\ndata: \(data)\n\n"))
                    }
                    guard let isRung = await rings.next() else { break }
                    // Tells a proxy that somebody is there, and us that nobody is.
                    if !isRung { try await writer.write(ByteBuffer(string: ": keep-alive\n\n")) }
                } while !Task.isCancelled
                try await writer.finish(nil)
            })
    }

    /// Rings when something is new, and when for a while nothing was.
    private struct Rings {
        private var merged: AsyncStream<Bool>.Iterator
        private let tasks: Canceller

        private final class Canceller: Sendable {
            let ring: Task<Void, Never>
            let tick: Task<Void, Never>

            init(ring: Task<Void, Never>, tick: Task<Void, Never>) {
                self.ring = ring
                self.tick = tick
            }

            deinit {
                ring.cancel()
                tick.cancel()
            }
        }

        init(_ bell: AsyncStream<Void>, every pause: Duration) {
            let (stream, continuation) = AsyncStream<Bool>.makeStream(bufferingPolicy: .bufferingNewest(2))
            let ring = Task {
                for await _ in bell { continuation.yield(true) }
                // Another tab took its place, or the server ends.
                continuation.finish()
            }
            let tick = Task {
                while (try? await Task.sleep(for: pause)) != nil { continuation.yield(false) }
            }
            tasks = Canceller(ring: ring, tick: tick)
            merged = stream.makeAsyncIterator()
        }

        /// Nil at the end.
        mutating func next() async -> Bool? {
            await merged.next()
        }
    }

    // MARK: From our own runner

    /// What our own side says: signed, and from no page.
    func signed(
        _ request: Request, _ context: ServerContext,
        _ work: (String, WebchatService.Signature) async throws -> String
    ) async -> Response {
        guard let channel = context.parameters.get("channel"), service.origins[channel] != nil else {
            return Answer.response(.notFound, "404 Not Found\n")
        }
        do {
            return Self.json(.ok, try await work(channel, Self.signature(request)))
        } catch let refusal as WebchatService.Refusal {
            return Self.refused(refusal)
        } catch is TooLarge {
            return Self.refused(.init(status: 413, code: "chat_too_long"))
        } catch {
            logger.error("a chat message could not be taken", metadata: ["error": "\(error)"])
            var response = Answer.response(.serviceUnavailable, "try again\n")
            response.headers[.retryAfter] = "5"
            return response
        }
    }

    static func signature(_ request: Request) -> WebchatService.Signature {
        func header(_ name: String) -> String {
            HTTPField.Name(name).flatMap { request.headers[$0] } ?? ""
        }
        return WebchatService.Signature(
            id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature"))
    }
}

extension HTTPField.Name {
    static let forwardedFor = named("X-Forwarded-For")
    static let lastEventID = named("Last-Event-ID")
    static let crossOriginResourcePolicy = named("Cross-Origin-Resource-Policy")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("`\(name)` is a token") }
        return name
    }
}
