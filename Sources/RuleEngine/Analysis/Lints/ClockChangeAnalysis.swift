extension ProjectAnalysis {
    /// Times of day that a zone's clocks skip or show twice (CMP010).
    static let clockChanges = ProjectAnalysis(name: "find times inside a change of the clocks") {
        analysed, diagnostics in
        var changes = ClockChanges(zoneRules: analysed.catalog.zoneRules)
        for program in analysed.programs {
            if let (schedule, place) = program.schedule, case .zone(let zone) = schedule.clock,
                let found = changes.first(of: schedule.rhythm, until: schedule.until, in: zone)
            {
                diagnostics.report(.timeInClockChange(place, found, zone))
            }
            for index in program.graph.nodes.indices {
                guard case .wait(let wait, _) = program.graph.nodes[index],
                    let span = program.span(of: index)
                else {
                    continue
                }
                let rhythm: Schedule.Rhythm
                let clock: Clockwork
                switch wait {
                case .clock(let time, let days, let ownClock):
                    (rhythm, clock) = (days.map { .weekly($0, time) } ?? .daily(time), ownClock)
                case .until(_, let time?, let days, let ownClock, _):
                    (rhythm, clock) = (days.map { .weekly($0, time) } ?? .daily(time), ownClock)
                case .duration, .until(_, nil, _, _, _): continue
                }
                if case .zone(let zone) = clock, let found = changes.first(of: rhythm, until: nil, in: zone) {
                    diagnostics.report(.timeInClockChange(span, found, zone))
                }
            }
        }
    }
}

extension AnalysedProject.Program {
    /// The time table that it begins by, and where the file says when.
    fileprivate var schedule: (Schedule, SourceSpan)? {
        switch source {
        case .campaign(let campaign):
            return campaign.schedule.map { plan in
                let place = ["schedule.at", "schedule.once", "schedule.cron", "schedule"].lazy.compactMap {
                    campaign.spans[$0]
                }.first
                return (plan.schedule, place ?? campaign.span)
            }
        case .journey(let journey):
            guard case .schedule(let schedule) = journey.entry.cause else { return nil }
            return (schedule, journey.entry.timeSpan ?? journey.entry.span)
        }
    }
}

/// A time that a clock does not show on some day, or shows twice.
struct ClockChange {
    let moment: LocalMoment
    let resolution: LocalTimeResolution
    /// What the clock shows at the instant that is taken.
    let shown: LocalTime
}

/// The changes of the zones that the project names, each looked up once.
struct ClockChanges {
    /// The compiler has no clock of its own, so it looks at these years whenever it runs. Twelve of them hold every day
    /// of the week on which a rule such as "the last Sunday in March" can fall.
    private static let years = 2027...2038

    private let zoneRules: @Sendable (String) -> TimeZoneRules?
    private var known: [String: (rules: TimeZoneRules, days: [Int64])?] = [:]

    init(zoneRules: @escaping @Sendable (String) -> TimeZoneRules?) {
        self.zoneRules = zoneRules
    }

    mutating func first(of rhythm: Schedule.Rhythm, until: Int64?, in zone: String) -> ClockChange? {
        if known[zone] == nil { known[zone] = .some(look(up: zone)) }
        guard case .some(.some(let (rules, days))) = known[zone] else { return nil }
        if case .once(let moment) = rhythm { return Self.change(at: moment, rules) }
        for day in days where day <= until ?? .max {
            for time in rhythm.times(on: day) {
                if let change = Self.change(at: LocalMoment(day: day, time: time), rules) { return change }
            }
        }
        return nil
    }

    private static func change(at moment: LocalMoment, _ rules: TimeZoneRules) -> ClockChange? {
        let local = LocalTime(
            date: CalendarDate(daysSinceEpoch: moment.day), hour: moment.time.minute / 60,
            minute: moment.time.minute % 60)
        let resolution = rules.resolve(local)
        switch resolution {
        case .unique: return nil
        case .ambiguous(let instant, _), .skipped(let instant):
            return ClockChange(
                moment: moment, resolution: resolution, shown: rules.localTime(of: instant))
        }
    }

    /// The days on which the zone's clocks change.
    private func look(up zone: String) -> (rules: TimeZoneRules, days: [Int64])? {
        guard let rules = zoneRules(zone),
            let first = CalendarDate(year: Self.years.lowerBound, month: 1, day: 1),
            let last = CalendarDate(year: Self.years.upperBound, month: 12, day: 31)
        else { return nil }
        func offset(_ day: Int64) -> Int {
            rules.offset(at: rules.resolve(LocalTime(date: CalendarDate(daysSinceEpoch: day))).instant)
                .seconds
        }
        // No zone changes twice within a fortnight without being where it was before, Ramadan apart, which lasts longer:
        // a week without a difference has no change in it.
        var days: [Int64] = []
        var day = first.daysSinceEpoch
        while day < last.daysSinceEpoch {
            if offset(day) != offset(day + 7) {
                for change in day..<day + 7 where offset(change) != offset(change + 1) {
                    days.append(change)
                }
            }
            day += 7
        }
        return (rules, days)
    }
}

extension Schedule.Rhythm {
    /// When it begins on a day; empty where the day is none of its own.
    fileprivate func times(on day: Int64) -> [ClockTime] {
        let date = CalendarDate(daysSinceEpoch: day)
        switch self {
        case .once(let moment): return moment.day == day ? [moment.time] : []
        case .daily(let time): return [time]
        case .weekly(let days, let time):
            return days.contains(WeekDays(day: date.weekday - 1)) ? [time] : []
        case .monthly(let number, let time):
            return date.day == min(number, CalendarDate.length(ofMonth: date.month, year: date.year))
                ? [time] : []
        case .cron(let cron):
            let fitsDay = cron.days.contains(date.day)
            let fitsWeekDay = cron.weekDays.contains(date.weekday % 7)
            let fits =
                if cron.anyDay || cron.anyWeekDay { fitsDay && fitsWeekDay } else { fitsDay || fitsWeekDay }
            guard fits, cron.months.contains(date.month) else { return [] }
            return cron.hours.flatMap { hour in cron.minutes.map { ClockTime(minute: hour * 60 + $0) } }
        }
    }
}

extension Diagnostic {
    static func timeInClockChange(_ span: SourceSpan, _ change: ClockChange, _ zone: String)
        -> Diagnostic
    {
        func text(_ instant: Timestamp) -> String {
            Value.number(instant.microseconds, .instant).described
        }
        let when = "\(change.moment.time.text) on \(CivilDate.text(day: change.moment.day)) in \(zone)"
        let shown = ClockTime(minute: change.shown.secondOfDay / 60).text
        let message: String
        switch change.resolution {
        case .skipped(let instant):
            message = "there is no \(when); \(text(instant)) is taken, when clocks there show \(shown)"
        case .ambiguous(let first, let second):
            message = "\(when) comes twice; the first is taken, \(text(first)), not \(text(second))"
        case .unique(let instant): message = "\(when) is \(text(instant))"
        }
        return Diagnostic(
            code: "L038", severity: .warning, message: "`time-in-clock-change`: " + message,
            at: Label(span),
            help: "choose a time outside of the night hours in which clocks change")
    }
}
