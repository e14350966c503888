import TestKit

@testable import Channels

extension ProviderScript {
    private static let token = "EAAGmetaTokenOfTheTest0123456789"

    private static func error(_ status: Int, _ code: Int, _ subcode: Int? = nil, _ headers: [String] = [])
        -> HTTPFaultServer.Answer
    {
        let more = subcode.map { #","error_subcode":\#($0)"# } ?? ""
        return .json(
            status,
            #"{"error":{"message":"(#\#(code)) no","type":"OAuthException","code":\#(code)\#(more),"fbtrace_id":"A"}}"#,
            headers
        )
    }

    private static let usage =
        #"X-Business-Use-Case-Usage: {"102":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":7}]}"#

    private static func sent(_ more: String) -> HTTPFaultServer.Answer {
        .json(
            200,
            #"{"messaging_product":"whatsapp",\#(more)"contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"wamid.HBgL","message_status":"accepted"}]}"#
        )
    }

    static let whatsAppCloud = ProviderScript(
        provider: "whatsapp-cloud",
        kind: "whatsapp",
        settings: ["phone_number_id": "106540352242922"],
        secret: #"{"access_token":"\#(token)","app_secret":"appappappapp","verify_token":"v"}"#,
        hidden: [token, "appappappapp"],
        recipient: { "+4915112345\(100 + $0)" },
        inspect: { request in
            let json = JSONValue(request.body)
            return Reading.first([
                (request.line == "POST /v23.0/106540352242922/messages HTTP/1.1", request.line),
                (request.headers["authorization"] == "Bearer " + token, "token"),
                (json?["messaging_product"]?.string == "whatsapp", "product"),
                (json?["to"]?.string == "4915112345100", "to"), (json?["type"]?.string == "text", "type"),
                (json?["biz_opaque_callback_data"]?.string == "ref0", "reference"),
            ])
        },
        success: Reply("", sent(""), .accepted(providerID: "wamid.HBgL")),
        successWithMore: sent(#""new_field":{"a":[true,null]},"#),
        replies: [
            Reply("an expired token", error(401, 190), .unavailable(code: "190")),
            Reply("the app's limit", error(400, 4), .throttled(code: "4", retryAfter: 1)),
            Reply(
                "a limit with minutes in the header",
                error(400, 80007, nil, [usage]),
                .throttled(code: "80007", retryAfter: 420)
            ),
            Reply(
                "a limit with a broken header",
                error(400, 80007, nil, ["X-Business-Use-Case-Usage: {\"a\":"]),
                .throttled(code: "80007", retryAfter: 1)
            ),
            Reply("the number's limit", error(400, 130429), .throttled(code: "130429", retryAfter: 1)),
            Reply("the pair's limit", error(400, 131056, nil, [usage]), .throttled(code: "131056", retryAfter: nil)),
            Reply("outside the window", error(400, 131047), .rejected(code: "131047", suppress: nil)),
            Reply("stopped marketing", error(400, 131050), .rejected(code: "131050", suppress: .providerOptOut)),
            Reply("a template that is missing", error(404, 132001), .unavailable(code: "132001")),
            Reply("a wrong number of values", error(400, 132000), .rejected(code: "132000", suppress: nil)),
            Reply("a locked account", error(403, 131031), .unavailable(code: "131031")),
            Reply("unavailable", error(503, 131016), .throttled(code: "131016", retryAfter: nil)),
            Reply("something wrong", error(500, 131000), .outcomeUnknown(phase: .answer, detail: "131000")),
            Reply("an unknown code", error(400, 999_999), .rejected(code: "999999", suppress: nil)),
            Reply(
                "an unknown code of a broken server",
                error(500, 999_999),
                .outcomeUnknown(phase: .answer, detail: "999999")
            ),
        ],
        holds: { JSONValue($0.body)?["text"]?["body"]?.string == $1 }
    )

    private static func sendAPI(_ provider: String, settings: [String: String], line: String, more: [Reply]) -> Self {
        ProviderScript(
            provider: provider,
            kind: provider,
            settings: settings,
            secret: token,
            hidden: [token],
            recipient: { "2474521634513710\($0)" },
            inspect: { request in
                let json = JSONValue(request.body)
                return Reading.first([
                    (request.line == line, request.line),
                    (request.headers["authorization"] == "Bearer " + token, "token"),
                    (json?["recipient"]?["id"]?.string == "24745216345137100", "recipient"),
                    ((json?["messaging_type"]?.string == "UPDATE") == (provider == "messenger"), "messaging_type"),
                ])
            },
            success: Reply(
                "",
                .json(200, #"{"recipient_id":"2474","message_id":"m_AG5Hz2U"}"#),
                .accepted(providerID: "m_AG5Hz2U")
            ),
            successWithMore: .json(200, #"{"a":[{}],"recipient_id":"2474","message_id":"m_AG5Hz2U"}"#),
            replies: [
                Reply("an expired token", error(400, 190, 463), .unavailable(code: "190/463")),
                Reply("blocked", error(400, 551, 1_545_041), .rejected(code: "551/1545041", suppress: .providerOptOut)),
                Reply(
                    "blocked, under another code",
                    error(400, 200, 1_545_041),
                    .rejected(code: "200/1545041", suppress: .providerOptOut)
                ),
                Reply("no permission", error(403, 200), .unavailable(code: "200")),
                Reply("a limit", error(400, 613), .throttled(code: "613", retryAfter: 1)),
                Reply("a limit with a wait", error(400, 613, nil, [usage]), .throttled(code: "613", retryAfter: 420)),
                Reply("a wrong parameter", error(400, 100), .rejected(code: "100", suppress: nil)),
                Reply("temporary", error(500, 2), .outcomeUnknown(phase: .answer, detail: "2")),
            ] + more,
            holds: { JSONValue($0.body)?["message"]?["text"]?.string == $1 }
        )
    }

    static let messenger = sendAPI(
        "messenger",
        settings: ["page_id": "1234567890"],
        line: "POST /v25.0/1234567890/messages HTTP/1.1",
        more: [
            Reply("outside the window", error(400, 10, 2_018_278), .rejected(code: "10/2018278", suppress: nil)),
            Reply("nobody there", error(400, 100, 2_018_001), .rejected(code: "100/2018001", suppress: .bounce)),
        ]
    )

    static let instagram = sendAPI(
        "instagram",
        settings: ["ig_id": "17841400000000", "login": "instagram"],
        line: "POST /v25.0/17841400000000/messages HTTP/1.1",
        more: [
            Reply("outside the window", error(400, 10, 2_534_022), .rejected(code: "10/2534022", suppress: nil)),
            Reply("nobody there", error(400, 100, 2_534_014), .rejected(code: "100/2534014", suppress: .bounce)),
        ]
    )
}
