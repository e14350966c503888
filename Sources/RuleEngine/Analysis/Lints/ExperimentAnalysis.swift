extension ProjectAnalysis {
    /// Experiments whose sample decides by chance, even with the largest audience that the file expects.
    static let experiments = ProjectAnalysis(name: "find samples that can't decide") { analysed, diagnostics in
        for program in analysed.programs {
            guard case .campaign(let campaign) = program.source, let experiment = campaign.experiment,
                let people = campaign.audience.expect?.upperBound
            else { continue }
            let reached = Double(people) * Double(1_000_000 - (campaign.holdout ?? 0)) / 1_000_000
            let sample = Int(reached * Double(experiment.sample) / 1_000_000)
            let power = ExperimentPower(
                base: experiment.metric.usualRate, confidence: Double(experiment.confidence) / 1_000_000)
            let rise = (Self.percent(power.base), Self.percent(power.base * ExperimentPower.rise))
            switch power.fault(of: sample, shares: experiment.arms.map(\.share)) {
            case .tooFew(let each, let needed)?:
                diagnostics.report(
                    .weakSample(
                        campaign.spans["experiment.sample"] ?? experiment.span, each: each, needed: needed, rise: rise))
            case .unequal(let smallest, let needed)?:
                diagnostics.report(
                    .unbalancedArms(
                        campaign.spans["experiment.arms"] ?? experiment.span, smallest: smallest, needed: needed,
                        rise: rise))
            case nil: break
            }
        }
    }

    private static func percent(_ rate: Double) -> String {
        NodeLabel.percent(Int64((rate * 1_000_000).rounded()))
    }
}

extension ExperimentMetric {
    /// What marketing mail usually reaches, rounded up to the next plain number: the real rate of a list is not known
    /// here, and a lower one would need an even larger sample.
    fileprivate var usualRate: Double {
        switch self {
        case .opened: 0.3
        case .clicked: 0.05
        case .replied, .goal: 0.02
        }
    }
}

extension Diagnostic {
    static func weakSample(
        _ span: SourceSpan, each: Int, needed: Int, rise: (from: String, to: String)
    ) -> Diagnostic {
        Diagnostic(
            code: "L040", severity: .warning,
            message: "`weak-sample`: with \(each) people in each arm even a rise from \(rise.from) to \(rise.to) is "
                + "missed too often",
            at: Label(span),
            help: "each arm needs \(needed) people to find it four times in five; take a larger sample, fewer arms, or "
                + "send one message")
    }

    static func unbalancedArms(
        _ span: SourceSpan, smallest: Int, needed: Int, rise: (from: String, to: String)
    ) -> Diagnostic {
        Diagnostic(
            code: "L041", severity: .warning,
            message: "`unbalanced-arms`: with \(smallest) people in the smallest arm even a rise from \(rise.from) to "
                + "\(rise.to) is missed too often",
            at: Label(span),
            help: "each arm needs \(needed) people to find it four times in five; equal shares would do")
    }
}
