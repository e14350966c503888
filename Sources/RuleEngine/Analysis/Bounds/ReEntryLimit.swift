/// How often one person may come into a program, as far as the files limit it.
enum ReEntryLimit: Hashable {
    /// One run in all.
    case once
    /// One run after the other, the next at least so long after the end of the last.
    case oneByOne(gap: Int64)
    /// Runs begin by the clock, and may overlap.
    case scheduled(Schedule)
    /// A new run may end the last one at any moment.
    case restarts
    case none(UnlimitedReason)

    init(_ journey: CheckedJourney, isStartedByOthers: Bool) {
        if journey.entry.again == .never {
            self = .once
        } else if case .schedule(let schedule) = journey.entry.cause, !isStartedByOthers {
            self = if case .once = schedule.rhythm { .once } else { .scheduled(schedule) }
        } else if let key = journey.key {
            self = .none(.runPerKey(key.source))
        } else {
            switch journey.runs {
            case .many: self = .none(.runsSideBySide)
            case .restart: self = .restarts
            case .one, .queue:
                if case .after(let gap) = journey.entry.again {
                    self = .oneByOne(gap: gap)
                } else {
                    self = .oneByOne(gap: 0)
                }
            }
        }
    }
}

/// Why nobody can say how many messages a person gets at most.
package enum UnlimitedReason: Sendable, Hashable {
    /// `runs` names a key, and every new value of it begins a run.
    case runPerKey(String)
    /// `runs: many`.
    case runsSideBySide
    /// The next run may begin when the last has ended, and a run may end at once.
    case runAfterRun
}

extension Schedule {
    /// How often it begins at most within a span. A day of the schedule's own clock counts as 24 hours, also in the night
    /// in which the clock is put forward.
    func mostBeginnings(within width: Int64) -> Int {
        guard width > 0 else { return 0 }
        let days = Int((width - 1) / CheckedStep.Wait.day + 1)
        switch rhythm {
        case .once: return 1
        case .daily: return days
        case .weekly(let weekDays, _):
            // A holiday may be any day.
            guard !weekDays.contains(.holidays) else { return days }
            let fits = (0..<7).map { weekDays.contains(WeekDays(day: $0)) ? 1 : 0 }
            let rest = (0..<7).map { start in (0..<days % 7).reduce(0) { $0 + fits[(start + $1) % 7] } }.max() ?? 0
            return days / 7 * fits.reduce(0, +) + rest
        case .monthly: return (days - 1) / 28 + 1
        case .cron(let cron): return days * cron.minutes.count * cron.hours.count
        }
    }
}
