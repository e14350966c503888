/// Where everything in the layers stands: the last step of Sugiyama's method.
///
/// Each layer in turn is moved as near to its neighbours' middle as the gaps allow. Within a layer that is a least-squares
/// problem with fixed distances, which pooling neighbours that would overlap solves exactly. All in whole numbers of a
/// quarter unit, so that two runs agree.
struct LayerPlacement {
    /// The left edge of each place.
    private(set) var left: [Int]
    /// The top edge of each layer.
    private(set) var top: [Int]
    let height: Int
    let width: Int

    private static let gap = 28
    private static let laneGap = 18
    private static let layerGap = 16

    init(_ graph: LayeredGraph) {
        let places = graph.places
        var middle = [Double](repeating: 0, count: places.count)
        func distance(_ first: Int, _ second: Int) -> Double {
            let isLane = places[first].edge != nil || places[second].edge != nil
            return Double(places[first].size.width + places[second].size.width) / 2
                + Double(isLane ? Self.laneGap : Self.gap)
        }
        for layer in graph.layers {
            var x = 0.0
            for (index, place) in layer.enumerated() {
                if index > 0 { x += distance(layer[index - 1], place) }
                middle[place] = x
            }
        }
        // Bends pull at each other hardest: a long way is to be straight before it is short.
        func pull(_ first: Int, _ second: Int) -> Double {
            switch (places[first].edge != nil, places[second].edge != nil) {
            case (true, true): 8
            case (true, false), (false, true): 2
            case (false, false): 1
            }
        }
        // What a long lane needs to become straight grows with its square; a large drawing gets what time allows.
        for round in 0..<max(24, min(240, 600_000 / max(1, places.count))) {
            // Down and up for the rough shape; then to both sides, until it has settled.
            let both = round >= 12
            let down = round % 2 == 0
            for layer in down ? graph.layers : graph.layers.reversed() {
                let wanted = layer.map { place -> (target: Double, weight: Double) in
                    let above = places[place].above
                    let below = places[place].below
                    let near = both ? above + below : down ? above : below
                    guard !near.isEmpty else { return (middle[place], 0.1) }
                    let weight = near.reduce(0.0) { $0 + pull(place, $1) }
                    return (near.reduce(0.0) { $0 + middle[$1] * pull(place, $1) } / weight, weight)
                }
                Self.settle(layer, wanted, distance, &middle)
            }
        }
        let lefts = places.indices.map { middle[$0] - Double(places[$0].size.width) / 2 }
        let start = lefts.min() ?? 0
        left = lefts.map { Int(($0 - start).rounded()) }
        // Rounding may bring two places nearer by one unit, never onto each other: gaps are wider than that.
        top = []
        var y = 0
        for layer in graph.layers {
            top.append(y)
            let height = layer.map { places[$0].size.height }.max() ?? 0
            y += height + Self.layerGap
        }
        height = max(0, y - Self.layerGap)
        width = zip(left, places).map { $0 + $1.size.width }.max() ?? 0
    }

    /// The nearest places to the wanted ones in this order and with these distances.
    private static func settle(
        _ layer: [Int], _ wanted: [(target: Double, weight: Double)], _ distance: (Int, Int) -> Double,
        _ middle: inout [Double]
    ) {
        struct Pool {
            var sum: Double
            var weight: Double
            var count: Int
        }
        // With the distances taken off, "in this order and so far apart" becomes "not falling".
        var offset = [Double](repeating: 0, count: layer.count)
        for index in layer.indices.dropFirst() {
            offset[index] = offset[index - 1] + distance(layer[index - 1], layer[index])
        }
        var pools: [Pool] = []
        for index in layer.indices {
            var pool = Pool(
                sum: (wanted[index].target - offset[index]) * wanted[index].weight, weight: wanted[index].weight,
                count: 1)
            while let last = pools.last, last.sum / last.weight > pool.sum / pool.weight {
                pool = Pool(sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count)
                pools.removeLast()
            }
            pools.append(pool)
        }
        var index = 0
        for pool in pools {
            for _ in 0..<pool.count {
                middle[layer[index]] = pool.sum / pool.weight + offset[index]
                index += 1
            }
        }
    }
}
