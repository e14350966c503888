/// When a campaign begins, how it grows, what ends it and what it is for.
extension ProjectChecker {
    struct CampaignPlan {
        var schedule: CampaignSchedule?
        var tryNext: TryNext?
        var rollout: [RolloutStage]
        var stopIf: [TypedExpression]
        var goal: CheckedGoal?
    }

    mutating func checkPlan(
        _ document: Document, kinds: [(kind: String, channel: String)], reach: CheckedSend.Reach?
    ) -> CampaignPlan? {
        let schedule = checkCampaignSchedule(document.node.entry("schedule"))
        let tryNext = checkTryNext(document.node.entry("try_next"), kinds: kinds, reach: reach)
        let rollout = checkRollout(document.node.entry("rollout"))
        var rates = scope([])
        rates.roots = [.bounced, .complained, .unsubscribed, .failed]
        let stopIf = conditions(document.value("stop_if"), in: rates, isAlternative: true)
        let goal = checkCampaignGoal(document.node.entry("goal"))
        guard let schedule, let tryNext, let rollout, let stopIf, let goal else { return nil }
        return CampaignPlan(schedule: schedule, tryNext: tryNext, rollout: rollout, stopIf: stopIf, goal: goal)
    }

    /// A holdout of everybody would be a campaign for nobody.
    mutating func checkHoldout(_ document: Document) -> Int64? {
        guard let scalar = document.value("holdout")?.scalar, let share = try? Units.share(scalar.text) else {
            return nil
        }
        if share >= 1_000_000 { diagnostics.report(.holdoutOfEverybody(scalar.span)) }
        if share == 0 { diagnostics.report(.emptyShare(scalar.span, "a holdout")) }
        return share
    }

    // MARK: When

    /// Outer nil: it has errors. Inner nil: there is none.
    private mutating func checkCampaignSchedule(_ entry: SyntaxEntry?) -> CampaignSchedule?? {
        guard let entry else { return .some(nil) }
        let node = entry.value
        let rhythms = (node.entries ?? []).filter { ["every", "cron", "once"].contains($0.key.text) }
        let schedule: Schedule
        if let at = node.entry("at"), let scalar = at.value.scalar, let moment = try? Units.moment(scalar.text) {
            switch (moment, rhythms.first) {
            case (.day, let rhythm?):
                diagnostics.report(
                    .keysApart(at.key.span, "a date at `at`", rhythm.key.text, also: rhythm.key.span))
                return nil
            case (.clock(let time), nil):
                diagnostics.report(.timeWithoutDay(scalar.span, time.text))
                return nil
            case (.day(let day), nil):
                for key in ["days", "day", "until"] {
                    guard let extra = node.entry(key) else { continue }
                    diagnostics.report(.keyNeeds(extra.key.span, key, "every"))
                    return nil
                }
                schedule = Schedule(rhythm: .once(day), clock: clock(node), until: nil)
            case (.clock, _?):
                guard let checked = checkSchedule(entry) else { return nil }
                schedule = checked
            }
        } else {
            guard let checked = checkSchedule(entry) else { return nil }
            schedule = checked
        }
        guard let late = node.text("too_late_after").flatMap({ try? Units.duration($0) }) else { return nil }
        let past = node.text("if_already_past").flatMap(PastMoment.init(rawValue:))
        if case .once = schedule.rhythm {
            // In some zone the hour is always past already, and elsewhere it is sent at once there.
            if schedule.clock == .contactZone, past == nil {
                diagnostics.report(
                    .missingKey(entry.key.span, "if_already_past", in: "a schedule in the contact's zone"))
                return nil
            }
        } else if let extra = node.entry("if_already_past"), let rhythm = rhythms.first {
            diagnostics.report(.keysApart(extra.key.span, extra.key.text, rhythm.key.text, also: rhythm.key.span))
            return nil
        }
        return CampaignSchedule(schedule: schedule, ifAlreadyPast: past, tooLateAfter: late)
    }

    // MARK: How far

    /// The shares rise up to the whole audience; every stage but the last is watched.
    private mutating func checkRollout(_ entry: SyntaxEntry?) -> [RolloutStage]? {
        guard let entry else { return [] }
        var stages: [RolloutStage] = []
        var before: SyntaxNode?
        for item in entry.value.items ?? [] {
            guard let node = item.value("share"), let share = node.text.flatMap({ try? Units.share($0) }) else {
                return nil
            }
            if share == 0 {
                diagnostics.report(.emptyShare(node.span, "a stage"))
                return nil
            }
            if let last = stages.last, let before, last.share >= share {
                diagnostics.report(.rolloutDoesNotRise(node.span, share, before: before.span))
                return nil
            }
            stages.append(RolloutStage(share: share, watch: item.text("watch").flatMap { try? Units.duration($0) }))
            before = node
        }
        guard let last = stages.last, let before else {
            diagnostics.report(.missingValue(entry.key.span, key: "rollout", expected: "a list of stages"))
            return nil
        }
        if last.share < 1_000_000 {
            diagnostics.report(.rolloutEndsEarly(before.span, last.share))
            return nil
        }
        for (stage, item) in zip(stages, entry.value.items ?? []) {
            if stage.watch == nil, stage.share < 1_000_000 {
                diagnostics.report(
                    .missingKey(item.value("share")?.span ?? item.span, "watch", in: "a stage before the last"))
                return nil
            }
            if stage.share == 1_000_000, let watch = item.entry("watch") {
                diagnostics.report(.nothingToWatchFor(watch.key.span))
                return nil
            }
        }
        return stages
    }

    /// Outer nil: it has errors. Inner nil: there is none.
    private mutating func checkCampaignGoal(_ node: SyntaxEntry?) -> CheckedGoal?? {
        guard let node, let name = node.value.value("event")?.scalar else { return .some(nil) }
        guard let event = resolveEvent(name) else { return nil }
        var scope = scope
        scope.roots.insert(.event)
        scope.journey.event = .event(event)
        guard let conditions = conditions(node.value.value("where"), in: scope) else { return nil }
        return CheckedGoal(
            event: event.id, conditions: conditions,
            within: node.value.text("within").flatMap { try? Units.duration($0) }, endsRun: false, span: node.key.span)
    }
}
