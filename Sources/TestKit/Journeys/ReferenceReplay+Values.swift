import RuleEngine

extension ReferenceReplay {
    mutating func holdOut(_ share: Int64) throws(ReferenceStop) {
        let facts = inputs[cursor].facts
        if facts.settled.isHeldOut ?? (ContactShare.position(facts.contact, in: journey.id, .holdout) < share) {
            try end(.heldOut)
        }
    }

    /// A split's place is that of its node among the splits, which nobody can tell from the steps alone.
    func drawn(_ name: String, _ arms: [CheckedStep.SplitArm], key: String) -> Int {
        let facts = inputs[cursor].facts
        if let arm = facts.settled.arms[name], let index = arms.firstIndex(where: { $0.name == arm }) { return index }
        let node = graph.steps[key] ?? 0
        let place = graph.nodes[..<node].count { if case .split = $0 { true } else { false } }
        var rest = ContactShare.position(facts.contact, in: journey.id, .split(place))
        for (index, arm) in arms.enumerated() {
            if rest < arm.share { return index }
            rest -= arm.share
        }
        return arms.count - 1
    }

    func after(_ instant: Timestamp, _ duration: Int64) -> Timestamp {
        Timestamp(microseconds: instant.microseconds + duration)
    }

    func rules(_ clockwork: Clockwork) -> TimeZoneRules {
        switch clockwork {
        case .contactZone: inputs[cursor].facts.contactZone
        case .zone(let name): clocks[name] ?? .utc
        }
    }

    /// Tries one quarter of an hour after the other until the clock shows what is wanted: slow, and hard to get wrong.
    /// Generated times lie on quarters, and clocks change on them. The first instant behind a gap is the one at which
    /// the clock has jumped past the time.
    func end(of wait: CheckedStep.Wait, since: Timestamp) -> Timestamp? {
        switch wait {
        case .duration(let duration): return after(since, duration)
        case .clock(let time, let days, let clockwork):
            return quarter(behind: since, on: rules(clockwork), days: days) { $0 >= time.minute }
        case .until(let expression, let time, let days, let clockwork, let upTo):
            let zone = rules(clockwork)
            let moment: Timestamp?
            switch expression.evaluate(in: context()) {
            case .number(let day, .date):
                // From two days before, whatever the zone.
                let start = Timestamp(microseconds: (day - 2) * 86_400_000_000 - 1)
                moment = quarter(behind: start, on: zone, days: days, from: day) { $0 >= time?.minute ?? 0 }
            case .number(let instant, .instant) where time == nil && days == nil:
                moment = Timestamp(microseconds: instant)
            default: moment = nil
            }
            guard let moment, moment > since else { return nil }
            return moment < after(since, upTo) ? moment : after(since, upTo)
        }
    }

    func quarter(
        behind instant: Timestamp, on zone: TimeZoneRules, days: WeekDays?, from firstDay: Int64 = .min,
        _ isThere: (Int) -> Bool
    ) -> Timestamp? {
        let quarter: Int64 = 900_000_000
        var moment = instant.microseconds / quarter * quarter - 86_400_000_000 * 2
        var doneDay: Int64 = .min
        for _ in 0..<4 * 24 * 20 {
            let local = zone.localTime(of: Timestamp(microseconds: moment))
            let day = local.date.daysSinceEpoch
            if isThere(local.secondOfDay / 60), day != doneDay {
                // The first quarter of this day that is late enough is the day's only one.
                doneDay = day
                let isWanted = days.map { $0.contains(WeekDays(day: local.date.weekday - 1)) } ?? true
                if isWanted, day >= firstDay, moment > instant.microseconds { return Timestamp(microseconds: moment) }
            }
            moment += quarter
        }
        return nil
    }

    func context(event: [String: Value] = [:]) -> EvaluationContext {
        var context = inputs[cursor].facts.context
        context.runStartedAt = startedAt
        context.journey.entry = entry.fields
        context.journey.conversationID = entry.conversationID
        context.journey.event = event
        return context
    }

    func all(_ conditions: [TypedExpression], event: [String: Value] = [:]) -> Bool {
        let context = context(event: event)
        return conditions.allSatisfy { $0.evaluate(in: context) == .bool(true) }
    }

    func filled(_ values: [Assignment]) -> [NamedValue] {
        values.compactMap { assignment in
            switch assignment.value {
            case .expression(let expression):
                let value = expression.evaluate(in: context())
                return value == .missing ? nil : NamedValue(name: assignment.field, value: value)
            case .text(let text): return rendered(text).map { NamedValue(name: assignment.field, value: .text($0)) }
            }
        }
    }

    func rendered(_ text: CompiledText) -> [UInt8]? {
        let context = context()
        var bytes: [UInt8] = []
        try? text.render(
            into: &bytes, facts: context.page, row: context.row,
            context: RenderContext(
                sender: context.sender, runStartedAt: startedAt, now: now, timeZone: projectZone,
                journey: context.journey))
        return bytes
    }
}
