/// How many messages are worth having in flight: what an abrupt end leaves in doubt. Twice as many as answers come in
/// the time that the quickest of them took: less would leave the channel waiting for us, and more only waits in it. A
/// channel that answers more when it is given more doubles from one look to the next, until it doesn't.
struct SendWindow {
    /// As few as this are always in flight.
    static let least = 8
    /// Seconds over which answers are counted, and after which a quick answer is forgotten.
    private static let span = 0.25
    private static let memory = 10.0

    private var counted = 0
    private var since: Double?
    /// Answers in a second, over the last span.
    private var rate = 0.0
    private var quickest = Double.infinity
    private var quickestAt = 0.0

    mutating func note(latency: Double, now: Double) {
        if latency <= quickest || now - quickestAt > Self.memory { (quickest, quickestAt) = (max(0, latency), now) }
        counted += 1
        let began = since ?? now
        since = began
        guard now - began >= Self.span else { return }
        rate = Double(counted) / (now - began)
        (counted, since) = (0, now)
    }

    func size(now: Double) -> Int {
        guard quickest.isFinite, rate > 0 else { return Self.least }
        let worth = 2 * rate * quickest
        return worth >= 1_000_000 ? 1_000_000 : max(Self.least, Int(worth.rounded(.up)))
    }
}
