import Testing

@testable import Runner

@Suite struct FloodTests {
    @Test func `what grows twice in a row is a flood, what a stall left behind is none`() {
        var stall = Flood()
        for (second, waiting) in [600, 2_500, 1_900, 2_000, 900].enumerated() {
            stall.look(at: Int64(waiting), now: Double(second))
            #expect(stall.since == nil)
        }
        var flood = Flood()
        for (second, waiting) in [600, 2_500, 4_400, 3_000, 5_000].enumerated() {
            flood.look(at: Int64(waiting), now: Double(second))
            #expect(flood.since == (second < 2 ? nil : 2))
        }
        #expect(!flood.isLookDue(at: 4.5) && flood.isLookDue(at: 5))
    }
}
