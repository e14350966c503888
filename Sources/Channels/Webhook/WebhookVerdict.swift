import FoundationEssentials

/// What a receiver's answer means for the message.
enum WebhookVerdict {
    static func outcome(of report: HTTPReport, now: Int) -> SendOutcome {
        switch report.result {
        case .notSent(let code): .unavailable(code: code)
        case .lost(let phase, let detail): .outcomeUnknown(phase: phase, detail: detail)
        case .answered(let answer): outcome(of: answer, key: report.key, now: now)
        }
    }

    private static func outcome(of answer: HTTPAnswer, key: String, now: Int) -> SendOutcome {
        let retryAfter = answer.retryAfter.flatMap { HTTPRetryAfter.seconds($0, now: now) }
        switch answer.status {
        case 200..<300:
            return .accepted(providerID: providerID(answer) ?? key)
        case 300..<400:
            return .rejected(code: "\(answer.status) redirect", suppress: nil)
        case 429:
            return .throttled(code: "429", retryAfter: retryAfter ?? SendOutcome.unsaidWait)
        case 408, 425:
            return .throttled(code: "\(answer.status)", retryAfter: retryAfter)
        case 503 where retryAfter != nil:
            return .throttled(code: "503", retryAfter: retryAfter)
        case 410:
            // The receiver is gone for good: no message of any kind goes there until somebody has looked.
            return .unavailable(code: SendOutcome.gone)
        case 400..<500:
            return .rejected(code: "\(answer.status)", suppress: nil)
        default:
            // A server that failed, or a gateway that lost its server, may have taken the message before.
            return .outcomeUnknown(phase: .answer, detail: "\(answer.status)")
        }
    }

    private struct Named: Decodable {
        let id: String
    }

    /// The `id` of a small JSON answer, where it can stand in a report as it is.
    private static func providerID(_ answer: HTTPAnswer) -> String? {
        guard !answer.isCut, answer.body.count <= 4096, answer.body.contains(0x7B),
            let id = try? JSONDecoder().decode(Named.self, from: Data(answer.body)).id,
            (1...200).contains(id.utf8.count), !Array(id.utf8).holdsControl
        else {
            return nil
        }
        return id
    }
}
