import TestKit
import Testing

@testable import RuleEngine

@Suite("Dominators")
struct DominatorsTests {
    /// By the definition: without the dominator there is no way.
    private func reaches(_ successors: [[Int]], _ target: Int, without removed: Int?) -> Bool {
        guard removed != 0 else { return false }
        var seen: Set<Int> = []
        var open = [0]
        while let vertex = open.popLast() {
            if vertex == removed || !seen.insert(vertex).inserted { continue }
            if vertex == target { return true }
            open += successors[vertex]
        }
        return false
    }

    @Test func `they are what the definition says, on 500 random graphs`() {
        var random = SeededRandom(seed: 90)
        for _ in 0..<500 {
            let count = 2 + random.below(12)
            let successors = (0..<count).map { _ in (0..<random.below(4)).map { _ in random.below(count) } }
            let dominators = Dominators(successors: successors)
            for vertex in 0..<count {
                let isReached = reaches(successors, vertex, without: nil)
                #expect(dominators.reaches(vertex) == isReached)
                guard isReached else { continue }
                for other in 0..<count where other != vertex {
                    let isNeeded = !reaches(successors, vertex, without: other)
                    #expect(dominators.dominates(other, vertex) == isNeeded, "\(successors): \(other) over \(vertex)")
                }
            }
        }
    }
}
