import TestKit

@testable import Channels

extension ProviderScript {
    private static let sendGridKey = "SG.testtesttest.keykeykey"
    private static let mailgunKey = "key-0123456789abcdef"

    private static func errors(_ status: Int, _ message: String, _ field: String? = nil, _ headers: [String] = [])
        -> HTTPFaultServer.Answer
    {
        let name = field.map { "\"\($0)\"" } ?? "null"
        return .json(status, #"{"errors":[{"message":"\#(message)","field":\#(name),"help":null}]}"#, headers)
    }

    static let sendGrid = ProviderScript(
        provider: "sendgrid",
        kind: "email",
        from: "Shop <shop@example.com>",
        secret: sendGridKey,
        hidden: [sendGridKey],
        recipient: { "ada\($0)@example.com" },
        inspect: { request in
            let json = JSONValue(request.body)
            let person = json?["personalizations"]?[0]
            return Reading.first([
                (request.line == "POST /v3/mail/send HTTP/1.1", request.line),
                (request.headers["authorization"] == "Bearer " + sendGridKey, "key"),
                (json?["from"]?["email"]?.string == "shop@example.com", "from"),
                (json?["from"]?["name"]?.string == "Shop", "sender's name"),
                (person?["to"]?[0]?["email"]?.string == "ada0@example.com", "to"),
                (person?["subject"]?.string == "News", "subject"),
                (person?["custom_args"]?["delivery_id"]?.string == "ref0", "reference"),
                (json?["content"]?[0]?["type"]?.string == "text/plain", "content"),
            ])
        },
        success: Reply(
            "",
            .answer(202, headers: ["X-Message-Id: Kx3s.recvd-1"]),
            .accepted(providerID: "Kx3s.recvd-1")
        ),
        successWithMore: .json(202, #"{"new":1}"#, ["x-message-id: Kx3s.recvd-1"]),
        replies: [
            Reply("a wrong key", errors(401, "The provided authorization grant is invalid"), .unavailable(code: "401")),
            Reply("a used-up quota", errors(401, "Maximum credits exceeded"), .unavailable(code: "401 quota")),
            Reply(
                "an unverified sender",
                errors(403, "The from address does not match", "from"),
                .unavailable(code: "403")
            ),
            Reply("a bad sender", errors(400, "no", "from.email"), .unavailable(code: "400 from")),
            Reply(
                "a bad recipient",
                errors(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
                .rejected(code: "400 to", suppress: .bounce)
            ),
            Reply("a bad request", errors(400, "Bad Request"), .rejected(code: "400", suppress: nil)),
            Reply("a message too large", errors(413, "too large"), .rejected(code: "413", suppress: nil)),
            Reply(
                "too many requests",
                errors(429, "too many requests", nil, ["X-RateLimit-Reset: 0"]),
                .throttled(code: "429", retryAfter: 0)
            ),
            Reply(
                "too many requests, without a time",
                errors(429, "too many requests"),
                .throttled(code: "429", retryAfter: 1)
            ),
            Reply("an internal error", errors(500, "no"), .outcomeUnknown(phase: .answer, detail: "500")),
        ],
        holds: { request, text in
            JSONValue(request.body)?["personalizations"]?[0]?["substitutions"]?["-carillon.text-"]?.string == text
        }
    )

    private static func message(_ status: Int, _ text: String) -> HTTPFaultServer.Answer {
        .json(status, #"{"message":"\#(text)"}"#)
    }

    static let mailgun = ProviderScript(
        provider: "mailgun",
        kind: "email",
        from: "Shop <shop@mg.example.com>",
        settings: ["domain": "mg.example.com", "tag": "news"],
        secret: mailgunKey,
        hidden: [mailgunKey],
        recipient: { "ada\($0)@example.com" },
        inspect: { request in
            let form = Reading.form(request.body)
            let own = JSONValue(Array((form["recipient-variables"] ?? "").utf8))?["ada0@example.com"]
            return Reading.first([
                (request.line == "POST /v3/mg.example.com/messages HTTP/1.1", request.line),
                (request.headers["authorization"] == Reading.basic("api", mailgunKey), "key"),
                (form["from"] == "Shop <shop@mg.example.com>", "from"), (form["to"] == "ada0@example.com", "to"),
                (own?["subject"]?.string == "News", "subject"), (own?["ref"]?.string == "ref0", "reference"),
                (form["text"] == "%recipient.text%", "text"), (form["v:delivery_id"] == "%recipient.ref%", "variable"),
                (form["html"] == nil, "html"), (form["o:tag"] == "news", "tag"),
            ])
        },
        success: Reply(
            "",
            .json(200, #"{"id":"<2025.1.ABC@mg.example.com>","message":"Queued. Thank you."}"#),
            .accepted(providerID: "2025.1.ABC@mg.example.com")
        ),
        successWithMore: .json(200, #"{"x":[],"id":"<2025.1.ABC@mg.example.com>","message":"Queued."}"#),
        replies: [
            Reply(
                "a bad recipient",
                message(400, "to parameter is not a valid address. please check documentation"),
                .rejected(code: "400 to", suppress: .bounce)
            ),
            Reply("a bad sender", message(400, "from parameter is missing"), .unavailable(code: "400 from")),
            Reply(
                "a domain that may not send",
                message(400, "Domain x is not allowed to send: unverified"),
                .unavailable(code: "400 domain")
            ),
            Reply(
                "a wrong key",
                .answer(401, headers: ["Content-Type: text/plain"], body: "Forbidden"),
                .unavailable(code: "401")
            ),
            Reply("an unpaid account", message(402, "no"), .unavailable(code: "402")),
            Reply("an unknown domain", message(404, "Domain not found: x"), .unavailable(code: "404")),
            Reply("a message too large", message(413, "no"), .rejected(code: "413", suppress: nil)),
            Reply(
                "a limit, with a date long past",
                message(
                    429,
                    "Domain x is not allowed to send: request limit exceeded, try again after Mon, 20 Dec 2021 20:33:21 UTC"
                ),
                .throttled(code: "429", retryAfter: 0)
            ),
            Reply("a limit without a date", message(429, "slow down"), .throttled(code: "429", retryAfter: 1)),
            Reply("an internal error", message(500, "no"), .outcomeUnknown(phase: .answer, detail: "500")),
            Reply(
                "a greeting in place of an answer",
                .answer(200, body: "Mailgun Magnificent API"),
                .outcomeUnknown(phase: .answer, detail: "malformed_answer")
            ),
        ],
        holds: { request, text in
            let variables = Reading.form(request.body)["recipient-variables"] ?? ""
            return JSONValue(Array(variables.utf8))?["ada0@example.com"]?["text"]?.string == text
        }
    )
}
