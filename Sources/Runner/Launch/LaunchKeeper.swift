import RuleEngine

/// Leads a launch from stage to stage: opens the next part of the rollout when the one before was watched, and decides
/// the experiment when it is time. Asked when nothing is left that could be sent now.
struct LaunchKeeper {
    enum Step {
        /// Nothing to do before that; nil for never.
        case nothing(until: Timestamp?)
        /// More people's turn has come.
        case further(LaunchPhase)
        /// A rate was reached: the reason.
        case stop(String)
    }

    private let program: CampaignProgram
    private let launch: LaunchID
    private let reader: any LedgerReader

    init(program: CampaignProgram, launch: LaunchID, reader: any LedgerReader) {
        self.program = program
        self.launch = launch
        self.reader = reader
    }

    func step(_ phase: LaunchPhase, ledger: any Ledger, now: Timestamp) throws(StoreError) -> Step {
        let stages = program.campaign.rollout
        let isLastStage = phase.stage >= stages.count - 1
        let experiment = program.campaign.experiment.flatMap { $0.sample < 1_000_000 && phase.winner == nil ? $0 : nil }
        guard !isLastStage || experiment != nil else { return .nothing(until: nil) }
        guard let sentAt = phase.stageSentAt else {
            var begun = phase
            begun.stageSentAt = now
            try ledger.setPhase(begun, of: launch)
            return .further(begun)
        }
        if !isLastStage {
            let watch = stages[phase.stage].watch ?? 0
            let end = Timestamp(microseconds: sentAt.microseconds + watch)
            guard now >= end else { return .nothing(until: end) }
            let rates = try reader.rates(of: launch, since: phase.watchedSince)
            if let reason = program.stopRules.reason(rates, isWhole: true) { return .stop(reason) }
            var next = phase
            next.stage += 1
            next.stageSentAt = nil
            try ledger.setPhase(next, of: launch)
            return .further(next)
        }
        guard let experiment else { return .nothing(until: nil) }
        let end = Timestamp(microseconds: sentAt.microseconds + experiment.decideAfter)
        guard now >= end else { return .nothing(until: end) }
        let verdict = try self.verdict(experiment)
        try ledger.decide(launch, verdict, now: now)
        var decided = phase
        // Another process may have been first; what stands in the ledger counts.
        decided.winner = try reader.verdict(of: launch)?.verdict.winner ?? verdict.winner
        return .further(decided)
    }

    /// What the sample shows at this moment. Looking changes nothing, and may be done at any time.
    func verdict(_ experiment: CheckedExperiment) throws(StoreError) -> ExperimentVerdict {
        var trial = ExperimentTrial(experiment)
        try reader.forEachExperimentEvent(
            of: launch, arms: program.sampleArms, metric: experiment.metric, goal: program.campaign.goal
        ) { trial.add($0) }
        return trial.verdict(confidence: experiment.confidence, otherwise: experiment.otherwise)
    }
}
