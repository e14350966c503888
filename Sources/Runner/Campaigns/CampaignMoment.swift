package import RuleEngine

/// When a campaign begins, once or again and again, as the scheduler and each contact's clock read it.
///
/// A schedule in a named zone ticks at instants. One in the contact's zone ticks at a reading of the clock on the wall,
/// which comes everywhere at another instant: it is kept as the instant at which a clock in UTC shows it.
package struct CampaignMoment: Sendable {
    /// What stands in the launch: an instant, or a reading of the clock kept as one.
    package typealias Tick = Timestamp

    private let plan: CampaignSchedule
    /// Nil for the contact's own.
    private let zone: TimeZoneRules?
    /// No clock on earth is further ahead of UTC than fourteen hours, or further behind it than twelve.
    private static let earliest: Double = -14 * 3600
    private static let latest: Double = 12 * 3600

    /// - Returns: nil where the machine doesn't know the zone.
    package init?(_ plan: CampaignSchedule, rules: (String) -> TimeZoneRules?) {
        self.plan = plan
        switch plan.schedule.clock {
        case .contactZone: zone = nil
        case .zone(let name):
            guard let rules = rules(name) else { return nil }
            zone = rules
        }
    }

    package var isRecurring: Bool {
        if case .once = plan.schedule.rhythm { false } else { true }
    }

    package var isInContactZone: Bool { zone == nil }

    /// The first tick that is not wholly over; for one moment that moment, however long ago. Nil where none comes.
    package func tick(notBefore now: Timestamp) -> Tick? {
        if case .once(let moment) = plan.schedule.rhythm {
            return Self.instant(day: moment.day, second: moment.time.minute * 60, in: zone ?? .utc)
        }
        // A tick counts until it is over everywhere, so that a runner that starts a minute late doesn't skip a day.
        let from = now.adding(seconds: -Double(plan.tooLateAfter) / 1_000_000 - (zone == nil ? Self.latest : 0))
        return plan.schedule.next(after: from, in: zone ?? .utc)
    }

    /// The tick behind another one; nil for a moment that comes once, and behind the last.
    package func tick(after last: Tick) -> Tick? {
        isRecurring ? plan.schedule.next(after: last, in: zone ?? .utc) : nil
    }

    /// When somebody may be due for the first time.
    package func start(of tick: Tick) -> Timestamp {
        zone == nil ? tick.adding(seconds: Self.earliest) : tick
    }

    /// From when on nobody is due any more, whatever the clock.
    package func end(of tick: Tick) -> Timestamp {
        let last = zone == nil ? tick.adding(seconds: Self.latest) : tick
        // The people for whom it was past already may get it a day later.
        let delay: Double = plan.ifAlreadyPast == .next_day ? 25 * 3600 : 0
        return last.adding(seconds: delay).advanced(by: plan.tooLateAfter)
    }

    /// When it is one contact's turn.
    package enum Turn: Sendable, Equatable {
        /// Sent from `from` on and not any more at `until`.
        case between(from: Timestamp, until: Timestamp)
        /// The moment was over on this contact's clock when the launch was made, and the file says to leave it then.
        case alreadyPast
    }

    /// - Parameter contact: the contact's zone.
    /// - Parameter madeAt: when the launch was made. A moment that was over then is past already; one that came while
    ///   nobody was there to send is late.
    package func turn(of tick: Tick, contact: TimeZoneRules, madeAt: Timestamp) -> Turn {
        func turn(from: Timestamp) -> Turn {
            .between(from: from, until: from.advanced(by: plan.tooLateAfter))
        }
        let moment = instant(of: tick, contact: contact)
        guard moment < madeAt, let rule = plan.ifAlreadyPast else { return turn(from: moment) }
        switch rule {
        case .send_now: return turn(from: madeAt)
        case .skip: return .alreadyPast
        case .next_day:
            let local = (zone ?? contact).localTime(of: moment)
            var day = local.date.daysSinceEpoch
            var next = moment
            // The file may be run days behind its date.
            let missed = (madeAt.microseconds - moment.microseconds) / 86_400_000_000
            day += max(0, missed - 1)
            while next < madeAt {
                day += 1
                next = Self.instant(day: day, second: local.secondOfDay, in: zone ?? contact)
            }
            return turn(from: next)
        }
    }

    private func instant(of tick: Tick, contact: TimeZoneRules) -> Timestamp {
        guard zone == nil else { return tick }
        let wall = TimeZoneRules.utc.localTime(of: tick)
        return Self.instant(day: wall.date.daysSinceEpoch, second: wall.secondOfDay, in: contact)
    }

    /// The first of two where the clocks are put back, and the first instant behind the gap where they are put forward.
    private static func instant(day: Int64, second: Int, in zone: TimeZoneRules) -> Timestamp {
        zone.resolve(LocalTime(date: CalendarDate(daysSinceEpoch: day), secondOfDay: second)).instant
    }
}
