import TestKit
import Testing

/// The machine against an interpreter that was written without looking at it. `make bench-nightly` goes on to a million
/// steps.
struct MachineAgreementTests {
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `machine and reference agree at every step of generated runs`(seed: UInt64) {
        var trial = JourneyTrial(seed: seed)
        trial.run(steps: 2_600)
        let report = trial.report
        #expect(report.difference == nil, "seed \(seed)")
        #expect(report.steps >= 2_600)
        // Otherwise nothing much would have been compared.
        #expect(report.ended > 20 && report.commands > 1_000, "\(report)")
    }
}
