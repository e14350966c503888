extension ProgramGraph {
    /// The nodes that only a loop's body holds: what can be reached from it without passing the loop, and leads back.
    func nodes(inside loop: Int) -> Set<Int> {
        guard nodes.indices.contains(loop), case .loop(_, _, _, let body, _) = nodes[loop] else { return [] }
        var seen: Set<Int> = []
        var before: [Int: [Int]] = [:]
        var open = [body]
        while let index = open.popLast() {
            guard index != loop, nodes.indices.contains(index), seen.insert(index).inserted else { continue }
            for next in nodes[index].successors {
                before[next, default: []].append(index)
                open.append(next)
            }
        }
        var inside: Set<Int> = []
        open = before[loop] ?? []
        while let index = open.popLast() {
            if inside.insert(index).inserted { open += before[index] ?? [] }
        }
        return inside
    }
}
