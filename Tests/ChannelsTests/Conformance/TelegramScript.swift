import TestKit

@testable import Channels

extension ProviderScript {
    private static let token = "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"

    private static func error(_ code: Int, _ text: String, _ more: String = "", _ headers: [String] = [])
        -> HTTPFaultServer.Answer
    {
        .json(code, #"{"ok":false,"error_code":\#(code),"description":"\#(text)"\#(more)}"#, headers)
    }

    private static func result(_ more: String) -> HTTPFaultServer.Answer {
        .json(
            200,
            #"{"ok":true,\#(more)"result":{"message_id":5001,"chat":{"id":424242001,"type":"private"},"date":1767225600}}"#
        )
    }

    static let telegram = ProviderScript(
        provider: "telegram",
        kind: "telegram",
        secret: token,
        hidden: [token],
        recipient: { "42424200\($0 + 1)" },
        inspect: { request in
            let json = JSONValue(request.body)
            return Reading.first([
                (request.line == "POST /bot\(token)/sendMessage HTTP/1.1", request.line),
                (request.headers["content-type"] == "application/json", "content type"),
                (json?["chat_id"]?.whole == 424_242_001, "chat_id"),
                (json?["link_preview_options"]?["is_disabled"] == .flag(true), "preview"),
            ])
        },
        success: Reply("", result(""), .accepted(providerID: "424242001:5001")),
        successWithMore: result(#""new_field":{"a":[1,2]},"#),
        replies: [
            Reply(
                "too many requests",
                error(
                    429,
                    "Too Many Requests: retry after 35",
                    #","parameters":{"retry_after":35}"#,
                    ["Retry-After: 35"]
                ),
                .throttled(code: "429", retryAfter: 35)
            ),
            Reply(
                "too many requests, said in the header",
                error(429, "Too Many Requests", "", ["Retry-After: 5"]),
                .throttled(code: "429", retryAfter: 5)
            ),
            Reply(
                "too many requests, said in words",
                error(429, "Too Many Requests: retry after 9"),
                .throttled(code: "429", retryAfter: 9)
            ),
            Reply(
                "blocked",
                error(403, "Forbidden: bot was blocked by the user"),
                .rejected(code: "403 blocked", suppress: .providerOptOut)
            ),
            Reply(
                "never started",
                error(403, "Forbidden: bot can't initiate conversation with a user"),
                .rejected(code: "403 never_started", suppress: .providerOptOut)
            ),
            Reply(
                "nobody there",
                error(400, "Bad Request: chat not found"),
                .rejected(code: "400 no_such_chat", suppress: .bounce)
            ),
            Reply(
                "a group that moved",
                error(
                    400,
                    "Bad Request: group chat was upgraded",
                    #","parameters":{"migrate_to_chat_id":-1009876543210}"#
                ),
                .rejected(code: "400 chat_migrated", suppress: .bounce)
            ),
            Reply(
                "broken markup",
                error(400, "Bad Request: can't parse entities: Unsupported start tag"),
                .rejected(code: "400 markup", suppress: nil)
            ),
            Reply(
                "an unreachable picture",
                error(400, "Bad Request: failed to get HTTP URL content"),
                .throttled(code: "400 media_unreachable", retryAfter: nil)
            ),
            Reply("a revoked token", error(401, "Unauthorized"), .unavailable(code: "401")),
            Reply("an unknown method", error(404, "Not Found"), .unavailable(code: "404")),
            Reply(
                "two consumers",
                error(409, "Conflict: terminated by other getUpdates request"),
                .unavailable(code: "409")
            ),
            Reply(
                "an unknown refusal",
                error(400, "Bad Request: something new"),
                .rejected(code: "400", suppress: nil)
            ),
            Reply(
                "an internal error",
                error(500, "Internal Server Error"),
                .outcomeUnknown(phase: .answer, detail: "500")
            ),
        ],
        holds: { JSONValue($0.body)?["text"]?.string == $1 }
    )
}
