/// Groups in which every vertex can be reached from every other (Tarjan's algorithm, without recursion: chains of
/// programs may be long).
enum StrongComponents {
    static func of<Vertex: Hashable>(_ roots: [Vertex], _ targets: (Vertex) -> [Vertex]) -> [[Vertex]] {
        var numbers: [Vertex: Int] = [:]
        var lows: [Vertex: Int] = [:]
        var isOpen: Set<Vertex> = []
        var path: [Vertex] = []
        var components: [[Vertex]] = []
        var stack: [(vertex: Vertex, targets: [Vertex], next: Int)] = []
        func enter(_ vertex: Vertex) {
            numbers[vertex] = numbers.count
            lows[vertex] = numbers[vertex]
            isOpen.insert(vertex)
            path.append(vertex)
            stack.append((vertex, targets(vertex), 0))
        }
        for root in roots where numbers[root] == nil {
            enter(root)
            while let (vertex, ahead, next) = stack.last {
                if next < ahead.count {
                    stack[stack.count - 1].next += 1
                    let target = ahead[next]
                    if numbers[target] == nil {
                        enter(target)
                    } else if isOpen.contains(target) {
                        lows[vertex] = min(lows[vertex] ?? 0, numbers[target] ?? 0)
                    }
                    continue
                }
                stack.removeLast()
                if let parent = stack.last?.vertex {
                    lows[parent] = min(lows[parent] ?? 0, lows[vertex] ?? 0)
                }
                guard lows[vertex] == numbers[vertex] else { continue }
                var component: [Vertex] = []
                while let last = path.popLast() {
                    isOpen.remove(last)
                    component.append(last)
                    if last == vertex { break }
                }
                components.append(component)
            }
        }
        return components
    }
}
