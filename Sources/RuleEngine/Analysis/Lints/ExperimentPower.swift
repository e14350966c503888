/// Whether an experiment can decide at all, by the normal approximation for two proportions.
package struct ExperimentPower: Sendable {
    /// Four times in five a difference that is there shall be found.
    static let power = 0.8
    /// The smallest rise that an experiment must be able to find. A smaller one may be worth having, but a sample that
    /// misses even this decides by chance.
    static let rise = 1.5

    /// The rate that is expected without a rise.
    package let base: Double
    /// 0.95 for 95%.
    package let confidence: Double

    package init(base: Double, confidence: Double) {
        self.base = base
        self.confidence = confidence
    }

    /// The people that each of two equal arms needs.
    package var needed: Int {
        let raised = min(base * Self.rise, 1)
        let middle = (base + raised) / 2
        let significance = NormalDistribution.quantile(1 - (1 - confidence) / 2)
        let found = NormalDistribution.quantile(Self.power)
        let sum =
            significance * (2 * middle * (1 - middle)).squareRoot()
            + found * (base * (1 - base) + raised * (1 - raised)).squareRoot()
        let people = (sum * sum) / ((raised - base) * (raised - base))
        return Int(min(people.rounded(.up), 1e12))
    }

    /// What stands in the way, for this many people in the sample.
    package func fault(of people: Int, shares: [Int64]) -> Fault? {
        guard let smallest = shares.min(), shares.count > 1 else { return nil }
        let sum = shares.reduce(Int64(0)) { $0.cappedSum($1) }
        let inSmallest = Int(Double(people) * Double(smallest) / Double(max(1, sum)))
        guard inSmallest < needed else { return nil }
        let inEqual = people / shares.count
        return inEqual < needed
            ? .tooFew(each: inEqual, needed: needed) : .unequal(smallest: inSmallest, needed: needed)
    }

    package enum Fault: Sendable, Hashable {
        /// Even equal arms would be too small.
        case tooFew(each: Int, needed: Int)
        /// Equal arms would do.
        case unequal(smallest: Int, needed: Int)
    }
}

/// The standard normal distribution.
enum NormalDistribution {
    /// The value below which this part of the distribution lies; within ±6.
    static func quantile(_ part: Double) -> Double {
        var (low, high) = (-6.0, 6.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if cumulative(middle) < part { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// By the series of the error function: the standard library has no exponential, and within ±6 sixteen digits are
    /// enough for the terms to cancel to nine.
    static func cumulative(_ value: Double) -> Double {
        let x = value / 2.0.squareRoot()
        var term = x
        var sum = x
        for index in 1..<200 {
            term *= -x * x / Double(index)
            let next = term / Double(2 * index + 1)
            sum += next
            if abs(next) < 1e-17 { break }
        }
        return 0.5 + sum / Double.pi.squareRoot()
    }
}
