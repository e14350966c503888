/// The curve of an edge through its bends: straight down within a layer, softly over between two.
struct LineTracing {
    let layered: LayeredGraph
    let placement: LayerPlacement
    let boxes: [ProgramDrawing.Box]

    func path(_ edge: Int, _ from: Int, _ to: Int) -> String {
        let isBack = layered.isReversed[edge]
        let (upper, lower) = isBack ? (boxes[to], boxes[from]) : (boxes[from], boxes[to])
        var points: [(x: Int, y: Int)] = []
        if isBack {
            points.append((upper.x + upper.width, upper.y + upper.height / 2))
            points.append((upper.x + upper.width + 14, bottom(ofLayerWith: upper.node)))
        } else {
            points.append((leaving(edge, upper), upper.y + upper.height))
        }
        for bend in layered.bends[edge] {
            let place = layered.places[bend]
            let x = ProgramDrawing.margin + placement.left[bend] + place.size.width / 2
            let top = ProgramDrawing.margin + placement.top[place.layer]
            points.append((x, top))
            points.append((x, top + height(of: place.layer)))
        }
        if isBack {
            points.append(
                (lower.x + lower.width + 14, ProgramDrawing.margin + placement.top[layered.places[lower.node].layer]))
            points.append((lower.x + lower.width, lower.y + lower.height / 2))
        } else {
            points.append((arriving(edge, lower), lower.y))
        }
        return Self.curve(isBack ? points.reversed() : points)
    }

    private func height(of layer: Int) -> Int {
        layered.layers[layer].map { layered.places[$0].size.height }.max() ?? 0
    }

    private func bottom(ofLayerWith box: Int) -> Int {
        let layer = layered.places[box].layer
        return ProgramDrawing.margin + placement.top[layer] + height(of: layer)
    }

    // MARK: Ends

    /// Ways leave a box side by side, in the order in which they stand below it.
    private func leaving(_ edge: Int, _ box: ProgramDrawing.Box) -> Int {
        spread(box, among: layered.places[box.node].below) { layered.bends[edge].first == $0 }
    }

    private func arriving(_ edge: Int, _ box: ProgramDrawing.Box) -> Int {
        spread(box, among: layered.places[box.node].above) { layered.bends[edge].last == $0 }
    }

    private func spread(_ box: ProgramDrawing.Box, among places: [Int], _ isOurs: (Int) -> Bool) -> Int {
        let forward = places.filter { place in layered.places[place].edge.map { !layered.isReversed[$0] } ?? true }
        let sorted = forward.sorted { (placement.left[$0], $0) < (placement.left[$1], $1) }
        guard let index = sorted.firstIndex(where: isOurs) else { return box.x + box.width / 2 }
        let step = min(24, (box.width - 24) / max(1, sorted.count))
        return box.x + box.width / 2 + (2 * index - sorted.count + 1) * step / 2
    }

    private static func curve(_ points: [(x: Int, y: Int)]) -> String {
        guard let first = points.first else { return "" }
        var path = "M\(first.x) \(first.y)"
        for (previous, next) in zip(points, points.dropFirst()) {
            if previous.x == next.x {
                path += "L\(next.x) \(next.y)"
            } else {
                let middle = (previous.y + next.y) / 2
                path += "C\(previous.x) \(middle) \(next.x) \(middle) \(next.x) \(next.y)"
            }
        }
        return path
    }
}
