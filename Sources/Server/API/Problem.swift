import HTTPTypes
import Hummingbird
import Runner

/// An error as RFC 9457 has it. `code` is stable; `detail` says what is wrong, and `help` what to do instead.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: String
    let detail: String
    var help: String?
    /// One for each fault, where there are several.
    var errors: [JSON] = []
    /// Seconds after which to come again.
    var retryAfter: Int?

    var response: Response {
        var response = Answer.response(status, body.text, type: "application/problem+json")
        if status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="carillon""# }
        let delay = retryAfter ?? (status == .serviceUnavailable ? 1 : nil)
        if let delay { response.headers[.retryAfter] = String(delay) }
        return response
    }

    private var body: JSON {
        var body: JSON = [
            "type": .string("urn:carillon:problem:" + code), "title": .string(status.reasonPhrase),
            "status": JSON(status.code), "code": .string(code), "detail": .string(Self.shown(detail)),
        ]
        if let help { body = body.adding("help", .string(Self.shown(help))) }
        return errors.isEmpty ? body : body.adding("errors", .array(errors))
    }

    /// Whatever a caller has sent, and an answer repeats: no text of ours holds a NUL.
    static func shown(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\u{0}", with: "\u{FFFD}") : text
    }

    static let shape = Shape.named(
        "Problem",
        .object([
            .needed("type", .text(1...200)), .needed("title", .text(1...200)), .needed("status", .integer(400...599)),
            .needed("code", .text(1...64), "Stable."), .needed("detail", .words), .optional("help", .words),
            .optional("errors", .list(.anything, most: 1_000)),
        ]))

    init(
        status: HTTPResponse.Status, code: String, detail: String, help: String? = nil, errors: [JSON] = [],
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.help = help
        self.errors = errors
        self.retryAfter = retryAfter
    }

    init(_ refusal: ServiceRefusal) {
        let status: HTTPResponse.Status =
            switch refusal.kind {
            case .notFound: .notFound
            case .invalid: .unprocessableContent
            case .conflict: .conflict
            case .forbidden: .forbidden
            case .unavailable: .serviceUnavailable
            }
        self.init(
            status: status, code: refusal.code, detail: refusal.message, help: refusal.help, errors: refusal.faults)
    }

    init(_ fault: Shape.Fault) {
        self.init(
            status: .unprocessableContent, code: fault.code, detail: fault.detail, help: fault.help,
            errors: [["pointer": .string(fault.path), "code": .string(fault.code)]])
    }
}

// MARK: Those of every route

extension Problem {
    /// Status and codes that any route may answer with.
    static let common: [Int: [String]] = [
        401: ["no_key", "unknown_key", "expired_key", "session_over"],
        403: [
            "forbidden", "other_tenant", "other_site", "looks_only", "other_network", "other_program", "other_channel",
            "needs_second_factor",
        ],
        408: ["too_slow"], 413: ["too_large"], 422: ["unknown_parameter", "bad_parameter"], 429: ["too_many_requests"],
        503: ["overloaded", "store", "busy", "errors"],
    ]

    static let noKey = Problem(
        status: .unauthorized, code: "no_key", detail: "the request carries no key",
        help: "send `Authorization: Bearer crl_…`; `carillon keys create` makes one")
    static let unknownKey = Problem(
        status: .unauthorized, code: "unknown_key", detail: "nobody has this key",
        help: "`carillon keys list` shows all")
    static let expiredKey = Problem(
        status: .unauthorized, code: "expired_key", detail: "the key was revoked, or its time is over",
        help: "`carillon keys create` makes a new one")
    static let sessionOver = Problem(
        status: .unauthorized, code: "session_over", detail: "the session is over, or was ended",
        help: "log in again: `POST /api/v1/sessions`")
    static let otherSite = Problem(
        status: .forbidden, code: "other_site", detail: "with a cookie, a change has to come from a page of this host",
        help: "send `X-CSRF-Token` as the login gave it, or the session as `Authorization: Bearer …`")
    static let looksOnly = Problem(
        status: .forbidden, code: "looks_only", detail: "a reviewer looks, and kills what must not go on; nothing else")
    static let lacksFactor = Problem(
        status: .forbidden, code: "needs_second_factor",
        detail: "the role takes a second factor, and there is none yet",
        help: "`POST /sessions/current/totp` sets one up")
    static let otherTenant = Problem(
        status: .forbidden, code: "other_tenant", detail: "the key belongs to another tenant than `X-Tenant-ID` names",
        help: "leave the header out: the key says whose it is")
    static let tooSlow = Problem(
        status: .requestTimeout, code: "too_slow", detail: "the body did not arrive within 20 seconds")
    static let overloaded = Problem(
        status: .serviceUnavailable, code: "overloaded", detail: "more is under way than the disk takes",
        help: "send it again in a second: nothing of it was taken")
    static let store = Problem(
        status: .serviceUnavailable, code: "store", detail: "the data folder could not be written or read",
        help: "send it again: nothing of it was taken")
    /// No 404: whoever gets that gives up, and what they had to tell is lost.
    static let notServed = Problem(
        status: .serviceUnavailable, code: "errors", detail: "the project had errors when this server was started",
        help: "carillon check, then start it again; nothing of this request was taken", retryAfter: 30)
    static let malformed = Problem(
        status: .badRequest, code: "malformed", detail: "the body is no JSON",
        help: "RFC 8259: no comments, no trailing commas, no name twice, UTF-8")

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            status: .contentTooLarge, code: "too_large", detail: "the body has more than \(limit >> 20) MiB",
            help: "send it in several requests")
    }

    static func tooMany(_ seconds: Int) -> Problem {
        Problem(
            status: .tooManyRequests, code: "too_many_requests", detail: "there are more requests than the limit takes",
            help: "come again in \(seconds) s", retryAfter: seconds)
    }

    static func unknownType(_ types: [String]) -> Problem {
        Problem(
            status: .unsupportedMediaType, code: "unknown_type", detail: "the content type is none that this takes",
            help: types.joined(separator: ", "))
    }

    /// What the router itself refuses.
    static func noRoute(_ status: HTTPResponse.Status) -> Problem {
        Problem(
            status: status, code: status == .notFound ? "no_route" : "refused",
            detail: "there is no such operation: \(status.code) \(status.reasonPhrase)",
            help: "/openapi.json lists all")
    }

    static func wrongMethod(_ allowed: [String]) -> Problem {
        Problem(
            status: .methodNotAllowed, code: "wrong_method", detail: "there is no operation of this method here",
            help: allowed.joined(separator: ", "))
    }

    static func forbidden(_ scopes: [Scope]) -> Problem {
        guard let first = scopes.first else {
            return Problem(status: .forbidden, code: "forbidden", detail: "this is for those who have logged in")
        }
        let names = scopes.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return Problem(
            status: .forbidden, code: "forbidden",
            detail: scopes.count == 1 ? "the key has no scope \(names)" : "the key has none of the scopes \(names)",
            help: "`carillon keys create --scope \(first.rawValue)` makes one that has it")
    }
}
