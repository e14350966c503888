/// Which vertices every way from the first one to a vertex passes: the tree of immediate dominators, found by going
/// over the vertices in reverse postorder until nothing changes (Cooper, Harvey and Kennedy, 2001).
struct Dominators {
    /// Nil for the first vertex, and for those that nobody comes to.
    let immediate: [Int?]
    private let isReached: [Bool]

    /// - Parameter successors: the first vertex is 0.
    init(successors: [[Int]]) {
        let count = successors.count
        var order: [Int] = []
        var number = Array(repeating: -1, count: count)
        var seen = Array(repeating: false, count: count)
        var stack: [(vertex: Int, next: Int)] = count > 0 ? [(0, 0)] : []
        if count > 0 { seen[0] = true }
        while let top = stack.last {
            if top.next < successors[top.vertex].count {
                stack[stack.count - 1].next += 1
                let next = successors[top.vertex][top.next]
                if !seen[next] {
                    seen[next] = true
                    stack.append((next, 0))
                }
            } else {
                number[top.vertex] = order.count
                order.append(top.vertex)
                stack.removeLast()
            }
        }
        var predecessors = Array(repeating: [Int](), count: count)
        for vertex in order { for next in successors[vertex] { predecessors[next].append(vertex) } }
        var found = Array(repeating: -1, count: count)
        if count > 0 { found[0] = 0 }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for vertex in order.reversed() where vertex != 0 {
                var best = -1
                for other in predecessors[vertex] where found[other] >= 0 {
                    best = best < 0 ? other : Self.common(best, other, found, number)
                }
                if best != found[vertex] {
                    found[vertex] = best
                    hasChanged = true
                }
            }
        }
        immediate = found.enumerated().map { $0.offset == 0 || $0.element < 0 ? nil : $0.element }
        isReached = seen
    }

    private static func common(_ left: Int, _ right: Int, _ found: [Int], _ number: [Int]) -> Int {
        var left = left
        var right = right
        while left != right {
            while number[left] < number[right] { left = found[left] }
            while number[right] < number[left] { right = found[right] }
        }
        return left
    }

    func reaches(_ vertex: Int) -> Bool { isReached[vertex] }

    /// The dominators of a vertex without itself, nearest first.
    func above(_ vertex: Int) -> [Int] {
        var chain: [Int] = []
        var next = immediate[vertex]
        while let dominator = next {
            chain.append(dominator)
            next = immediate[dominator]
        }
        return chain
    }

    func dominates(_ dominator: Int, _ vertex: Int) -> Bool {
        dominator == vertex || above(vertex).contains(dominator)
    }
}
