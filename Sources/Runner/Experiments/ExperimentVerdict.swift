package import RuleEngine

/// What an experiment came to, and on what grounds: written down with the launch and never decided again.
package struct ExperimentVerdict: Sendable, Equatable {
    package struct Arm: Sendable, Equatable {
        package var name: String
        package var result: Conversion
        /// Of the comparison with the winner, or with the best so far; nil for that arm itself.
        package var pValue: Double?

        package init(name: String, result: Conversion, pValue: Double? = nil) {
            self.name = name
            self.result = result
            self.pValue = pValue
        }
    }

    package enum Ground: String, Sendable, CaseIterable {
        /// One arm is better than every other one, as surely as the file asks.
        case significant
        /// No arm is surely the best; the file's fallback stands.
        case undecided
        /// The arms' sizes do not fit their shares, so that no comparison means anything; the fallback stands.
        case shareMismatch = "share_mismatch"
        /// Nobody did what is counted; the fallback stands.
        case noConversions = "no_conversions"

        package var explanation: String {
            switch self {
            case .significant: "it is the best, as surely as the file asks"
            case .undecided: "no arm is surely the best, so that the fallback of the file stands"
            case .shareMismatch:
                "the arms' sizes don't fit their shares: something other than chance decided who got which, and no"
                    + " comparison means anything; the fallback of the file stands"
            case .noConversions: "nobody did what is counted; the fallback of the file stands"
            }
        }
    }

    /// An index of the arms.
    package var winner: Int
    package var ground: Ground
    package var arms: [Arm]
    /// The chance of the arms' sizes under their shares.
    package var shareP: Double

    package init(winner: Int, ground: Ground, arms: [Arm], shareP: Double) {
        self.winner = winner
        self.ground = ground
        self.arms = arms
        self.shareP = shareP
    }
}

/// Something of a sample, in the order of time: somebody was sent an arm's message, or did what is counted.
package struct ExperimentEvent: Sendable {
    package var arm: Int
    package var isConversion: Bool

    package init(arm: Int, isConversion: Bool) {
        self.arm = arm
        self.isConversion = isConversion
    }
}

/// Compares the arms of an experiment, at any time and as often as anybody looks.
package struct ExperimentTrial: Sendable {
    private let names: [String]
    private let shares: [Int64]
    /// The tests of arm i against arm j, for i < j, in the order of both.
    private var tests: [SequentialTest]
    private var results: [Conversion]

    package init(names: [String], shares: [Int64]) {
        precondition(names.count > 1 && names.count == shares.count, "an experiment has at least two arms")
        self.names = names
        self.shares = shares
        tests = names.indices.flatMap { low in
            names.indices.dropFirst(low + 1).map { SequentialTest(shares: (shares[low], shares[$0])) }
        }
        results = Array(repeating: Conversion(), count: names.count)
    }

    package init(_ experiment: CheckedExperiment) {
        self.init(names: experiment.arms.map(\.name), shares: experiment.arms.map(\.share))
    }

    package mutating func add(_ event: ExperimentEvent) {
        if event.isConversion {
            // A conversion without an exposure is nobody's: the tests would leave it out as well.
            guard results[event.arm].converted < results[event.arm].people else { return }
            results[event.arm].converted += 1
        } else {
            results[event.arm].people += 1
        }
        for other in names.indices where other != event.arm {
            let (low, high) = (min(event.arm, other), max(event.arm, other))
            let place = Self.place(low, high, of: names.count)
            let side: SequentialTest.Arm = event.arm == low ? .first : .second
            if event.isConversion { tests[place].convert(side) } else { tests[place].expose(side) }
        }
    }

    private static func place(_ low: Int, _ high: Int, of count: Int) -> Int {
        low * count - low * (low + 1) / 2 + high - low - 1
    }

    /// - Parameter confidence: in millionths, as the file says it.
    /// - Parameter otherwise: the arm that stands where none is surely the best.
    package func verdict(confidence: Int64, otherwise: Int) -> ExperimentVerdict {
        let best = results.indices.max { (results[$0].rate, -$0) < (results[$1].rate, -$1) } ?? otherwise
        var arms: [ExperimentVerdict.Arm] = []
        for index in names.indices {
            let p: Double? =
                index == best
                ? nil : tests[Self.place(min(index, best), max(index, best), of: names.count)].pValue
            arms.append(ExperimentVerdict.Arm(name: names[index], result: results[index], pValue: p))
        }
        let shareP = ShareMismatch.pValue(counts: results.map(\.people), shares: shares)
        func verdict(_ winner: Int, _ ground: ExperimentVerdict.Ground) -> ExperimentVerdict {
            ExperimentVerdict(winner: winner, ground: ground, arms: arms, shareP: shareP)
        }
        if shareP < ShareMismatch.alarm { return verdict(otherwise, .shareMismatch) }
        guard results.contains(where: { $0.converted > 0 }) else { return verdict(otherwise, .noConversions) }
        // An arm wins by beating every other one. Were all alike, some arm would beat a given other one with at most half
        // the chance of the two-sided test, and there are as many that might: so each test gets 2/k of the whole.
        let chance = Double(1_000_000 - confidence) / 1_000_000 * 2 / Double(names.count)
        let isSure = arms.allSatisfy { $0.pValue.map { $0 <= chance } ?? true }
        return isSure ? verdict(best, .significant) : verdict(otherwise, .undecided)
    }
}
