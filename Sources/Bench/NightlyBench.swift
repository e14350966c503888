import TestKit

/// What takes too long for every change: `make bench-nightly`.
enum NightlyBench {
    /// A million steps of generated runs, in the machine and in the reference beside it.
    static func journeys() -> [BenchResult] {
        var trial = JourneyTrial(seed: 20_270_320)
        trial.run(steps: 1_000_000)
        let report = trial.report
        if let difference = report.difference {
            print(difference)
            preconditionFailure("the machine and the reference differ after \(report.steps) steps")
        }
        return [
            BenchResult(
                name: "steps on which machine and reference agree", value: Double(report.steps), unit: "steps",
                target: "≥ 1,000,000, without a difference"),
            BenchResult(
                name: "generated programs they were taken in", value: Double(report.programs), unit: "programs",
                target: "no goal"),
            BenchResult(
                name: "runs that came to their end", value: Double(report.ended), unit: "runs", target: "no goal"),
        ]
    }
}
