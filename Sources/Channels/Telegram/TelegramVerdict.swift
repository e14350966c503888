/// What the Bot API's answer means. Its texts are not contractual: where none is known, the code decides.
enum TelegramVerdict {
    static func outcome(of answer: HTTPAnswer, now: Int) -> SendOutcome {
        let json = answer.json
        if (200..<300).contains(answer.status) {
            guard json?["ok"] == .flag(true), let chat = json?["result"]?["chat"]?["id"]?.whole,
                let message = json?["result"]?["message_id"]?.whole
            else { return answer.fault(now: now) }
            return .accepted(providerID: "\(chat):\(message)")
        }
        guard let json, json["ok"] == .flag(false), let code = json["error_code"]?.whole else {
            return answer.fault(now: now)
        }
        let description = json["description"]?.string?.lowercased() ?? ""
        if code == 429 {
            let wait = wait(answer, json, description, now: now) ?? SendOutcome.unsaidWait
            return .throttled(code: "429", retryAfter: wait)
        }
        if json["parameters"]?["migrate_to_chat_id"]?.whole != nil {
            return .rejected(code: "\(code) chat_migrated", suppress: .bounce)
        }
        for row in rows where row.code == code && row.words.contains(where: description.contains) {
            return row.fault.outcome("\(code) \(row.name)")
        }
        return fault(of: code).outcome("\(code)")
    }

    private static func fault(of code: Int) -> ProviderFault {
        switch code {
        case 403: .optedOut
        case 401, 404, 406, 409: .account
        default: ProviderFault.of(status: code)
        }
    }

    /// In the parameters, in the header, or in the text.
    private static func wait(_ answer: HTTPAnswer, _ json: JSONValue, _ text: String, now: Int) -> Double? {
        if let seconds = json["parameters"]?["retry_after"]?.whole, seconds >= 0 {
            return min(Double(seconds), HTTPRetryAfter.longest)
        }
        if let seconds = answer.retryAfter(now: now) { return seconds }
        guard let digits = text.split(separator: " ").last, let seconds = Int(digits), seconds >= 0 else { return nil }
        return min(Double(seconds), HTTPRetryAfter.longest)
    }

    private struct Row {
        let code: Int
        let words: [String]
        let name: String
        let fault: ProviderFault
    }

    private static let rows: [Row] = [
        Row(
            code: 400,
            words: ["chat not found", "peer_id_invalid", "chat_id is empty", "user not found"],
            name: "no_such_chat",
            fault: .badAddress
        ),
        Row(
            code: 400,
            words: ["failed to get http url content", "temporarily unavailable"],
            name: "media_unreachable",
            fault: .tryLater
        ),
        Row(
            code: 400,
            words: ["not enough rights", "chat_write_forbidden", "chat_restricted", "topic_closed"],
            name: "no_rights_in_chat",
            fault: .optedOut
        ),
        Row(code: 400, words: ["can't parse entities"], name: "markup", fault: .rejected),
        Row(code: 400, words: ["too long"], name: "too_long", fault: .rejected),
        Row(code: 400, words: ["button_", "reply markup", "inline keyboard"], name: "buttons", fault: .rejected),
        Row(code: 400, words: ["file", "url"], name: "media", fault: .rejected),
        Row(code: 403, words: ["blocked by the user"], name: "blocked", fault: .optedOut),
        Row(code: 403, words: ["deactivated"], name: "deactivated", fault: .badAddress),
        Row(code: 403, words: ["can't initiate conversation"], name: "never_started", fault: .optedOut),
        Row(code: 403, words: ["kicked", "not a member", "deleted"], name: "not_in_chat", fault: .optedOut),
    ]
}
