import Glibc

/// So many of so many.
package struct Conversion: Sendable, Equatable {
    package var people: Int
    package var converted: Int

    package init(people: Int = 0, converted: Int = 0) {
        self.people = people
        self.converted = converted
    }

    package var rate: Double { people == 0 ? 0 : Double(converted) / Double(people) }

    /// Where the true rate lies with 95% confidence: Wilson's interval, which holds for few people and for rates near
    /// zero too.
    package var interval: ClosedRange<Double> {
        guard people > 0 else { return 0...1 }
        let z = 1.959963984540054
        let n = Double(people)
        let middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, middle - half)...min(1, middle + half)
    }
}

/// What a program changed: how much oftener people who got it reached the goal than those held out.
package struct Lift: Sendable, Equatable {
    package var treated: Conversion
    package var heldOut: Conversion

    package init(treated: Conversion, heldOut: Conversion) {
        self.treated = treated
        self.heldOut = heldOut
    }

    /// In rate: 0.02 for two more of a hundred.
    package var difference: Double { treated.rate - heldOut.rate }

    /// Where the true difference lies with 95% confidence: Newcombe's interval from the two of Wilson.
    package var interval: ClosedRange<Double> {
        guard treated.people > 0, heldOut.people > 0 else { return -1...1 }
        let one = treated.interval
        let two = heldOut.interval
        func hypotenuse(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        let low = difference - hypotenuse(treated.rate - one.lowerBound, two.upperBound - heldOut.rate)
        let high = difference + hypotenuse(one.upperBound - treated.rate, heldOut.rate - two.lowerBound)
        return max(-1, low)...min(1, high)
    }

    /// How many reached the goal because of it, as far as the difference tells.
    package var extraConversions: Double { difference * Double(treated.people) }
}
