package import RuleEngine

/// How far a launch has come: what decides whose turn it is, beside the file. The launch's row keeps it, so that a
/// restart goes on where it was.
package struct LaunchPhase: Sendable, Equatable {
    /// The moment that it was planned for; nil for a campaign without a schedule.
    package var tick: CampaignMoment.Tick?
    /// When its first message may leave; nil for at once.
    package var startsAt: Timestamp?
    /// An index of the rollout's stages.
    package var stage = 0
    /// When everything of the stage was sent that could be: the watch begins.
    package var stageSentAt: Timestamp?
    /// The experiment's arm for those outside the sample, once it is decided.
    package var winner: Int?
    /// `stop_if` counts what left from here on: whoever resumes a stopped launch has seen the figures before.
    package var watchedSince: Timestamp?

    package init() {}
}

/// Whose turn it is: what a campaign's file says about when and in which part of the audience somebody is, before the
/// gate is asked. Pure: plan, run and a restart get the same answer.
package struct CampaignPace: Sendable {
    package enum Answer: Sendable, Equatable {
        /// The arm's index, 0 without an experiment, and whether it is in the sample.
        case send(arm: Int, isSample: Bool)
        /// On this contact's clock it is too early.
        case wait(until: Timestamp)
        /// A later stage, or the experiment's winner is not known yet. Nothing is written: the row stays `planned`.
        case notYet(Pending)
        case skip(SkipReason)
        /// `too_late_after` or `valid_for` is over.
        case expired
    }

    package enum Pending: Sendable, Equatable {
        case stage(Int)
        case experiment
    }

    private let id: String
    private let holdout: Int64
    private let sample: Int64
    /// The arms' shares of everybody, in the sample; empty without an experiment.
    private let armShares: [Int64]
    private let stages: [RolloutStage]
    private let moment: CampaignMoment?
    private let validFor: Int64?

    package init(_ campaign: CheckedCampaign, moment: CampaignMoment?) {
        id = campaign.id
        holdout = campaign.holdout ?? 0
        stages = campaign.rollout
        validFor = campaign.validFor
        self.moment = moment
        guard let experiment = campaign.experiment else {
            sample = 0
            armShares = []
            return
        }
        sample = experiment.sample
        // As the graph has them: the last takes what rounding leaves.
        var left = experiment.sample
        armShares = experiment.arms.enumerated().map { index, arm in
            let share = index == experiment.arms.count - 1 ? left : arm.share * experiment.sample / 1_000_000
            left -= share
            return share
        }
    }

    /// Whether everybody's turn is now, whoever they are: nothing to draw and no clock to read.
    package var isPlain: Bool {
        armShares.isEmpty && stages.isEmpty && moment == nil && validFor == nil
    }

    package func answer(
        contact: [UInt8], zone: TimeZoneRules, phase: LaunchPhase, madeAt: Timestamp, now: Timestamp
    ) -> Answer {
        if let end = deadline(zone: zone, phase: phase, madeAt: madeAt), end <= now { return .expired }
        if let moment, let tick = phase.tick {
            switch moment.turn(of: tick, contact: zone, madeAt: madeAt) {
            case .alreadyPast: return .skip(.alreadyPast)
            case .between(let from, _): if now < from { return .wait(until: from) }
            }
        }
        if !stages.isEmpty {
            let stage = stage(of: contact)
            if stage > phase.stage { return .notYet(.stage(stage)) }
        }
        guard !armShares.isEmpty else { return .send(arm: 0, isSample: false) }
        if let arm = sampleArm(of: contact) { return .send(arm: arm, isSample: true) }
        guard let winner = phase.winner else { return .notYet(.experiment) }
        return .send(arm: winner, isSample: false)
    }

    /// From when on this contact is not sent it any more; nil for never.
    package func deadline(zone: TimeZoneRules, phase: LaunchPhase, madeAt: Timestamp) -> Timestamp? {
        var end: Timestamp?
        var begin = madeAt
        if let moment, let tick = phase.tick,
            case .between(let from, let until) = moment.turn(of: tick, contact: zone, madeAt: madeAt)
        {
            end = until
            begin = from
        }
        guard let validFor else { return end }
        let own = begin.advanced(by: validFor)
        return end.map { min($0, own) } ?? own
    }

    package func isHeldOut(_ contact: [UInt8]) -> Bool {
        holdout > 0 && ContactShare.position(contact, in: id, .holdout) < holdout
    }

    /// Nil for whoever gets the winner.
    package func sampleArm(of contact: [UInt8]) -> Int? {
        let position = ContactShare.position(contact, in: id, .split(0))
        return position < sample ? ContactShare.arm(of: position, among: armShares) : nil
    }

    package func stage(of contact: [UInt8]) -> Int {
        let position = ContactShare.position(contact, in: id, .rollout)
        return stages.firstIndex { position < $0.share } ?? max(0, stages.count - 1)
    }
}
