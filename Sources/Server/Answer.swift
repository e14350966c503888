import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Responses with the headers that every page of ours carries.
enum Answer {
    static func response(
        _ status: HTTPResponse.Status,
        _ text: String,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        harden(&headers)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Written piece by piece, and passed on by proxies as it comes.
    static func stream(
        type: String, _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        harden(&headers)
        return Response(status: .ok, headers: headers, body: ResponseBody { try await write(&$0) })
    }

    static func with(status: HTTPResponse.Status, _ response: Response) -> Response {
        var changed = response
        changed.status = status
        return changed
    }

    /// No script, no frames, no foreign content, nothing kept, and no referrer: the address of the page is the token.
    static func harden(_ headers: inout HTTPFields) {
        for (name, value) in hardening where headers[name] == nil {
            headers[name] = value
        }
    }

    private static let hardening: [(HTTPField.Name, String)] = [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
        ("X-Robots-Tag", "noindex"),
    ].compactMap { name, value in
        HTTPField.Name(name).map { ($0, value) }
    }

    private static let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

/// Puts those headers on everything, the router's own 404 and 405 included.
struct HardenedResponses: RouterMiddleware {
    /// Nil where no API is served: then it would be, if the project's files had no errors.
    var api: APIRoutes?

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response =
                request.uri.path.hasPrefix(APIRoutes.base)
                ? api?.refusal(at: request.uri.path, error.status) ?? Problem.notServed.response
                : Answer.response(error.status, "\(error.status.code) \(error.status.reasonPhrase)\n")
        }
        Answer.harden(&response.headers)
        return response
    }
}
