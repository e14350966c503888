import Channels

/// A circuit breaker for one account: while it can't be reached, a few sends probe it and the rest wait.
struct ChannelHealth {
    private let patience: Double
    private var blockedUntil: Double = 0
    private var failures = 0
    private var failingSince: Double?
    private var lastCode = ""
    private var unknownInARow = 0
    /// So many sends without an answer are no accident: going on would only make more uncertain rows.
    private static let mostUnknown = 100

    /// - Parameter patience: seconds without a usable answer after which it is time to give up.
    init(patience: Double) {
        self.patience = patience
    }

    mutating func note(_ outcome: SendOutcome, now: Double, random: () -> Double) {
        switch outcome {
        case .accepted, .rejected:
            failures = 0
            failingSince = nil
            unknownInARow = 0
        case .throttled(_, let retryAfter):
            // The server answers, so it is there. Only a stated wait concerns the whole account; without one, each
            // recipient backs off alone.
            failingSince = nil
            if let retryAfter { blockedUntil = max(blockedUntil, now + retryAfter) }
        case .unavailable(let code):
            lastCode = code
            if failingSince == nil { failingSince = now }
            // A whole window fails at once when a server goes down; that is one failure.
            guard now >= blockedUntil else { return }
            failures += 1
            let backoff = min(0.25 * Double(1 << min(failures, 7)), 15)
            blockedUntil = now + backoff * (0.5 + random())
        case .outcomeUnknown:
            unknownInARow += 1
        }
    }

    func blockedFor(now: Double) -> Double {
        max(0, blockedUntil - now)
    }

    /// How many sends may be begun at once.
    var probeLimit: Int {
        failingSince == nil ? .max : 4
    }

    func givingUp(now: Double) -> String? {
        if unknownInARow >= Self.mostUnknown { return "\(unknownInARow) sends in a row got no answer" }
        guard let failingSince, now - failingSince > patience else { return nil }
        return "the channel can't be used: \(lastCode)"
    }
}
