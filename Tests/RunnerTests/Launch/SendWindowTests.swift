import Testing

@testable import Runner

@Suite("Messages in flight")
struct SendWindowTests {
    /// A channel and an engine that looks at it, second by second of a clock of their own.
    private struct Passage {
        var window = SendWindow()
        var now = 0.0
        /// When each message that is in flight was begun, and when it will be answered.
        var flying: [(began: Double, answered: Double)] = []

        /// - Parameter look: seconds that a look takes with so many messages in it.
        /// - Parameter answer: when a message that is begun now is answered.
        mutating func pass(
            seconds: Double, look: (Int) -> Double, answer: (_ now: Double, _ flying: Int) -> Double
        ) -> Int {
            var answered = 0
            let end = now + seconds
            while now < end {
                let came = flying.filter { $0.answered <= now }
                flying.removeAll { $0.answered <= now }
                for message in came { window.note(latency: now - message.began, now: now) }
                let begun = max(0, window.size(now: now) - flying.count)
                for _ in 0..<begun { flying.append((now, answer(now, flying.count))) }
                answered += came.count
                now += look(came.count + begun)
            }
            return answered
        }
    }

    /// A transaction costs a sync to disk, and each message a fifth of a millisecond.
    private static func turn(_ count: Int) -> Double { 0.004 + Double(count) * 0.0001 }

    @Test func `a channel that answers at once is given as many as make a transaction cheap`() {
        var passage = Passage()
        _ = passage.pass(seconds: 3, look: Self.turn) { now, _ in now }
        let answered = passage.pass(seconds: 1, look: Self.turn) { now, _ in now }
        let most = passage.window.size(now: passage.now)
        #expect(most >= SendWindow.mostPerLook && most < 1_000, "\(most)")
        // Eight at a time would be a thousand and a half.
        #expect(answered > 3_000, "\(answered)")
    }

    @Test func `a slow channel is given no more than it answers`() {
        var passage = Passage()
        var free = 0.0
        _ = passage.pass(seconds: 60, look: Self.turn) { now, _ in
            free = max(now, free) + 0.2
            return free
        }
        #expect(passage.window.size(now: passage.now) <= 2 * SendWindow.least, "\(passage.window)")
    }

    @Test func `a channel that answers late and side by side is given more and more`() {
        var passage = Passage()
        _ = passage.pass(seconds: 5, look: Self.turn) { now, _ in now + 0.1 }
        #expect(passage.window.size(now: passage.now) > 500, "\(passage.window)")
    }
}
