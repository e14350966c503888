import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging

/// `GET /u/{token}` asks, `POST /u/{token}` does. A GET changes nothing, ever: link scanners and previews fetch every
/// link in a mail.
struct UnsubscribeRoutes: Sendable {
    let service: UnsubscribeService
    let thread: BlockingThread
    let logger: Logger

    /// RFC 8058's body has 26 bytes; a multipart form around it some hundred.
    private static let maximumBody = 4096
    /// How long a client may take to send those few bytes.
    private static let bodyTimeout = Duration.seconds(10)
    /// Of one address: far more than a person or a company's mail gateway needs, and few enough that guessing tokens or
    /// wearing out the store leads nowhere. Whoever is turned away is told when to come again, and nothing is lost.
    private let limiter = RateLimiter(120, per: 60)

    func add(to router: Router<ServerContext>) {
        router.get("/u/:token") { request, context in
            if let refused = refusal(request, context) { return refused }
            return await ask(PageRoutes.token(context), request)
        }
        router.post("/u/:token") { request, context in
            if let refused = refusal(request, context) { return refused }
            return await act(PageRoutes.token(context), request)
        }
        router.get("/page.css") { _, _ in
            Answer.response(.ok, PageFrame.stylesheet, type: "text/css; charset=utf-8")
        }
    }

    private func refusal(_ request: Request, _ context: ServerContext) -> Response? {
        guard let caller = context.caller(request), let seconds = limiter.delay(for: caller) else { return nil }
        var response = page(.unavailable, .tooManyRequests, request)
        response.headers[.retryAfter] = "\(seconds)"
        return response
    }

    private func ask(_ token: String?, _ request: Request) async -> Response {
        do {
            guard let token, let subject = try await thread.run({ try service.describe(token) }) else {
                return page(.invalid, .notFound, request)
            }
            return page(kind(of: subject), .ok, request, language: subject.language)
        } catch {
            return unavailable(request, error)
        }
    }

    private func act(_ token: String?, _ request: Request) async -> Response {
        let form: UnsubscribeForm?
        do {
            let body = try await Deadline.within(Self.bodyTimeout) {
                try await request.body.collect(upTo: Self.maximumBody)
            }
            form = UnsubscribeForm(
                body: Array(buffer: body),
                contentType: request.headers[.contentType]
            )
        } catch is Deadline.Passed {
            return Answer.response(.requestTimeout, "the request took too long\n")
        } catch {
            return Answer.response(.contentTooLarge, "the request is too large\n")
        }
        guard let form else {
            // Not what a mail program or our page sends. Whoever it is may still press the button.
            let asked = await ask(token, request)
            return Answer.with(status: asked.status == .ok ? .badRequest : asked.status, asked)
        }
        do {
            guard let token, let subject = try await thread.run({ try service.unsubscribe(token) }) else {
                return page(.invalid, .notFound, request)
            }
            switch form {
            case .oneClick:
                return Answer.response(.ok, subject.isTest ? "a test message: nothing was changed\n" : "unsubscribed\n")
            case .confirmed: return page(kind(of: subject), .ok, request, language: subject.language)
            }
        } catch {
            return unavailable(request, error)
        }
    }

    private func kind(of subject: UnsubscribeService.Subject) -> UnsubscribePage.Kind {
        if subject.isTest { return .test }
        return subject.isUnsubscribed ? .done(brand: subject.brand) : .question(brand: subject.brand)
    }

    private func page(
        _ kind: UnsubscribePage.Kind,
        _ status: HTTPResponse.Status,
        _ request: Request,
        language: String? = nil
    ) -> Response {
        let language = PageLanguage(acceptLanguage: request.headers[.acceptLanguage], fallback: language)
        return Answer.response(
            status,
            UnsubscribePage(kind: kind, language: language).html,
            type: "text/html; charset=utf-8"
        )
    }

    private func unavailable(_ request: Request, _ error: any Error) -> Response {
        logger.error("unsubscribe request could not be served", metadata: ["error": "\(error)"])
        var response = page(.unavailable, .serviceUnavailable, request)
        response.headers[.retryAfter] = "30"
        return response
    }
}
