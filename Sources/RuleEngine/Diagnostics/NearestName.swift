/// Finds the name that somebody probably meant.
package enum NearestName {
    /// The nearest candidate, or nil where none is near: at most a third of the letters may differ.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().utf8.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8.prefix(64))
            let limit = max(1, max(wanted.count, other.count) / 3)
            guard abs(wanted.count - other.count) <= limit else { continue }
            let distance = distance(wanted, other)
            guard distance <= limit, !wanted.isEmpty else { continue }
            if let known = best, (known.distance, known.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// Whether the name can only be a slip of the finger for the candidate: one letter wrong, missing, doubled or
    /// swapped, or capitals, and nothing else among the names is as near.
    package static func isSlip(_ name: String, for nearest: String, among candidates: some Sequence<String>) -> Bool {
        let wanted = Array(name.lowercased().utf8.prefix(64))
        guard nearest.utf8.count >= 3, distance(wanted, Array(nearest.lowercased().utf8.prefix(64))) <= 1 else {
            return false
        }
        return candidates.allSatisfy { other in
            other == nearest || abs(other.utf8.count - wanted.count) > 1
                || distance(wanted, Array(other.lowercased().utf8.prefix(64))) > 1
        }
    }

    /// How many letters must be put in, taken out, replaced or swapped with their neighbour.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1] + [Int](repeating: 0, count: right.count)
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    best = min(best, before[column - 1] + 1)
                }
                current[column + 1] = best
            }
            (before, last) = (last, current)
        }
        return last[right.count]
    }
}
