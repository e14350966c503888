import TestKit

@testable import Channels

extension ProviderScript {
    private static let postmarkToken = "0c1d2e3f-aaaa-bbbb-cccc-1234567890ab"

    private static func result(_ code: Int, _ message: String) -> HTTPFaultServer.Answer {
        .json(200, #"[{"ErrorCode":\#(code),"Message":"\#(message)"}]"#)
    }

    private static func refusal(_ status: Int, _ code: Int, _ headers: [String] = []) -> HTTPFaultServer.Answer {
        .json(status, #"{"ErrorCode":\#(code),"Message":"no"}"#, headers)
    }

    private static let accepted =
        #"[{"To":"ada0@example.com","SubmittedAt":"2026-11-21T10:00:00Z","MessageID":"0a129aee-e1cd","ErrorCode":0,"Message":"OK"}]"#

    static let postmark = ProviderScript(
        provider: "postmark",
        kind: "email",
        from: "Shop <shop@example.com>",
        settings: ["stream": "news", "tag": "spring", "reply_to": "help@example.com"],
        secret: postmarkToken,
        hidden: [postmarkToken],
        recipient: { "ada\($0)@example.com" },
        inspect: { request in
            let message = JSONValue(request.body)?[0]
            return Reading.first([
                (request.line == "POST /email/batch HTTP/1.1", request.line),
                (request.headers["x-postmark-server-token"] == postmarkToken, "token"),
                (message?["From"]?.string == "Shop <shop@example.com>", "From"),
                (message?["To"]?.string == "ada0@example.com", "To"),
                (message?["Subject"]?.string == "News", "Subject"),
                (message?["MessageStream"]?.string == "news", "MessageStream"),
                (message?["Tag"]?.string == "spring", "Tag"),
                (message?["ReplyTo"]?.string == "help@example.com", "ReplyTo"),
                (message?["TrackOpens"]?.bool == false, "TrackOpens"),
                (message?["Metadata"]?["delivery_id"]?.string == "ref0", "reference"),
            ])
        },
        success: Reply("", .json(200, accepted), .accepted(providerID: "0a129aee-e1cd")),
        successWithMore: .json(200, #"[{"New":[],"MessageID":"0a129aee-e1cd","ErrorCode":0,"Message":"OK"}]"#),
        replies: [
            Reply("an inactive recipient", result(406, "inactive"), .rejected(code: "406", suppress: .bounce)),
            Reply("a bad message", result(300, "Invalid 'To' address"), .rejected(code: "300", suppress: nil)),
            Reply("an unknown sender", result(400, "no signature"), .unavailable(code: "400")),
            Reply("a pending account", result(412, "pending"), .unavailable(code: "412")),
            Reply("a limit for one message", result(429, "slow"), .throttled(code: "429", retryAfter: 1)),
            Reply("a wrong token", refusal(401, 10), .unavailable(code: "401 10")),
            Reply("a request that is refused as a whole", refusal(422, 402), .unavailable(code: "422 402")),
            Reply("too many requests", refusal(429, 429, ["Retry-After: 7"]), .throttled(code: "429", retryAfter: 7)),
            Reply("an internal error", refusal(500, 0), .outcomeUnknown(phase: .answer, detail: "500")),
            Reply(
                "fewer results than messages", .json(200, "[]"),
                .outcomeUnknown(phase: .answer, detail: "malformed_answer")),
            Reply(
                "a result that says nothing", .json(200, "[{}]"),
                .outcomeUnknown(phase: .answer, detail: "malformed_answer")),
        ],
        holds: { request, text in JSONValue(request.body)?[0]?["TextBody"]?.string == text }
    )
}
