import Channels

/// A circuit breaker for one account. Failures in a row open it: nothing is begun then until a pause is over, and then
/// one message alone tries whether the account works again. What had no answer counts as a failure here, although
/// nobody knows what became of it: a server that no longer answers would leave more and more messages in doubt.
struct ChannelHealth {
    enum Phase: Sendable, Equatable {
        case works
        /// Nothing is to be begun.
        case down
        /// One message may try.
        case trial
    }

    private let patience: Double
    private var blockedUntil: Double = 0
    private var failures = 0
    private var failingSince: Double?
    private(set) var lastCode = ""
    private var unknownInARow = 0
    /// Without a usable answer between them.
    private(set) var failuresInARow = 0
    private var openUntil: Double?
    private var pauses = 0
    /// So many sends without an answer are no accident: going on would only make more uncertain rows.
    private static let mostUnknown = 100
    /// Fewer may be bad luck with a few recipients.
    static let opensAfter = 5
    private static let firstPause = 5.0
    private static let longestPause = 60.0
    private static let day = 86_400.0

    /// - Parameter patience: seconds without a usable answer after which it is time to give up.
    init(patience: Double) {
        self.patience = patience
    }

    /// An account that another process has found down: it is tried at the end of the pause that is under way.
    mutating func resume(failures: Int, code: String, seconds: Double, now: Double) {
        failuresInARow = max(Self.opensAfter, failures)
        lastCode = code
        failingSince = now
        openUntil = now + min(max(0, seconds), code == SendOutcome.gone ? Self.day : Self.longestPause)
        pauses = 1
    }

    mutating func note(_ outcome: SendOutcome, now: Double, random: () -> Double) {
        switch outcome {
        case .accepted, .rejected:
            failures = 0
            failingSince = nil
            unknownInARow = 0
            close()
        case .throttled(_, let retryAfter):
            // The server answers, so it is there. Only a stated wait concerns the whole account; without one, each
            // recipient backs off alone.
            failingSince = nil
            close()
            if let retryAfter { blockedUntil = max(blockedUntil, now + retryAfter) }
        case .unavailable(let code):
            if failingSince == nil { failingSince = now }
            fail(code, now: now, random: random)
            // A whole window fails at once when a server goes down; that is one failure.
            guard now >= blockedUntil else { return }
            failures += 1
            let backoff = min(0.25 * Double(1 << min(failures, 7)), 15)
            blockedUntil = now + backoff * (0.5 + random())
        case .outcomeUnknown(let phase, let detail):
            unknownInARow += 1
            fail(detail.isEmpty ? phase.rawValue : detail, now: now, random: random)
        }
    }

    private mutating func fail(_ code: String, now: Double, random: () -> Double) {
        lastCode = code
        failuresInARow += 1
        if code == SendOutcome.gone {
            failingSince = failingSince ?? now
            openUntil = now + Self.day
            return
        }
        guard failuresInARow >= Self.opensAfter else { return }
        // Messages in doubt are no reason to stop for good; an account that stays down is.
        if failingSince == nil { failingSince = now }
        // What was on its way when it opened says nothing new.
        if let openUntil, now < openUntil { return }
        pauses += 1
        let pause = min(Self.firstPause * Double(1 << min(pauses - 1, 6)), Self.longestPause)
        openUntil = now + pause * (0.75 + random() / 2)
    }

    private mutating func close() {
        failuresInARow = 0
        openUntil = nil
        pauses = 0
    }

    func phase(now: Double) -> Phase {
        guard let openUntil else { return .works }
        return now < openUntil ? .down : .trial
    }

    /// Seconds until nothing holds the account back.
    func blockedFor(now: Double) -> Double {
        max(0, max(blockedUntil, openUntil ?? 0) - now)
    }

    /// How many sends may be begun at once.
    var probeLimit: Int {
        if openUntil != nil { return 1 }
        return failingSince == nil ? .max : 4
    }

    /// How many may be begun beside those that are on their way: while one tries, nothing follows it.
    func mayBegin(inFlight: Int) -> Int {
        openUntil == nil ? probeLimit : max(0, 1 - inFlight)
    }

    func givingUp(now: Double) -> String? {
        if unknownInARow >= Self.mostUnknown { return "\(unknownInARow) sends in a row got no answer" }
        guard let failingSince, now - failingSince > patience else { return nil }
        return "the channel can't be used: \(lastCode)"
    }
}
