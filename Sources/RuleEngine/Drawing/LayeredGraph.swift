/// Boxes in layers, so that every way leads down: the first two steps of Sugiyama's method, layering and ordering.
///
/// Boxes stand in the even layers. What an edge says stands in the odd ones, as a box of its own: so labels never lie on
/// each other or on a step, and long edges keep their own lane.
struct LayeredGraph {
    struct Edge {
        let from: Int
        let to: Int
        /// The size of what it says; zero where it says nothing.
        let label: Size
    }

    struct Size: Hashable {
        var width: Int
        var height: Int

        static let none = Size(width: 0, height: 0)
    }

    /// A place in a layer: a box, or a bend of an edge.
    struct Place {
        var size: Size
        var layer: Int
        /// The edge whose bend it is; nil for a box.
        let edge: Int?
        var above: [Int] = []
        var below: [Int] = []
    }

    /// Boxes first, by their number; then bends.
    private(set) var places: [Place]
    /// From left to right.
    private(set) var layers: [[Int]]
    /// The bends of each edge, from top to bottom.
    private(set) var bends: [[Int]]
    /// Edges that lead up again, drawn from their end to their beginning.
    private(set) var isReversed: [Bool]

    init(boxes: [Size], edges: [Edge]) {
        isReversed = Self.leadingUp(boxes.count, edges)
        let rank = Self.ranks(boxes.count, edges, isReversed)
        places = zip(boxes, rank).map { Place(size: $0, layer: 2 * $1, edge: nil) }
        bends = []
        for (index, edge) in edges.enumerated() {
            let (top, bottom) = isReversed[index] ? (edge.to, edge.from) : (edge.from, edge.to)
            var chain: [Int] = []
            var previous = top
            for layer in (places[top].layer + 1)..<max(places[top].layer + 2, places[bottom].layer) {
                let size = layer == places[top].layer + 1 ? edge.label : .none
                places.append(Place(size: size, layer: layer, edge: index))
                let place = places.count - 1
                Self.link(previous, place, &places)
                chain.append(place)
                previous = place
            }
            Self.link(previous, bottom, &places)
            bends.append(chain)
        }
        layers = [[Int]](repeating: [], count: (places.map(\.layer).max() ?? 0) + 1)
        for place in Self.walk(places) { layers[places[place].layer].append(place) }
        order()
    }

    private static func link(_ upper: Int, _ lower: Int, _ places: inout [Place]) {
        places[upper].below.append(lower)
        places[lower].above.append(upper)
    }

    // MARK: Layers

    /// Edges that a walk from the first box meets on its way back: without them there are no circles.
    private static func leadingUp(_ count: Int, _ edges: [Edge]) -> [Bool] {
        var leaving = [[Int]](repeating: [], count: count)
        for (index, edge) in edges.enumerated() { leaving[edge.from].append(index) }
        var reversed = [Bool](repeating: false, count: edges.count)
        // 0 not met, 1 on the way, 2 done.
        var state = [UInt8](repeating: 0, count: count)
        for start in 0..<count where state[start] == 0 {
            var open: [(node: Int, next: Int)] = [(start, 0)]
            state[start] = 1
            while let (node, next) = open.last {
                guard next < leaving[node].count else {
                    state[node] = 2
                    open.removeLast()
                    continue
                }
                open[open.count - 1].next += 1
                let edge = leaving[node][next]
                let target = edges[edge].to
                if state[target] == 1 {
                    reversed[edge] = true
                } else if state[target] == 0 {
                    state[target] = 1
                    open.append((target, 0))
                }
            }
        }
        return reversed
    }

    /// The longest way from the top: a box stands below everything that leads to it.
    private static func ranks(_ count: Int, _ edges: [Edge], _ isReversed: [Bool]) -> [Int] {
        var below = [[Int]](repeating: [], count: count)
        var waiting = [Int](repeating: 0, count: count)
        for (index, edge) in edges.enumerated() {
            let (top, bottom) = isReversed[index] ? (edge.to, edge.from) : (edge.from, edge.to)
            below[top].append(bottom)
            waiting[bottom] += 1
        }
        var rank = [Int](repeating: 0, count: count)
        var open = (0..<count).filter { waiting[$0] == 0 }
        while let box = open.popLast() {
            for next in below[box] {
                rank[next] = max(rank[next], rank[box] + 1)
                waiting[next] -= 1
                if waiting[next] == 0 { open.append(next) }
            }
        }
        return rank
    }

    /// In the order of a walk that goes down first: neighbours in the text come to stand side by side.
    private static func walk(_ places: [Place]) -> [Int] {
        var order: [Int] = []
        var seen = [Bool](repeating: false, count: places.count)
        for start in places.indices where places[start].above.isEmpty {
            var open = [start]
            while let place = open.popLast() {
                if seen[place] { continue }
                seen[place] = true
                order.append(place)
                open += places[place].below.reversed()
            }
        }
        return order
    }

    // MARK: Order

    /// Every place goes where its neighbours stand on average, layer by layer, down and up; the best order seen stays.
    private mutating func order() {
        var best = layers
        var fewest = crossings()
        for round in 0..<12 where fewest > 0 {
            let isDown = round % 2 == 0
            for layer in isDown ? Array(layers.indices) : layers.indices.reversed() {
                let other = isDown ? layer - 1 : layer + 1
                guard layers.indices.contains(other) else { continue }
                var position = [Int](repeating: 0, count: places.count)
                for (index, place) in layers[other].enumerated() { position[place] = index }
                let ranked = layers[layer].enumerated().map { index, place in
                    let neighbours = isDown ? places[place].above : places[place].below
                    // Compared as sum over count; a place without neighbours stays where it is.
                    let sum = neighbours.reduce(0) { $0 + position[$1] }
                    let key = neighbours.isEmpty ? Double(index) : Double(sum) / Double(neighbours.count)
                    return (key: key, index: index, place: place)
                }
                layers[layer] = ranked.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.place)
            }
            let count = crossings()
            if count < fewest {
                fewest = count
                best = layers
            }
        }
        layers = best
    }

    private func crossings() -> Int {
        var count = 0
        for layer in layers.indices.dropFirst() {
            var position = [Int: Int]()
            for (index, place) in layers[layer - 1].enumerated() { position[place] = index }
            var ends: [Int] = []
            for place in layers[layer] {
                let above = places[place].above.compactMap { position[$0] }.sorted()
                for end in above { for other in ends where other > end { count += 1 } }
                ends += above
            }
        }
        return count
    }
}
