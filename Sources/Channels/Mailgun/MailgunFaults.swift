/// What Mailgun's errors mean. They concern the request as a whole: nothing of it was accepted.
enum MailgunFaults {
    static func verdict(_ answer: HTTPAnswer, _ message: String, now: Int) -> HTTPVerdict {
        let text = message.lowercased()
        switch answer.status {
        case 400:
            if text.contains("to parameter is not a valid address") {
                return .bisect(.rejected(code: "400 to", suppress: .bounce))
            }
            if text.contains("too many recipients") { return .bisect(.unavailable(code: "400 too_many_recipients")) }
            if text.contains("not allowed to send") { return .all(.unavailable(code: "400 domain")) }
            if text.contains("from parameter") { return .all(.unavailable(code: "400 from")) }
            return .bisect(.rejected(code: "400", suppress: nil))
        case 403 where text.contains("large batches"):
            return .bisect(.unavailable(code: "403 batch"))
        case 413:
            return .bisect(.rejected(code: "413", suppress: nil))
        case 429:
            let wait = wait(message, now: now) ?? answer.retryAfter(now: now) ?? SendOutcome.unsaidWait
            return .all(.throttled(code: "429", retryAfter: wait))
        default:
            return .all(answer.fault(now: now))
        }
    }

    /// The time stands in the text: `…, try again after Mon, 20 Dec 2021 20:33:21 UTC`.
    private static func wait(_ message: String, now: Int) -> Double? {
        let mark = Array("try again after ".utf8)
        let bytes = Array(message.utf8.prefix(512))
        guard bytes.count > mark.count,
            let at = (0...(bytes.count - mark.count)).first(where: { bytes[$0...].starts(with: mark) })
        else { return nil }
        return HTTPRetryAfter.seconds(Array(bytes[(at + mark.count)...]).text, now: now)
    }
}
