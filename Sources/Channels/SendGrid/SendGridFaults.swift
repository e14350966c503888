/// What SendGrid's errors mean. They concern the request as a whole: nothing of it was accepted.
enum SendGridFaults {
    static func verdict(
        _ answer: HTTPAnswer,
        _ errors: [JSONValue],
        _ first: JSONValue,
        batch: Int,
        now: Int
    ) -> HTTPVerdict {
        let message = first["message"]?.string?.lowercased() ?? ""
        switch answer.status {
        case 400:
            let named = places(errors, batch: batch)
            if !named.isEmpty { return .without(named) }
            if let field = first["field"]?.string, isShared(field) {
                return .all(.unavailable(code: "400 \(field.prefix { $0 != "." })"))
            }
            return .bisect(.rejected(code: "400", suppress: nil))
        case 401:
            // The quota comes back some day; nobody's message is lost if the launch stops until then.
            return .all(.unavailable(code: message.contains("credits exceeded") ? "401 quota" : "401"))
        case 413:
            return .bisect(.rejected(code: "413", suppress: nil))
        case 429:
            let reset = answer.headers["x-ratelimit-reset"].flatMap { Int($0) }
            let wait = reset.map { min(HTTPRetryAfter.longest, max(0, Double($0 - now))) }
            let retryAfter = wait ?? answer.retryAfter(now: now) ?? SendOutcome.unsaidWait
            return .all(.throttled(code: "429", retryAfter: retryAfter))
        default:
            return .all(answer.fault(now: now))
        }
    }

    /// The recipients that the errors name, as `personalizations.3.to.0.email`.
    private static func places(_ errors: [JSONValue], batch: Int) -> [Int: SendOutcome] {
        var places: [Int: SendOutcome] = [:]
        for error in errors {
            let parts = (error["field"]?.string ?? "").split(separator: ".")
            guard parts.count >= 3, parts[0] == "personalizations", let place = Int(parts[1]), place >= 0, place < batch
            else { continue }
            places[place] = .rejected(
                code: "400 \(parts[2] == "to" ? "to" : "field")",
                suppress: parts[2] == "to" ? .bounce : nil
            )
        }
        return places
    }

    /// Fields that are the same for all, so that no recipient is at fault.
    private static func isShared(_ field: String) -> Bool {
        ["from", "reply_to", "subject", "categories", "tracking_settings", "mail_settings"]
            .contains { field == $0 || field.hasPrefix($0 + ".") }
    }
}
