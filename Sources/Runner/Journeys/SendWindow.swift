/// How many messages are worth having in flight: what an abrupt end leaves in doubt. Twice as many as answers come in
/// the time that the quickest of them took: less would leave the channel waiting for us, and more only waits in it. A
/// channel that answers more when it is given more doubles from one look to the next, until it doesn't.
///
/// Where all that was given is answered by the next look, the channel waits for us whatever it is given: each look is a
/// transaction, and as many messages belong into one as make its own cost small.
struct SendWindow {
    /// As few as this are always in flight.
    static let least = 8
    /// No more than this because of the looks alone.
    static let mostPerLook = 128
    /// Seconds over which answers are counted.
    private static let span = 0.25
    /// Seconds after which it is found out anew how quick an answer can be.
    private static let memory = 10.0

    private var counted = 0
    private var looks = 0
    private var since: Double?
    private var lookedAt: Double?
    /// Answers in a second, over the last span.
    private var rate = 0.0
    /// Answers that were there at a look, over the last span.
    private var perLook = 0.0
    private var quickest = Double.infinity
    private var quickestAt = 0.0
    /// Since when the least is in flight, to find out: with more, messages may have waited for each other in the channel.
    private var leastSince: Double?

    /// - Parameter now: the time of the look at which it was there: the same for all that were.
    mutating func note(latency: Double, now: Double) {
        defer { lookedAt = now }
        if let start = leastSince {
            guard now - latency >= start else { return }
            (quickest, quickestAt, leastSince) = (latency, now, nil)
            (counted, looks, since) = (0, 0, nil)
        } else if latency <= quickest {
            (quickest, quickestAt) = (max(0, latency), now)
        } else if now - quickestAt > Self.memory {
            leastSince = now
            return
        }
        count(at: now)
    }

    private mutating func count(at now: Double) {
        let began = since ?? now
        since = began
        if now - began >= Self.span, lookedAt != now {
            rate = Double(counted) / (now - began)
            perLook = Double(counted) / Double(max(1, looks))
            (counted, looks, since) = (0, 0, now)
        }
        counted += 1
        if lookedAt != now || looks == 0 { looks += 1 }
    }

    func size(now: Double) -> Int {
        guard quickest.isFinite, rate > 0, leastSince == nil else { return Self.least }
        let looked = min(Double(Self.mostPerLook), 2 * perLook)
        let worth = max(2 * rate * quickest, looked)
        return worth >= 1_000_000 ? 1_000_000 : max(Self.least, Int(worth.rounded(.up)))
    }
}
