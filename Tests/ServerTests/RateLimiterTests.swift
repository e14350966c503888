import Testing

@testable import Server

@Suite struct RateLimiterTests {
    private let start = ContinuousClock.Instant.now

    @Test func `ten at once, and then one a second`() {
        let limiter = RateLimiter(10, per: 10)
        for _ in 0..<10 { #expect(limiter.delay(for: "a", now: start) == nil) }
        #expect(limiter.delay(for: "a", now: start) == 1)
        #expect(limiter.delay(for: "b", now: start) == nil, "somebody else's bucket is full")
        #expect(limiter.delay(for: "a", now: start + .seconds(1)) == nil)
        #expect(limiter.delay(for: "a", now: start + .seconds(1)) == 1)
        for _ in 0..<10 { #expect(limiter.delay(for: "a", now: start + .seconds(60)) == nil) }
        #expect(limiter.delay(for: "a", now: start + .seconds(60)) == 1)
    }

    @Test func `a flood of callers does not free the one who is limited`() {
        let limiter = RateLimiter(2, per: 60, most: 10)
        for _ in 0..<2 { #expect(limiter.delay(for: "a", now: start) == nil) }
        for number in 0..<100 { _ = limiter.delay(for: "c\(number)", now: start) }
        #expect(limiter.delay(for: "a", now: start) == 30)
    }
}
