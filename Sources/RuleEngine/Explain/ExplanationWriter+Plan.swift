/// What a campaign says about when and how far, and a policy about how often.
extension ExplanationWriter {
    // MARK: Campaigns

    /// When it begins, and in which steps it reaches its audience.
    func plan(_ campaign: CheckedCampaign) -> [Phrase] {
        var sentences: [Phrase] = []
        if let plan = campaign.schedule {
            sentences.append(Phrase("It begins \(wording.schedule(plan.schedule))."))
            if let past = plan.ifAlreadyPast {
                let then =
                    switch past {
                    case .next_day: "gets it at that time on the next day"
                    case .send_now: "gets it at once"
                    case .skip: "does not get it"
                    }
                sentences.append(Phrase("Whoever's clock shows a later time by then \(then)."))
            }
            sentences.append(
                Phrase("Later than \(Wording.duration(plan.tooLateAfter)) after that moment it is not sent any more."))
        } else {
            sentences.append(Phrase("It begins when somebody runs it."))
        }
        for (index, stage) in campaign.rollout.enumerated() {
            let beginning = index == 0 ? "First it goes to" : "Then it goes to"
            let share = Wording.share(stage.share)
            let watch = stage.watch.map { "; \(Wording.duration($0)) are watched before the next stage" } ?? ""
            sentences.append(Phrase("\(beginning) \(share) of the audience\(watch)."))
        }
        return sentences
    }

    /// In the graph every arm is possible for those who wait; that one of them is found to be the best is said here.
    func experiment(_ experiment: CheckedExperiment, _ campaign: CheckedCampaign) -> [Phrase] {
        let others = 1_000_000 - experiment.sample
        let arms = experiment.arms.map { arm in
            Phrase(
                "\(Wording.share(arm.share)) of the sample, \(Wording.name(arm.name)): "
                    + wording.deliver(
                        CheckedSend(
                            template: arm.template, reach: campaign.route.map { .route($0) } ?? .channels(campaign.via),
                            validFor: campaign.validFor, tryNext: campaign.tryNext), name: nil
                    ).flat)
        }
        let sample = Phrase(
            "A sample of \(Wording.share(experiment.sample)) is divided by chance; the same contact always gets the same "
                + "message.", arms)
        guard others > 0 else { return [sample] }
        let metric =
            switch experiment.metric {
            case .clicked: "in which the largest share clicked a link"
            case .opened: "that the largest share opened"
            case .replied: "to which the largest share replied"
            case .goal: "after which the largest share reached the goal"
            }
        let fallback =
            experiment.arms.indices.contains(experiment.otherwise) ? experiment.arms[experiment.otherwise].name : ""
        return [
            sample,
            Phrase(
                "The other \(Wording.share(others)) wait \(Wording.duration(experiment.decideAfter)). Then they get the message "
                    + "\(metric), if that is \(Wording.share(experiment.confidence)) certain; else "
                    + "\(Wording.name(fallback))."),
        ]
    }

    // MARK: Policies

    func rules(_ policy: CheckedPolicy) -> [Phrase] {
        var sentences: [Phrase] = []
        if let after = policy.afterQuietHours, !policy.quietHours.isEmpty {
            let spread = after.spread.map { ", spread over \(Wording.duration($0))" } ?? ""
            sentences.append(
                Phrase(
                    "A message that is due in quiet hours waits for their end\(spread); after "
                        + "\(Wording.duration(after.dropAfter)) it is dropped."))
            if after.checksAgain {
                sentences.append(Phrase("Whether the contact is still meant is asked again then."))
            }
            if let zone = project.settings.unknownZone {
                let clock =
                    switch zone {
                    case .strictest: "every clock that they may live by"
                    case .project: "the clock of \(project.settings.timeZone)"
                    }
                sentences.append(Phrase("For a contact whose time zone nobody knows, \(clock) counts."))
            }
        }
        if !policy.caps.isEmpty {
            let action =
                switch policy.whenCapped ?? .wait {
                case .wait: "waits until there is room"
                case .skip: "is skipped"
                }
            sentences.append(Phrase("A message above the most that a contact may get \(action)."))
            if policy.picksByPriority {
                let ahead = policy.planAhead.map { " of the next \(Wording.duration($0))" } ?? ""
                sentences.append(
                    Phrase("Of the messages\(ahead) that compete for room, the one of higher priority wins."))
            }
        }
        if let approval = policy.approval {
            sentences.append(
                Phrase(
                    "Above \(Wording.number(approval.neededOver)) contacts, somebody with the permission "
                        + "\(Wording.name(approval.by)) must agree before anything is sent."))
        }
        return sentences
    }

    /// Quiet hours and caps as what never happens.
    func limits(_ policy: CheckedPolicy) -> [Phrase] {
        policy.quietHours.map { Phrase("Nothing is sent \(Wording.quiet($0)).") }
            + policy.caps.map { Phrase("Nobody gets more than \(Wording.cap($0)), from all programs together.") }
    }
}

extension Wording {
    static func quiet(_ quiet: QuietHours) -> String {
        let days = quiet.days.map { " on a " + list(self.days($0), "or") } ?? ""
        let hours = quiet.hours == .allDay ? "all day" : "from \(quiet.hours.from.text) to \(quiet.hours.to.text)"
        return "\(hours)\(days), \(clock(quiet.clock))"
    }

    static func cap(_ cap: FrequencyCap) -> String {
        let kinds = cap.kinds.map { " by " + list($0.map(channelKind), "or") } ?? ""
        return "\(count(cap.count, "message"))\(kinds) in any \(duration(cap.period))"
    }
}
