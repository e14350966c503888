import Testing

@testable import Runner

/// An account whose limit nobody has told us, as a bucket that the provider keeps.
struct LearnedPaceTests {
    private struct Account {
        var limit: Double
        var left: Double
        var at = 0.0

        mutating func takes(now: Double) -> Bool {
            left = min(limit, left + (now - at) * limit)
            at = now
            guard left >= 1 else { return false }
            left -= 1
            return true
        }
    }

    /// Sends for some seconds whatever the pace allows, in steps of ten milliseconds, and waits as asked.
    private func live(
        _ pace: inout LearnedPace, _ account: inout Account, from start: Double, seconds: Int
    ) -> (accepted: Int, refused: Int) {
        var (accepted, refused) = (0, 0)
        var blockedUntil = start
        for step in 0..<(seconds * 100) {
            let now = start + Double(step) / 100
            guard now >= blockedUntil else { continue }
            for _ in 0..<min(50, pace.available(now: now)) {
                pace.take(1, now: now)
                if account.takes(now: now) {
                    accepted += 1
                    pace.accept(now: now)
                } else {
                    refused += 1
                    pace.refuse(now: now, wait: 1)
                    blockedUntil = now + 1
                }
            }
        }
        return (accepted, refused)
    }

    @Test(arguments: [(5.0, 0.85), (30, 0.95), (400, 0.95)])
    func `most of a limit that nobody told is used, and hardly anybody is refused`(limit: Double, share: Double) {
        var pace = LearnedPace()
        var account = Account(limit: limit, left: limit)
        _ = live(&pace, &account, from: 0, seconds: 3)
        let (accepted, refused) = live(&pace, &account, from: 3, seconds: 60)
        #expect(Double(accepted) > share * limit * 60)
        #expect(Double(refused) < max(10, 0.02 * limit * 60))
    }

    @Test func `a limit that is raised is found, and one that is lowered too`() {
        var pace = LearnedPace()
        var account = Account(limit: 20, left: 20)
        _ = live(&pace, &account, from: 0, seconds: 30)
        account.limit = 60
        _ = live(&pace, &account, from: 30, seconds: 90)
        #expect(live(&pace, &account, from: 120, seconds: 30).accepted > 60 * 27)
        account.limit = 5
        _ = live(&pace, &account, from: 150, seconds: 20)
        #expect(live(&pace, &account, from: 170, seconds: 60).accepted > 270)
    }

    @Test func `without a refusal nothing is held back`() {
        var pace = LearnedPace()
        for _ in 0..<100 { pace.accept(now: 1) }
        #expect(pace.available(now: 1) == .max)
        #expect(pace.delay(now: 1) == 0)
    }

    @Test func `whoever is refused at once goes on slowly, and not never`() {
        var pace = LearnedPace()
        pace.refuse(now: 0, wait: 1)
        #expect(pace.available(now: 0) == 0)
        #expect(pace.delay(now: 0) == 2)
        #expect(pace.available(now: 2.1) == 1)
    }
}
