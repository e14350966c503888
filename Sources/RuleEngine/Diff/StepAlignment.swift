/// The steps of two versions side by side: which one is which, which are new, and which are gone.
///
/// The cheapest way to turn one list into the other, as sequences are aligned: equal steps cost nothing, a changed step
/// less than taking one away and adding one, and a step never becomes one with another verb.
struct StepAlignment {
    enum Pair: Equatable {
        case both(Int, Int)
        case old(Int)
        case new(Int)
    }

    /// - Parameter cost: of turning one step into another; nil where it can't be.
    static func align(_ old: Int, _ new: Int, cost: (Int, Int) -> Int?) -> [Pair] {
        let single = 10
        var table = [[Int]](repeating: [Int](repeating: 0, count: new + 1), count: old + 1)
        var costs = [[Int?]](repeating: [Int?](repeating: nil, count: new), count: old)
        for row in 0..<old { for column in 0..<new { costs[row][column] = cost(row, column) } }
        for row in stride(from: old, through: 0, by: -1) {
            for column in stride(from: new, through: 0, by: -1) {
                if row == old {
                    table[row][column] = (new - column) * single
                } else if column == new {
                    table[row][column] = (old - row) * single
                } else {
                    var best = min(table[row + 1][column], table[row][column + 1]) + single
                    if let cost = costs[row][column] { best = min(best, table[row + 1][column + 1] + cost) }
                    table[row][column] = best
                }
            }
        }
        var pairs: [Pair] = []
        var (row, column) = (0, 0)
        while row < old || column < new {
            if row < old, column < new, let cost = costs[row][column],
                table[row][column] == table[row + 1][column + 1] + cost
            {
                pairs.append(.both(row, column))
                (row, column) = (row + 1, column + 1)
            } else if row < old, table[row][column] == table[row + 1][column] + single {
                pairs.append(.old(row))
                row += 1
            } else {
                pairs.append(.new(column))
                column += 1
            }
        }
        return pairs
    }
}
