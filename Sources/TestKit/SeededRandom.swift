import Runner

/// Randomness that a test can repeat: the same seed gives the same numbers on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var chance: SeededChance

    package init(seed: UInt64) {
        chance = SeededChance(seed: seed)
    }

    package mutating func next() -> UInt64 { chance.next() }

    /// 0 up to, but not including, `bound`.
    package mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(max(1, bound)))
    }

    package mutating func chance(_ part: Int, in whole: Int) -> Bool {
        below(whole) < part
    }

    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        precondition(!elements.isEmpty, "there must be something to pick from")
        return elements[below(elements.count)]
    }
}
