import RuleEngine

/// What a campaign's plan says of one person, for `why`: whether they are held out, which stage and message are theirs,
/// when their moment is, and what became of each channel that was tried.
struct CampaignTracer {
    let program: CampaignProgram
    let launch: LaunchRecord?
    let now: Timestamp
    let place: (SourceSpan) -> String
    /// Times in words.
    let instant: (Timestamp) -> String

    /// - Parameter contact: the contact's id.
    /// - Parameter zone: the name of the contact's zone, where it is known.
    func steps(contact: [UInt8], zone: String?) -> [WhyReport.Step] {
        var steps: [WhyReport.Step] = []
        let phase = launch?.phase ?? LaunchPhase()
        if let step = moment(zone, phase) { steps.append(step) }
        if !program.campaign.rollout.isEmpty {
            let stage = program.pace.stage(of: contact)
            let isOpen = launch != nil && stage <= phase.stage
            steps.append(
                step(
                    "stage", isOpen ? .passed : .info,
                    "they are in stage \(stage + 1) of the rollout, which is \(isOpen ? "open" : "not open yet")",
                    key: "rollout"))
        }
        if let experiment = program.campaign.experiment {
            let text: String
            if let arm = program.pace.sampleArm(of: contact) {
                text = "they are in the experiment's sample, with the arm `\(experiment.arms[arm].name)`"
            } else if let winner = phase.winner {
                text = "they are outside the sample and get the winner, `\(experiment.arms[winner].name)`"
            } else {
                text = "they are outside the sample and wait for the winner"
            }
            steps.append(step("experiment", .info, text, key: "experiment"))
        }
        if program.campaign.holdout != nil {
            let isHeldOut = program.pace.isHeldOut(contact)
            steps.append(
                step(
                    "holdout", isHeldOut ? .blocked : .passed,
                    isHeldOut
                        ? "they are held out, so that the campaign's effect can be seen" : "they are not held out",
                    key: "holdout"))
        }
        return steps
    }

    private func moment(_ zone: String?, _ phase: LaunchPhase) -> WhyReport.Step? {
        guard let moment = program.moment, let tick = phase.tick ?? moment.tick(notBefore: now) else { return nil }
        let rules = zone.flatMap { TimeZoneLoader.rules(for: $0) } ?? program.zone
        var values: [(name: String, value: String)] = []
        if moment.isInContactZone { values.append(("zone", zone ?? "the project's")) }
        switch moment.turn(of: tick, contact: rules, madeAt: launch?.createdAt ?? now) {
        case .alreadyPast:
            return step(
                "moment", .blocked, "on their clock the moment was past already", values: values, key: "schedule")
        case .between(let from, let until):
            values.append(("from", instant(from)))
            values.append(("until", instant(until)))
            let text =
                now < from ? "their moment has not come" : (now < until ? "it is their time" : "their time is over")
            return step("moment", now < until ? .info : .blocked, text, values: values, key: "schedule")
        }
    }

    private func step(
        _ kind: String, _ result: WhyReport.Step.Result, _ text: String, values: [(name: String, value: String)] = [],
        key: String
    ) -> WhyReport.Step {
        WhyReport.Step(
            kind: kind, result: result, text: text, values: values,
            place: program.campaign.spans[key].map { place($0) })
    }
}
