import Glibc

/// Whether one of two messages does better, by a test that may be looked at as often as anybody likes.
///
/// It follows the people who do what is counted, one after the other. Who gets which message is drawn from hashes. Were
/// both messages equally good, the next of these people would have arm A with its share among the two, whatever
/// happened before. Against that stand odds that are better or worse by fixed factors; the product of how much likelier
/// each person's arm is under them, averaged over the factors, is a fair game under equality: the chance that it ever
/// exceeds 1/p is at most p (Ville). So nobody has to say beforehand when to look, no normal distribution is assumed,
/// few conversions are no special case, and it doesn't matter how fast people are.
package struct SequentialTest: Sendable {
    /// The log odds that are played against equality, symmetric, so that neither arm is preferred: from a tenth more to
    /// three times as many.
    private static let effects: [Double] = [0.1, 0.2, 0.35, 0.5, 0.75, 1.1].flatMap { [$0, -$0] }

    /// How many people of each arm were sent to, and how many of them did it.
    package private(set) var exposed = (first: 0, second: 0)
    package private(set) var converted = (first: 0, second: 0)
    /// The logarithms of the stakes, one an effect.
    private var stakes = [Double](repeating: 0, count: effects.count)
    private var highest = 0.0

    /// By how much each effect's stake grows, or shrinks, with a person of either arm.
    private let gains: (first: [Double], second: [Double])

    /// - Parameter shares: of both arms, in any unit.
    package init(shares: (first: Int64, second: Int64) = (1, 1)) {
        precondition(shares.first > 0 && shares.second > 0, "an arm without a share has nobody to compare")
        let share = Double(shares.first) / Double(shares.first + shares.second)
        let wholes = Self.effects.map { log(exp($0) * share + 1 - share) }
        gains = (zip(Self.effects, wholes).map { $0 - $1 }, wholes.map { -$0 })
    }

    package enum Arm: Sendable {
        case first, second
    }

    /// Somebody was sent the arm's message.
    package mutating func expose(_ arm: Arm) {
        switch arm {
        case .first: exposed.first += 1
        case .second: exposed.second += 1
        }
    }

    /// Somebody who was sent the arm's message did what is counted. Who was never sent one counts for nothing.
    package mutating func convert(_ arm: Arm) {
        switch arm {
        case .first: guard converted.first < exposed.first else { return }
        case .second: guard converted.second < exposed.second else { return }
        }
        let gain = arm == .first ? gains.first : gains.second
        for index in stakes.indices { stakes[index] += gain[index] }
        switch arm {
        case .first: converted.first += 1
        case .second: converted.second += 1
        }
        highest = max(highest, evidence)
    }

    /// The logarithm of the average stake, so that no stake overflows.
    private var evidence: Double {
        let top = stakes.max() ?? 0
        let sum = stakes.reduce(0) { $0 + exp($1 - top) }
        return top + log(sum / Double(stakes.count))
    }

    /// The chance to see at least this much at any time, were both equally good. It never rises.
    package var pValue: Double {
        min(1, exp(-highest))
    }

    package var rates: (first: Double, second: Double) {
        (
            exposed.first == 0 ? 0 : Double(converted.first) / Double(exposed.first),
            exposed.second == 0 ? 0 : Double(converted.second) / Double(exposed.second)
        )
    }
}
