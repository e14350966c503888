import RuleEngine

/// What begins by the clock: ticks of schedules, and people who come into a segment or leave it.
extension JourneyEngine {
    /// A tick that is later than this is left out: whoever starts the runner after a week must not greet everybody with
    /// last Monday's message.
    private static let mostLate: Int64 = 2 * 3_600_000_000
    private static let pageSize = 2000
    /// On the clocks that are furthest ahead a day begins this much before it begins in UTC.
    private static let earliest = TimeZoneRules(
        fixed: TimeZoneRules.Offset(seconds: 14 * 3600, isDaylightSaving: false, abbreviation: "+14"))

    func lookAtClocks(_ turn: inout Turn) throws(StoreError) {
        nextClock = nil
        for version in programs.clocked {
            switch version.journey.entry.cause {
            case .schedule(let schedule): try look(at: schedule, of: version, &turn)
            case .segment(let segment, _, _): try look(at: segment, of: version, &turn)
            case .event, .inbound, .webhook: break
            }
        }
        for tick in try store.takeTicks(at: turn.now, limit: options.runsPerTurn) {
            turn.hasWorked = true
            guard let version = programs.versions[tick.launch] else { continue }
            let cause = QueuedCause(contact: tick.contact, kind: .tick, name: version.launch.program, at: tick.at)
            try dispatch(cause, to: [version.launch.program], &turn)
        }
    }

    // MARK: Schedules

    private func look(at schedule: Schedule, of version: LiveVersion, _ turn: inout Turn) throws(StoreError) {
        let launch = version.launch.id
        guard var tick = try store.tick(of: launch) else {
            let first = ScheduleTick(nextAt: next(schedule, version, after: turn.now))
            turn.hasWorked = true
            return try store.setTick(first, of: launch)
        }
        if tick.tickingAt == nil, let next = tick.nextAt, next <= turn.now {
            tick.tickingAt = next
            tick.cursor = ContactKey(rawValue: 0)
        }
        guard let ticking = tick.tickingAt else {
            note(clock: tick.nextAt)
            return
        }
        turn.hasWorked = true
        let isTooLate = turn.now.microseconds - ticking.microseconds > Self.mostLate
        let page = isTooLate ? [] : try store.contacts(after: tick.cursor, limit: Self.pageSize)
        for contact in page { try carry(ticking, schedule, to: contact, version, &turn) }
        if let last = page.last {
            tick.cursor = last
        } else {
            tick.tickingAt = nil
            tick.nextAt = next(schedule, version, after: isTooLate ? turn.now : ticking)
        }
        try store.setTick(tick, of: launch)
        note(clock: tick.nextAt)
    }

    private func carry(
        _ time: Timestamp, _ schedule: Schedule, to contact: ContactKey, _ version: LiveVersion, _ turn: inout Turn
    ) throws(StoreError) {
        guard case .contactZone = schedule.clock else {
            let cause = QueuedCause(contact: contact, kind: .tick, name: version.launch.program, at: time)
            return try dispatch(cause, to: [version.launch.program], &turn)
        }
        guard let facts = try facts(of: contact, version, at: turn.now) else { return }
        let own = schedule.next(after: time.advanced(by: -1), in: facts.contactZone, holidays: facts.holidays)
        // Its own time may lie just behind: a person whose zone nobody's clock is ahead of.
        if let own { try store.insertTick(of: version.launch.id, contact: contact, at: own) }
    }

    private func next(_ schedule: Schedule, _ version: LiveVersion, after instant: Timestamp) -> Timestamp? {
        switch schedule.clock {
        case .zone(let name): schedule.next(after: instant, in: zones.rules(of: name) ?? version.zone)
        case .contactZone: schedule.next(after: instant, in: Self.earliest)
        }
    }

    // MARK: Segments

    /// Everybody is looked at once a minute, page by page. Who was there before the program was is told as that.
    private func look(at segment: CheckedSegment, of version: LiveVersion, _ turn: inout Turn) throws(StoreError) {
        let launch = version.launch.id
        let known = try store.tick(of: launch)
        var tick = known ?? ScheduleTick(nextAt: nil, tickingAt: turn.now)
        // `nextAt` is nil until everybody was seen once.
        let isFirst = tick.nextAt == nil
        if tick.tickingAt == nil {
            guard let next = tick.nextAt, next <= turn.now else { return note(clock: tick.nextAt) }
            tick.tickingAt = turn.now
            tick.cursor = ContactKey(rawValue: 0)
        }
        let page = try store.crossings(
            of: segment, program: version.launch.program, schema: version.project.schema, offices: version.offices,
            after: tick.cursor, limit: Self.pageSize, now: turn.now)
        for contact in page.entered {
            try tell(version, contact, isFirst ? .existing : .entersSegment, &turn)
        }
        for contact in page.left { try tell(version, contact, .leavesSegment, &turn) }
        if let next = page.next {
            tick.cursor = next
            turn.hasWorked = true
        } else {
            tick.nextAt = (tick.tickingAt ?? turn.now).advanced(by: options.segmentInterval)
            tick.tickingAt = nil
        }
        try store.setTick(tick, of: launch)
        note(clock: tick.tickingAt ?? tick.nextAt)
    }

    /// One person's, as soon as something of them has changed. Until everybody was seen once nobody has come in: they
    /// may have been there before.
    func lookAtSegments(of cause: QueuedCause, _ turn: inout Turn) throws(StoreError) {
        for version in programs.entered(byFields: cause.name.split(separator: ",").map(String.init)) {
            guard case .segment(let segment, _, _) = version.journey.entry.cause,
                try store.tick(of: version.launch.id)?.nextAt != nil
            else { continue }
            let page = try store.crossings(
                of: segment, program: version.launch.program, schema: version.project.schema,
                offices: version.offices, after: ContactKey(rawValue: cause.contact.rawValue - 1), limit: 1,
                now: turn.now)
            for contact in page.entered { try tell(version, contact, .entersSegment, &turn) }
            for contact in page.left { try tell(version, contact, .leavesSegment, &turn) }
        }
    }

    private func tell(
        _ version: LiveVersion, _ contact: ContactKey, _ kind: QueuedCause.Kind, _ turn: inout Turn
    ) throws(StoreError) {
        turn.hasWorked = true
        let cause = QueuedCause(contact: contact, kind: kind, name: version.launch.program, at: turn.now)
        try dispatch(cause, to: [version.launch.program], &turn)
    }

    private func note(clock: Timestamp?) {
        nextClock = [nextClock, clock].compactMap(\.self).min()
    }
}
