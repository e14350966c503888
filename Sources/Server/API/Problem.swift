import HTTPTypes
import Hummingbird
import Runner

/// An error as RFC 9457 has it. `code` is stable; `detail` says what is wrong, and `help` what to do instead.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: String
    let detail: String
    var help: String?

    var response: Response {
        var body: JSON = [
            "type": .string("urn:carillon:problem:" + code), "title": .string(status.reasonPhrase),
            "status": JSON(status.code), "code": .string(code), "detail": .string(detail),
        ]
        if let help { body = body.adding("help", .string(help)) }
        var response = Answer.response(status, body.text, type: "application/problem+json")
        if status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="carillon""# }
        if status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        return response
    }

    static let noKey = Problem(
        status: .unauthorized, code: "no_key", detail: "the request carries no key",
        help: "send `Authorization: Bearer crl_…`; `carillon keys create` makes one")
    static let unknownKey = Problem(
        status: .unauthorized, code: "unknown_key", detail: "nobody has this key",
        help: "`carillon keys list` shows all")
    static let expiredKey = Problem(
        status: .unauthorized, code: "expired_key", detail: "the key was revoked, or its time is over",
        help: "`carillon keys create` makes a new one")
    static let tooLarge = Problem(
        status: .contentTooLarge, code: "too_large", detail: "the body has more than 1 MiB",
        help: "send it in several requests")
    static let tooSlow = Problem(
        status: .requestTimeout, code: "too_slow", detail: "the body did not arrive within 20 seconds")
    static let overloaded = Problem(
        status: .serviceUnavailable, code: "overloaded", detail: "more is under way than the disk takes",
        help: "send it again in a second: nothing of it was taken")
    static let malformed = Problem(
        status: .badRequest, code: "malformed", detail: "the body is no JSON",
        help: "RFC 8259: no comments, no trailing commas, no name twice, UTF-8")

    /// What the router itself refuses.
    static func noRoute(_ status: HTTPResponse.Status) -> Problem {
        Problem(
            status: status, code: status == .notFound ? "no_route" : "refused",
            detail: "there is no such operation: \(status.code) \(status.reasonPhrase)",
            help: "/openapi.json lists all")
    }

    static func forbidden(_ scope: Scope) -> Problem {
        Problem(
            status: .forbidden, code: "forbidden", detail: "the key has no scope `\(scope.rawValue)`",
            help: "`carillon keys create --scope \(scope.rawValue)` makes one that has it")
    }
}
