import RuleEngine

/// What an account may still send on a day: a new sender grows from day to day, and some providers count the people.
struct DailyAllowance {
    /// Days since 1970-01-01 on the project's clock.
    private(set) var day: Int64
    private(set) var left: Int
    let limit: Int
    let tomorrow: Timestamp

    /// Nil where the account has no such limit.
    init?(
        _ channel: CheckedChannel, zone: TimeZoneRules, now: Timestamp, volumes: any AccountVolumes
    ) throws(StoreError) {
        guard channel.warmUp != nil || channel.contactsPerDay != nil else { return nil }
        let today = zone.localTime(of: now).date.daysSinceEpoch
        func midnight(_ day: Int64) -> Timestamp {
            zone.resolve(LocalTime(date: CalendarDate(daysSinceEpoch: day))).instant
        }
        let used = try volumes.volume(ofChannel: channel.id, since: midnight(today))
        var left = Int.max
        var limit = Int.max
        if let warmUp = channel.warmUp {
            let begun = try volumes.firstUse(ofChannel: channel.id) ?? now
            let first = zone.localTime(of: begun).date.daysSinceEpoch
            limit = Self.messages(warmUp, onDay: Int(today - first))
            left = limit - used.messages
        }
        if let people = channel.contactsPerDay {
            limit = min(limit, people)
            left = min(left, people - used.contacts)
        }
        day = today
        self.limit = limit
        self.left = max(0, left)
        tomorrow = midnight(today + 1)
    }

    /// `start` on the first day, so much more on each further one, up to `until`.
    static func messages(_ warmUp: WarmUp, onDay day: Int) -> Int {
        let start = warmUp.start.perSecond * 86_400
        let end = warmUp.until.perSecond * 86_400
        var limit = start
        for _ in 0..<max(0, min(day, 10_000)) where limit < end { limit *= 1 + Double(warmUp.growth) / 1_000_000 }
        // A rate is kept as so many a second; what that loses must not cost a message.
        return Int((min(limit, end) + 0.001).rounded(.down))
    }

    mutating func take(_ count: Int = 1) {
        left = max(0, left - count)
    }

    mutating func giveBack(_ count: Int = 1) {
        left += count
    }
}
