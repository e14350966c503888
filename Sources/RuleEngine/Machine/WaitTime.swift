/// How long a `wait` lasts.
enum WaitTime {
    /// When a wait that began at an instant is over; nil where there is nothing to wait for. Pure, so that the same
    /// question may be asked again on waking: a date may have moved, and the contact to another zone.
    static func end(
        of wait: CheckedStep.Wait, since: Timestamp, clock: (Clockwork) -> WallClock,
        value: (TypedExpression) -> Value
    ) -> Timestamp? {
        switch wait {
        case .duration(let duration): since.advanced(by: duration)
        case .clock(let time, let days, let clockwork): clock(clockwork).next(time, on: days, after: since)
        case .until(let expression, let time, let days, let clockwork, let upTo):
            moment(value(expression), time, days, clock(clockwork)).flatMap { moment in
                moment > since ? min(moment, since.advanced(by: upTo)) : nil
            }
        }
    }

    /// A date at a time of day, midnight without one; an instant as it is, unless a time or days are named.
    private static func moment(_ value: Value, _ time: ClockTime?, _ days: WeekDays?, _ clock: WallClock) -> Timestamp?
    {
        switch value {
        case .number(let day, .date): return clock.first((time?.minute ?? 0) * 60, on: days, from: day)
        case .number(let microseconds, .instant):
            let instant = Timestamp(microseconds: microseconds)
            if time == nil, days == nil { return instant }
            let local = clock.rules.localTime(of: instant)
            let second = time.map { $0.minute * 60 } ?? local.secondOfDay
            return clock.first(second, on: days, from: local.date.daysSinceEpoch)
        case .number, .missing, .bool, .text, .list: return nil
        }
    }
}
