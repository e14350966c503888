import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Runner

/// `/p/{token}` the preference centre, `/confirm/{token}` double opt-in, `/c/{token}` a followed link, `/o/{token}` an opened
/// message, `/v/{token}` a mail in the browser. A GET changes no preference and confirms nothing: link scanners and previews fetch every link in a mail.
struct PageRoutes: Sendable {
    let pages: PublicPages
    let thread: BlockingThread
    let logger: Logger
    private let followed: GroupingThread<FollowedLink, Bool>

    private static let maximumBody = 16_384
    private static let bodyTimeout = Duration.seconds(10)
    /// Of one address, as the unsubscribe page has it; images and links come in larger numbers from a company's gateway.
    private let limiter = RateLimiter(120, per: 60)
    private let followLimiter = RateLimiter(1_200, per: 60)

    init(pages: PublicPages, thread: BlockingThread, logger: Logger) {
        self.pages = pages
        self.thread = thread
        self.logger = logger
        followed = GroupingThread(limit: 10_000, groupLimit: 500) { [pages] links in
            try pages.follow(links)
            return links.map { _ in true }
        }
    }

    func add(to router: Router<ServerContext>) {
        router.get("/p/:token") { request, context in
            await guarded(request, context) { try await preferences($0, request) }
        }
        router.post("/p/:token") { request, context in
            await guarded(request, context) { try await choose($0, request) }
        }
        router.get("/confirm/:token") { request, context in
            await guarded(request, context) { try await confirmation($0, request) }
        }
        router.post("/confirm/:token") { request, context in
            await guarded(request, context) { try await confirm($0, request) }
        }
        router.get("/v/:token") { request, context in
            await guarded(request, context) { try await view($0, request) }
        }
        router.get("/c/:token") { request, context in await follow(request, context) }
        router.get("/o/:token") { request, context in await open(request, context) }
    }

    // MARK: Pages

    private func guarded(
        _ request: Request, _ context: ServerContext, _ work: (String) async throws -> Response?
    ) async -> Response {
        if let caller = context.caller(request), let seconds = limiter.delay(for: caller) {
            var response = page(.unavailable, .tooManyRequests, request)
            response.headers[.retryAfter] = "\(seconds)"
            return response
        }
        guard let token = Self.token(context) else { return page(.invalid, .notFound, request) }
        do {
            return try await work(token) ?? page(.invalid, .notFound, request)
        } catch is Deadline.Passed {
            return Answer.response(.requestTimeout, "the request took too long\n")
        } catch let error as any HTTPResponseError {
            return Answer.response(error.status, "\(error.status.code) \(error.status.reasonPhrase)\n")
        } catch {
            logger.error("a page could not be served", metadata: ["error": "\(error)"])
            var response = page(.unavailable, .serviceUnavailable, request)
            response.headers[.retryAfter] = "30"
            return response
        }
    }

    private func preferences(_ token: String, _ request: Request) async throws -> Response? {
        guard let sheet = try await thread.run({ try pages.preferences.sheet(token) }) else { return nil }
        let language = language(request, sheet.language)
        return html(PreferencePage(sheet: sheet, language: language).html)
    }

    private func choose(_ token: String, _ request: Request) async throws -> Response? {
        let body = try await body(of: request)
        guard let sheet = try await thread.run({ try pages.preferences.sheet(token) }) else { return nil }
        let language = language(request, sheet.language)
        guard Self.isForm(request), let form = PreferenceForm(body: body, sheet: sheet, language: language) else {
            return Answer.with(status: .badRequest, html(PreferencePage(sheet: sheet, language: language).html))
        }
        guard let now = try await thread.run({ try pages.preferences.choose(token, form.choices) }) else { return nil }
        return html(PreferencePage(sheet: now, language: language, isSaved: true).html)
    }

    private func confirmation(_ token: String, _ request: Request) async throws -> Response? {
        guard let subject = try await thread.run({ try pages.optIns.subject(of: token) }) else { return nil }
        return html(ConfirmationPage(subject: subject, language: language(request, subject.language)).html)
    }

    private func confirm(_ token: String, _ request: Request) async throws -> Response? {
        let body = try await body(of: request)
        let fields = AddressText.query(String(decoding: body, as: UTF8.self)) ?? []
        guard Self.isForm(request), fields.contains(where: { $0.name == "confirm" && $0.value == "yes" }) else {
            return try await confirmation(token, request).map { Answer.with(status: .badRequest, $0) }
        }
        guard let subject = try await thread.run({ try pages.optIns.confirm(token) }) else { return nil }
        return html(ConfirmationPage(subject: subject, language: language(request, subject.language)).html)
    }

    private func view(_ token: String, _ request: Request) async throws -> Response? {
        switch try await thread.run({ try pages.views.view(token) }) {
        case nil: return nil
        case .html(let bytes): return MailView.response(bytes)
        case .text(let subject, let text):
            return html(MailView.page(subject: subject, text: text, language: language(request, nil)))
        case .test: return page(.testView, .ok, request)
        case .gone: return page(.gone, .notFound, request)
        }
    }

    // MARK: Tracking

    /// Leads on at once, whatever becomes of the note: the person has clicked to get somewhere.
    private func follow(_ request: Request, _ context: ServerContext) async -> Response {
        if let refused = tooOften(request, context) { return refused }
        guard let token = Self.token(context),
            let target = AddressText.query(request.uri.query ?? "")?.first(where: { $0.name == "u" })?.value,
            let delivery = pages.tracking.clicked(token, to: target), Self.isSafe(target)
        else { return page(.invalid, .notFound, request) }
        if request.method == .get { await note(delivery, target, request) }
        var response = Answer.response(.found, "")
        response.headers[.location] = target
        return response
    }

    private func open(_ request: Request, _ context: ServerContext) async -> Response {
        if let refused = tooOften(request, context) { return refused }
        guard let token = Self.token(context), let delivery = pages.tracking.opened(token) else {
            return Answer.response(.notFound, "404 Not Found\n")
        }
        if request.method == .get { await note(delivery, nil, request) }
        var headers = HTTPFields()
        headers[.contentType] = "image/gif"
        // It is shown on pages of other sites: that is what it is for.
        if let policy = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[policy] = "cross-origin" }
        Answer.harden(&headers)
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: Self.emptyImage))
        return Response(status: .ok, headers: headers, body: body)
    }

    private func note(_ delivery: DeliveryKey, _ target: String?, _ request: Request) async {
        let purpose = [HTTPField.Name("Sec-Purpose"), HTTPField.Name("Purpose")].compactMap { $0 }
            .compactMap { request.headers[$0]?.lowercased() }
        let link = FollowedLink(
            delivery: delivery, target: target, at: pages.environment.now(),
            isMachine: purpose.contains { $0.contains("prefetch") || $0.contains("preview") })
        do {
            _ = try await followed.run(link)
        } catch {
            logger.error("a followed link could not be noted", metadata: ["error": "\(error)"])
        }
    }

    private func tooOften(_ request: Request, _ context: ServerContext) -> Response? {
        guard let caller = context.caller(request), let seconds = followLimiter.delay(for: caller) else { return nil }
        var response = page(.unavailable, .tooManyRequests, request)
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    /// Sealed, and so ours; and still nothing goes into a header that could be more than an address.
    private static func isSafe(_ target: String) -> Bool {
        let start = target.prefix(8).lowercased()
        return (start.hasPrefix("https://") || start.hasPrefix("http://"))
            && target.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    // MARK: Parts

    private static func isForm(_ request: Request) -> Bool {
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }
        return type.filter { $0 != " " }.lowercased() == "application/x-www-form-urlencoded"
    }

    private func body(of request: Request) async throws -> [UInt8] {
        Array(
            buffer: try await Deadline.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: Self.maximumBody)
            })
    }

    private func language(_ request: Request, _ fallback: String?) -> PageLanguage {
        PageLanguage(acceptLanguage: request.headers[.acceptLanguage], fallback: fallback)
    }

    private func html(_ text: String) -> Response {
        Answer.response(.ok, text, type: "text/html; charset=utf-8")
    }

    private func page(_ kind: UnsubscribePage.Kind, _ status: HTTPResponse.Status, _ request: Request) -> Response {
        Answer.response(
            status, UnsubscribePage(kind: kind, language: language(request, nil)).html,
            type: "text/html; charset=utf-8")
    }

    /// Sealed references have a known alphabet and length; nothing else reaches the store.
    static func token(_ context: ServerContext) -> String? {
        guard let token = context.parameters.get("token"), (16...128).contains(token.utf8.count) else { return nil }
        let isPlausible = token.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isPlausible ? token : nil
    }

    /// One point that nobody sees.
    private static let emptyImage: [UInt8] = [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
        0xFF, 0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
        0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3B,
    ]
}
