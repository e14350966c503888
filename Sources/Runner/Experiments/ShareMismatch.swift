import Glibc

/// Whether the arms of an experiment got as many people as their shares say. Where they did not, something decides
/// about people before chance does, and no comparison of the arms means anything.
package enum ShareMismatch {
    /// Below this chance the alarm is raised. Shares are drawn from hashes, so that a real mismatch is soon far below.
    package static let alarm = 0.001

    /// The chance of counts at least this far from the shares: Pearson's chi-square test. 1 where there is too little to
    /// say anything.
    ///
    /// - Parameter shares: in any unit, one an arm.
    package static func pValue(counts: [Int], shares: [Int64]) -> Double {
        precondition(counts.count == shares.count, "every arm has a count and a share")
        let total = Double(counts.reduce(0, +))
        let whole = Double(shares.reduce(0, +))
        guard total > 0, whole > 0, counts.count > 1 else { return 1 }
        var statistic = 0.0
        for (count, share) in zip(counts, shares) {
            let expected = total * Double(share) / whole
            // The usual bound below which the distribution is no guide.
            guard expected >= 5 else { return 1 }
            let off = Double(count) - expected
            statistic += off * off / expected
        }
        return upperGamma(Double(counts.count - 1) / 2, statistic / 2)
    }

    /// The regularised upper incomplete gamma function Q(a, x): a series below a + 1, a continued fraction above.
    static func upperGamma(_ a: Double, _ x: Double) -> Double {
        guard x > 0 else { return 1 }
        let scale = exp(a * log(x) - x - lgamma(a))
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            for _ in 0..<1000 where abs(term) > abs(sum) * 1e-15 {
                n += 1
                term *= x / n
                sum += term
            }
            return max(0, 1 - sum * scale)
        }
        // Lentz's method.
        var b = x + 1 - a
        var c = 1 / 1e-300
        var d = 1 / b
        var h = d
        for i in 1..<1000 {
            let an = -Double(i) * (Double(i) - a)
            b += 2
            d = an * d + b
            if abs(d) < 1e-300 { d = 1e-300 }
            c = b + an / c
            if abs(c) < 1e-300 { c = 1e-300 }
            d = 1 / d
            let change = d * c
            h *= change
            if abs(change - 1) < 1e-15 { break }
        }
        return min(1, max(0, scale * h))
    }
}
