import TestKit

@testable import Channels

extension ProviderScript {
    private static let sid = "AC0123456789abcdef0123456789abcdef"
    private static let token = "5c8f00000000000000000000000auth1"

    private static func twilioError(_ status: Int, _ code: Int, _ headers: [String] = []) -> HTTPFaultServer.Answer {
        .json(
            status,
            #"{"code":\#(code),"message":"no","more_info":"https://www.twilio.com/docs/errors/\#(code)","status":\#(status)}"#,
            headers
        )
    }

    private static let twilioSuccess = #""sid":"SM0123456789abcdef0123456789abcdef","status":"queued","price":null}"#

    private static func twilio(_ provider: String, kind: String, from: String, prefix: String, more: [Reply]) -> Self {
        ProviderScript(
            provider: provider,
            kind: kind,
            from: from,
            settings: ["status_callback": "https://hooks.example.com/twilio"],
            secret: "\(sid):\(token)",
            hidden: [token],
            recipient: { "+4915112345\(100 + $0)" },
            inspect: { request in
                let form = Reading.form(request.body)
                return Reading.first([
                    (request.line == "POST /2010-04-01/Accounts/\(sid)/Messages.json HTTP/1.1", request.line),
                    (request.headers["authorization"] == Reading.basic(sid, token), "login"),
                    (request.headers["content-type"] == "application/x-www-form-urlencoded", "content type"),
                    (form["To"] == prefix + "+4915112345100", "To"), (form["From"] == prefix + from, "From"),
                    (form["StatusCallback"] == "https://hooks.example.com/twilio?ref=ref0", "StatusCallback"),
                ])
            },
            success: Reply(
                "",
                .json(201, "{" + twilioSuccess),
                .accepted(providerID: "SM0123456789abcdef0123456789abcdef")
            ),
            successWithMore: .json(201, #"{"new_field":{"a":[1,null,2.5]},"# + twilioSuccess),
            replies: [
                Reply("a wrong login", twilioError(401, 20003), .unavailable(code: "20003")),
                Reply("a suspended account", twilioError(403, 20005), .unavailable(code: "20005")),
                Reply("too many requests", twilioError(429, 20429), .throttled(code: "20429", retryAfter: 1)),
                Reply(
                    "too many requests, with a wait",
                    twilioError(429, 20429, ["Retry-After: 7"]),
                    .throttled(code: "20429", retryAfter: 7)
                ),
                Reply("too many requests, without a body", .answer(429), .throttled(code: "429", retryAfter: 1)),
                Reply("an invalid number", twilioError(400, 21211), .rejected(code: "21211", suppress: .bounce)),
                Reply(
                    "a person who said stop",
                    twilioError(400, 21610),
                    .rejected(code: "21610", suppress: .providerOptOut)
                ),
                Reply("a text too long", twilioError(400, 21617), .rejected(code: "21617", suppress: nil)),
                Reply("maintenance", twilioError(503, 21730), .throttled(code: "21730", retryAfter: nil)),
                Reply("an internal error", twilioError(500, 20500), .outcomeUnknown(phase: .answer, detail: "20500")),
                Reply("an unknown refusal", twilioError(400, 21999), .rejected(code: "21999", suppress: nil)),
                Reply("a limit of the day", twilioError(429, 63038), .unavailable(code: "63038")),
            ] + more,
            holds: { Reading.form($0.body)["Body"] == $1 }
        )
    }

    static let twilioSMS = twilio(
        "twilio",
        kind: "sms",
        from: "+14155550100",
        prefix: "",
        more: [
            Reply("a full queue", twilioError(429, 21611), .throttled(code: "21611", retryAfter: 1)),
            Reply("a wrong sender", twilioError(400, 21606), .unavailable(code: "21606")),
            Reply("a landline", twilioError(400, 21614), .rejected(code: "21614", suppress: .bounce)),
        ]
    )

    static let twilioWhatsApp = twilio(
        "twilio-whatsapp",
        kind: "whatsapp",
        from: "+14155238886",
        prefix: "whatsapp:",
        more: [
            Reply("outside the window", twilioError(400, 63016), .rejected(code: "63016", suppress: nil)),
            Reply("blocked", twilioError(400, 63014), .rejected(code: "63014", suppress: .providerOptOut)),
            Reply("no such sender", twilioError(400, 63007), .unavailable(code: "63007")),
        ]
    )
}
