extension ProgramGraph {
    /// A sequence or rule as a graph: a gate in front of every send, every wait with its bound, every way with what
    /// decides it.
    ///
    /// - Parameter isVersioned: Without, the canonical form stays empty, as for campaigns.
    package static func lower(
        _ journey: CheckedJourney, in project: CheckedProject, isVersioned: Bool = true
    ) -> ProgramGraph {
        let lowered = JourneyLowering.lower(journey)
        let form = isVersioned ? canonicalForm(of: journey, lowered, in: project) : []
        return ProgramGraph(
            id: journey.id, nodes: lowered.nodes, canonicalForm: form, goal: journey.goal,
            exitWhen: journey.exitWhen, steps: lowered.steps, names: lowered.names, spans: lowered.spans)
    }

    private static func canonicalForm(
        of journey: CheckedJourney, _ lowered: JourneyLowering.Lowered, in project: CheckedProject
    ) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.steps = lowered.steps
        for (id, hours) in project.settings.openingHours {
            var part = CanonicalWriter()
            part.write(hours)
            writer.openingHours[id] = part.bytes
        }
        writer.write(journey, nodes: lowered.nodes, in: project)
        return writer.bytes
    }
}

/// What the version of a sequence or rule covers, by the same rule as a campaign's: who gets what, when, from whom, and
/// with what right. The names of steps, splits and arms only point inside, and count as positions; the names of exits,
/// tags, events and programs are seen from outside.
extension CanonicalWriter {
    mutating func write(_ journey: CheckedJourney, nodes: [ProgramGraph.Node], in project: CheckedProject) {
        tag("carillon.journey.1")
        text(journey.kind.rawValue)
        text(journey.id)
        text(journey.purpose.rawValue)
        optional(journey.topic) { $0.text($1) }
        optional(journey.lawfulBasis) { $0.text($1) }
        integer(Int64(journey.priority))
        optional(journey.budget) { writer, budget in
            writer.integer(budget.amount.micros)
            writer.optional(budget.period) { $0.integer($1) }
        }
        optional(journey.brand) { $0.write($1) }
        text(project.settings.timeZone)
        text(project.settings.currency)
        optional(project.settings.languageFallback) { $0.text($1) }
        write(journey.entry)
        text(journey.runs.rawValue)
        optional(journey.key) { $1.writeCanonical(into: &$0) }
        optional(journey.goal) { writer, goal in
            writer.text(goal.event)
            writer.all(goal.conditions)
            writer.optional(goal.within) { $0.integer($1) }
            writer.integer(goal.endsRun ? 1 : 0)
        }
        // Any of them ends the run, so their order means nothing.
        all(journey.exitWhen)
        tag("policy")
        optional(journey.policy) { $0.write($1) }
        tag("nodes")
        list(nodes) { $0.write($1, in: project) }
        tag("fields")
        let slots = Self.slots(of: journey, nodes: nodes)
        set(slots.filter { $0 < project.schema.fields.count }.map { project.schema.fields[$0] }) { writer, field in
            writer.text(field.name)
            field.type.writeCanonical(into: &writer)
        }
        tag("changed")
        write(journey.whenChanged)
        warning(journey.warnAt)
        unknownZone(project.settings)
    }

    /// Conditions all of which must hold, in any order.
    mutating func all(_ conditions: [TypedExpression]) {
        set(conditions) { $1.writeCanonical(into: &$0) }
    }

    private mutating func write(_ entry: CheckedEntry) {
        switch entry.cause {
        case .event(let name):
            tag("event")
            text(name)
        case .webhook(let name):
            tag("webhook")
            text(name)
        // Which account it is decides whose messages start it.
        case .inbound(let channel):
            tag("inbound")
            text(channel)
        case .segment(let segment, let crossing, let includesExisting):
            tag("segment")
            all(segment.conditions)
            text(crossing.rawValue)
            integer(includesExisting ? 1 : 0)
        case .schedule(let schedule):
            tag("schedule")
            write(schedule)
        }
        all(entry.conditions)
        switch entry.again {
        case .never: tag("never")
        case .always: tag("always")
        case .after(let pause):
            tag("after")
            integer(pause)
        }
    }

    mutating func write(_ schedule: Schedule) {
        switch schedule.rhythm {
        case .once(let moment):
            tag("once")
            integer(moment.day)
            write(moment.time)
        case .daily(let time):
            tag("daily")
            write(time)
        case .weekly(let days, let time):
            tag("weekly")
            integer(Int64(days.rawValue))
            write(time)
        case .monthly(let day, let time):
            tag("monthly")
            integer(Int64(day))
            write(time)
        case .cron(let cron):
            tag("cron")
            for field in [cron.minutes, cron.hours, cron.days, cron.months, cron.weekDays] {
                list(field) { $0.integer(Int64($1)) }
            }
            integer(cron.anyDay ? 1 : 0)
            integer(cron.anyWeekDay ? 1 : 0)
        }
        text(schedule.clock.text)
        optional(schedule.until) { $0.integer($1) }
    }

    mutating func write(_ time: ClockTime) {
        integer(Int64(time.minute))
    }

    mutating func write(_ hours: OpeningHours) {
        text(hours.zone)
        set(hours.open) { writer, times in
            writer.integer(Int64(times.days.rawValue))
            writer.write(times.hours.from)
            writer.write(times.hours.to)
        }
        integer(hours.closedOnHolidays ? 1 : 0)
        set(hours.closed) { $0.integer($1) }
    }

    /// The old names are those of the version before; the new ones count as positions.
    private mutating func write(_ rule: ChangeRule) {
        switch rule {
        case .keep: tag("keep")
        case .end: tag("end")
        case .move(let moves, let othersEnd):
            tag("move")
            set(Array(moves)) { writer, move in
                writer.text(move.key)
                writer.step(move.value.key)
            }
            integer(othersEnd ? 1 : 0)
        }
    }
}
