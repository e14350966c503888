import RuleEngine
import Testing

/// Against the tables of any textbook: two-sided tests of two proportions with a power of 80%.
struct ExperimentPowerTests {
    @Test(arguments: [
        (0.20, 0.95, 294), (0.02, 0.95, 3_826), (0.01, 0.95, 7_749), (0.02, 0.99, 5_693), (0.02, 0.80, 2_198),
    ])
    func `so many people are needed in each arm`(base: Double, confidence: Double, needed: Int) {
        let power = ExperimentPower(base: base, confidence: confidence)
        #expect(abs(power.needed - needed) <= needed / 100, "\(power.needed)")
    }

    @Test func `too few people and unequal arms are told apart`() {
        let power = ExperimentPower(base: 0.02, confidence: 0.95)
        let needed = power.needed
        #expect(power.fault(of: 2 * needed, shares: [500_000, 500_000]) == nil)
        let tooFew = power.fault(of: 2 * needed - 2, shares: [500_000, 500_000])
        #expect(tooFew == .tooFew(each: needed - 1, needed: needed))
        let unequal = power.fault(of: 4 * needed, shares: [900_000, 100_000])
        #expect(unequal == .unequal(smallest: 4 * needed / 10, needed: needed))
        #expect(power.fault(of: 0, shares: [1_000_000]) == nil)
    }
}
