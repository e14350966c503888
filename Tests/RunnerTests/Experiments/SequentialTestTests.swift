import Runner
import TestKit
import Testing

@Suite("An experiment's test")
struct SequentialTestTests {
    /// One experiment of two arms, looked at after every person; true if it ever found a difference.
    private static func findsDifference(
        rates: (Double, Double), people: Int, confidence: Double, random: inout SeededRandom
    ) -> Bool {
        var test = SequentialTest()
        for _ in 0..<people {
            let isFirst = random.fraction() < 0.5
            test.expose(isFirst ? .first : .second)
            // Some convert at once, others never; in between nothing changes the order.
            if random.fraction() < (isFirst ? rates.0 : rates.1) { test.convert(isFirst ? .first : .second) }
            if test.pValue <= 1 - confidence { return true }
        }
        return false
    }

    /// With 800 experiments at 5% the standard error is 0.8 percent points.
    @Test(arguments: [0.01, 0.1, 0.4])
    func `errs no oftener than it says, though it is looked at after everybody`(_ rate: Double) {
        var random = SeededRandom(seed: 20_261_121)
        let count = 800
        let found = (0..<count).count { _ in
            Self.findsDifference(rates: (rate, rate), people: 1_000, confidence: 0.95, random: &random)
        }
        #expect(Double(found) / Double(count) < 0.05 + 3 * 0.008, "seed 20261121, rate \(rate): \(found) of \(count)")
    }

    @Test func `finds a difference that is there`() {
        var random = SeededRandom(seed: 7)
        let found = (0..<60).count { _ in
            Self.findsDifference(rates: (0.05, 0.10), people: 6_000, confidence: 0.95, random: &random)
        }
        #expect(found > 54, "seed 7: \(found) of 60")
    }

    @Test func `its p-value never rises, and doesn't depend on which arm is named first`() {
        var random = SeededRandom(seed: 3)
        var test = SequentialTest()
        var mirrored = SequentialTest()
        var last = 1.0
        for _ in 0..<2_000 {
            let isFirst = random.fraction() < 0.5
            test.expose(isFirst ? .first : .second)
            mirrored.expose(isFirst ? .second : .first)
            if random.fraction() < (isFirst ? 0.1 : 0.3) {
                test.convert(isFirst ? .first : .second)
                mirrored.convert(isFirst ? .second : .first)
            }
            #expect(test.pValue <= last)
            last = test.pValue
        }
        #expect(abs(test.pValue - mirrored.pValue) <= 1e-9 * max(test.pValue, 1e-300))
        #expect(test.pValue < 0.001)
    }

    @Test func `who was never sent anything counts for nothing`() {
        var test = SequentialTest()
        test.convert(.first)
        #expect(test.pValue == 1)
        #expect(test.converted == (0, 0))
    }

    // MARK: The verdict

    private static func trial(_ counts: [(people: Int, converted: Int)], shares: [Int64]? = nil) -> ExperimentTrial {
        var trial = ExperimentTrial(
            names: counts.indices.map { "arm\($0)" },
            shares: shares ?? counts.map { _ in 1_000_000 / Int64(counts.count) })
        for (arm, count) in counts.enumerated() {
            for _ in 0..<count.people { trial.add(ExperimentEvent(arm: arm, isConversion: false)) }
        }
        // Interleaved, as people are.
        let most = counts.map(\.converted).max() ?? 0
        for round in 0..<most {
            for (arm, count) in counts.enumerated()
            where round * count.converted / most < (round + 1) * count.converted / most {
                trial.add(ExperimentEvent(arm: arm, isConversion: true))
            }
        }
        return trial
    }

    @Test func `names a clear winner, and otherwise the fallback`() {
        let clear = Self.trial([(1000, 50), (1000, 150)]).verdict(confidence: 950_000, otherwise: 0)
        #expect(clear.winner == 1)
        #expect(clear.ground == .significant)
        #expect(clear.arms[1].pValue == nil)
        let close = Self.trial([(1000, 50), (1000, 55)]).verdict(confidence: 950_000, otherwise: 0)
        #expect(close.winner == 0)
        #expect(close.ground == .undecided)
        let silent = Self.trial([(1000, 0), (1000, 0)]).verdict(confidence: 950_000, otherwise: 1)
        #expect(silent.ground == .noConversions)
        #expect(silent.winner == 1)
    }

    @Test func `a winner of three has to beat both`() {
        let two = Self.trial([(1000, 150), (1000, 150), (1000, 40)]).verdict(confidence: 950_000, otherwise: 2)
        #expect(two.ground == .undecided)
        let one = Self.trial([(1000, 50), (1000, 170), (1000, 40)]).verdict(confidence: 950_000, otherwise: 2)
        #expect(one.winner == 1)
    }

    @Test func `arms whose sizes don't fit their shares decide nothing`() {
        let verdict = Self.trial([(1000, 50), (1200, 300)]).verdict(confidence: 950_000, otherwise: 0)
        #expect(verdict.ground == .shareMismatch)
        #expect(verdict.winner == 0)
    }

    @Test func `of three equal arms one is called the best no oftener than the confidence allows`() {
        var random = SeededRandom(seed: 99)
        var errors = 0
        for _ in 0..<300 {
            var trial = ExperimentTrial(names: ["a", "b", "c"], shares: [1, 1, 1])
            var isWrong = false
            for person in 0..<900 {
                let arm = Int(random.fraction() * 3)
                trial.add(ExperimentEvent(arm: arm, isConversion: false))
                if random.fraction() < 0.1 { trial.add(ExperimentEvent(arm: arm, isConversion: true)) }
                if person % 50 == 49, trial.verdict(confidence: 950_000, otherwise: 0).ground == .significant {
                    isWrong = true
                }
            }
            if isWrong { errors += 1 }
        }
        #expect(Double(errors) / 300 < 0.05 + 3 * 0.013, "seed 99: \(errors) of 300")
    }

    // MARK: Shares and lift

    /// From tables of the chi-square distribution.
    @Test func `the chi-square test agrees with the tables`() {
        // 62² / 1000 = 3.844, and 3.841 is the 5% point at one degree of freedom.
        let p = ShareMismatch.pValue(counts: [531, 469], shares: [1, 1])
        #expect(abs(p - 0.04992) < 0.0005, "\(p)")
        #expect(ShareMismatch.pValue(counts: [500, 500], shares: [1, 1]) == 1)
        #expect(ShareMismatch.pValue(counts: [300, 700], shares: [3, 7]) == 1)
        #expect(ShareMismatch.pValue(counts: [3, 1], shares: [1, 1]) == 1, "too few to say")
        #expect(ShareMismatch.pValue(counts: [600, 400], shares: [1, 1]) < 1e-9)
    }

    /// Wilson's interval for 10 of 100, and Newcombe's example of 56 of 70 against 48 of 80.
    @Test func `intervals agree with the literature`() {
        let wilson = Conversion(people: 100, converted: 10).interval
        #expect(abs(wilson.lowerBound - 0.0552) < 0.0005 && abs(wilson.upperBound - 0.1744) < 0.0005, "\(wilson)")
        let lift = Lift(treated: Conversion(people: 70, converted: 56), heldOut: Conversion(people: 80, converted: 48))
        #expect(abs(lift.difference - 0.2) < 1e-12)
        #expect(
            abs(lift.interval.lowerBound - 0.0524) < 0.0005 && abs(lift.interval.upperBound - 0.3339) < 0.0005,
            "\(lift.interval)")
        #expect(Lift(treated: Conversion(), heldOut: Conversion()).interval == -1...1)
    }
}

extension SeededRandom {
    fileprivate mutating func fraction() -> Double {
        Double(next() >> 11) / Double(1 << 53)
    }
}
