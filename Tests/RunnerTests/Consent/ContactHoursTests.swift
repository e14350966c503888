import RuleEngine
import Runner
import Testing

@Suite("Hours at which people may be reached")
struct ContactHoursTests {
    // MARK: - Building

    static func instant(_ text: String) throws -> Timestamp {
        let digits = text.split { !$0.isNumber }.compactMap { Int64($0) }
        let date = try #require(CalendarDate(year: Int(digits[0]), month: Int(digits[1]), day: Int(digits[2])))
        let seconds = date.daysSinceEpoch * 86_400 + digits[3] * 3600 + digits[4] * 60
        return Timestamp(microseconds: (seconds + (digits.count > 5 ? digits[5] : 0)) * 1_000_000)
    }

    static func minutes(_ from: Int, _ to: Int) -> ClockRange {
        ClockRange(from: ClockTime(minute: from), to: ClockTime(minute: to))
    }

    static func policy(_ quiet: [QuietHours], unknown: [String] = []) throws -> ContactHours {
        try #require(ContactHours(kind: "email", quiet: quiet, policy: "house", packs: [], unknownZones: unknown))
    }

    /// Of the laws alone.
    static func law(_ kind: String) throws -> ContactHours {
        let packs = RulePacks.shipped.filter { !$0.isPreset }
        return try #require(ContactHours(kind: kind, quiet: [], policy: "", packs: packs, unknownZones: []))
    }

    static func place(_ zone: String) -> Place {
        PlaceBook.shared.place(timeZone: zone, country: nil, number: nil)
    }

    static func number(_ number: String) -> Place {
        PlaceBook.shared.place(timeZone: nil, country: nil, number: number)
    }

    static let nights = QuietHours(hours: minutes(20 * 60, 9 * 60), days: nil, clock: .contactZone)

    // MARK: - Law

    struct LawCase: Sendable, CustomTestStringConvertible {
        var kind: String
        var number: String
        var at: String
        /// Nil: open.
        var opens: String?

        var testDescription: String { "\(kind) \(number) \(at)" }
    }

    /// Hours in UTC. New York keeps -04 in July and -05 in November.
    static let laws = [
        // Florida closes at eight, federal law at nine; and the guard band before it.
        LawCase(kind: "sms", number: "+13055550100", at: "2026-07-02 00:30", opens: "2026-07-02 12:00"),
        LawCase(kind: "sms", number: "+12125550100", at: "2026-07-02 00:30", opens: nil),
        LawCase(kind: "sms", number: "+12125550100", at: "2026-07-02 00:49", opens: nil),
        LawCase(kind: "sms", number: "+12125550100", at: "2026-07-02 00:50", opens: "2026-07-02 12:00"),
        // Of the Florida panhandle one half is an hour behind the other.
        LawCase(kind: "sms", number: "+18505550100", at: "2026-07-01 12:30", opens: "2026-07-01 13:00"),
        // Manitoba keeps -05 since 2026: half past eight.
        LawCase(kind: "sms", number: "+12045550100", at: "2026-11-21 13:30", opens: nil),
        // Canada, voice: Sunday until six, in Toronto.
        LawCase(kind: "voice_live", number: "+14165550100", at: "2026-11-22 23:30", opens: "2026-11-23 14:00"),
        // Texas, Sunday from noon.
        LawCase(kind: "voice_live", number: "+15125550100", at: "2026-11-22 17:30", opens: "2026-11-22 18:00"),
        // Rhode Island, Saturday until five, and never on a Sunday.
        LawCase(kind: "voice_live", number: "+14015550100", at: "2026-11-21 22:30", opens: "2026-11-23 14:00"),
        // And not on Thanksgiving.
        LawCase(kind: "voice_live", number: "+14015550100", at: "2026-11-26 16:00", opens: "2026-11-27 14:00"),
        // France: the break at noon; and All Saints' Day, a Monday.
        LawCase(kind: "voice_live", number: "+33140000000", at: "2026-11-24 12:30", opens: "2026-11-24 13:00"),
        LawCase(kind: "voice_live", number: "+33140000000", at: "2027-11-01 10:00", opens: "2027-11-02 09:00"),
        // India: until nine, less the guard band, on its own clock.
        LawCase(kind: "sms", number: "+919812345678", at: "2026-11-21 15:30", opens: "2026-11-22 04:30"),
        LawCase(kind: "sms", number: "+919812345678", at: "2026-11-21 15:29", opens: "2026-11-22 04:30"),
        LawCase(kind: "sms", number: "+919812345678", at: "2026-11-21 15:19", opens: nil),
        // Germany has no hours for text messages.
        LawCase(kind: "sms", number: "+4915112345678", at: "2026-11-21 02:00", opens: nil),
    ]

    @Test(arguments: laws)
    func `the law's windows hold where the number may be`(_ expected: LawCase) throws {
        let now = try Self.instant(expected.at)
        let stretch = try Self.law(expected.kind).stretch(at: now, for: Self.number(expected.number))
        #expect(stretch.isOpen == (expected.opens == nil))
        if let opens = expected.opens { #expect(stretch.until == (try Self.instant(opens))) }
    }

    @Test func `a toll-free number is everywhere, so that everywhere must be open`() throws {
        let place = Self.number("+18005550100")
        #expect(place.zones.contains("America/New_York") && place.zones.contains("Pacific/Guam"))
        #expect(place.states.isEmpty)
        let noon = try Self.instant("2026-07-01 16:00")
        #expect(try !Self.law("sms").stretch(at: noon, for: place).isOpen)
    }

    // MARK: - Quiet hours

    @Test func `Vancouver keeps one clock since 2026`() throws {
        let quiet = QuietHours(hours: Self.minutes(21 * 60, 9 * 60), days: nil, clock: .contactZone)
        // 21:30 there by the law of 2026, and 20:30 by that of the year before.
        let now = try Self.instant("2026-12-01 04:30")
        let stretch = try Self.policy([quiet]).stretch(at: now, for: Self.number("+16045550100"))
        #expect(!stretch.isOpen)
        #expect(stretch.closedBy == "quiet hours of `house`, America/Vancouver")
    }

    @Test func `nights, Sundays and holidays follow each other over Easter and the clock change`() throws {
        let hours = try Self.policy([
            QuietHours(
                hours: Self.minutes(20 * 60, 9 * 60), days: WeekDays(rawValue: 0b11_1111),
                clock: .contactZone),
            QuietHours(hours: .allDay, days: WeekDays(day: 6), clock: .contactZone),
            QuietHours(hours: .allDay, days: .holidays, clock: .contactZone),
        ])
        // Saturday half past nine in the evening, the night before the change to summer time; Monday is Easter Monday.
        let stretch = hours.stretch(at: try Self.instant("2027-03-27 20:30"), for: Self.place("Europe/Berlin"))
        #expect(stretch.until == (try Self.instant("2027-03-30 07:00")))
        // A plain Sunday gives way to Monday morning at nine, not at midnight.
        let sunday = hours.stretch(at: try Self.instant("2027-06-13 10:00"), for: Self.place("Europe/Berlin"))
        #expect(sunday.until == (try Self.instant("2027-06-14 07:00")))
    }

    @Test func `an opening that the clock leaps over comes with the first instant after it`() throws {
        let hours = try Self.policy([QuietHours(hours: Self.minutes(20 * 60, 150), days: nil, clock: .contactZone)])
        let stretch = hours.stretch(at: try Self.instant("2027-03-28 00:00"), for: Self.place("Europe/Berlin"))
        #expect(stretch.until == (try Self.instant("2027-03-28 01:00")))
    }

    @Test(arguments: [("2026-10-25 00:20", "2026-10-25 01:30"), ("2026-10-25 01:10", "2026-10-25 01:30")])
    func `an hour that the clock shows twice is quiet until it was shown twice`(at: String, opens: String) throws {
        let hours = try Self.policy([QuietHours(hours: Self.minutes(20 * 60, 150), days: nil, clock: .contactZone)])
        // 02:30 in Berlin comes at 00:30 UTC and again at 01:30.
        let stretch = hours.stretch(at: try Self.instant(at), for: Self.place("Europe/Berlin"))
        #expect(!stretch.isOpen)
        #expect(stretch.until == (try Self.instant(opens)))
    }

    @Test func `who may be anywhere is never reached where nights are quiet, unless the project's clock counts`() throws
    {
        let nowhere = PlaceBook.shared.place(timeZone: nil, country: nil, number: nil)
        let now = try Self.instant("2026-11-24 10:00")
        let strict = try Self.policy([Self.nights]).stretch(at: now, for: nowhere)
        #expect(!strict.isOpen && strict.until == nil)
        #expect(try Self.policy([Self.nights], unknown: ["Europe/Berlin"]).stretch(at: now, for: nowhere).isOpen)
    }

    // MARK: - Against the clock on the wall

    /// What a person with a clock and a calendar would say: quiet or not, in this minute.
    static func isQuiet(_ quiet: [QuietHours], _ zones: [TimeZoneRules], _ minute: Int64) -> Bool {
        zones.contains { zone in
            let local = zone.localTime(of: Timestamp(microseconds: minute * 60_000_000))
            let time = local.secondOfDay / 60
            let today = WeekDays(day: local.date.weekday - 1)
            let yesterday = WeekDays(day: (local.date.weekday + 5) % 7)
            return quiet.contains { quiet in
                let from = quiet.hours.from.minute
                let to = quiet.hours.to.minute
                let isToday = quiet.days?.contains(today) ?? true
                let wasYesterday = quiet.days?.contains(yesterday) ?? true
                if from < to { return isToday && from <= time && time < to }
                return isToday && (time >= from || time < to) || wasYesterday && time < to
            }
        }
    }

    static let zones = [
        "Europe/Berlin", "America/New_York", "America/Chicago", "Pacific/Honolulu", "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/St_Johns", "Africa/Casablanca", "Europe/Dublin", "Pacific/Auckland", "America/Santiago",
        "Asia/Kathmandu",
    ]

    /// Minute by minute over the days around the clock changes, random quiet hours on random clocks.
    @Test(arguments: 1...60)
    func `agrees with a clock on the wall, minute by minute`(seed: Int) throws {
        var state = UInt64(seed)
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var names: Set<String> = []
        for _ in 0...draw(3) { names.insert(Self.zones[draw(Self.zones.count)]) }
        let quiet = (0...draw(2)).map { _ in
            let isAllDay = draw(5) == 0
            let from = draw(96) * 15
            let to = draw(96) * 15
            var days = WeekDays()
            for _ in 0...draw(5) { days.insert(WeekDays(day: draw(7))) }
            return QuietHours(
                hours: isAllDay ? .allDay : Self.minutes(from, to == from ? (to + 60) % 1440 : to),
                days: draw(3) == 0 ? nil : days, clock: .contactZone)
        }
        let place = PlaceBook.shared.place(
            timeZone: names.count == 1 ? names.first : nil, country: names.count == 1 ? nil : "US",
            number: nil)
        let zoneNames = names.count == 1 ? Array(names) : place.zones
        let zones = zoneNames.compactMap(TimeZoneLoader.rules(for:))
        let hours = try Self.policy(quiet)
        let starts = [
            "2026-03-07 12:00", "2026-03-28 12:00", "2026-10-24 12:00", "2026-10-31 12:00", "2026-04-04 00:00",
        ]
        let first = try Self.instant(starts[seed % starts.count]).microseconds / 60_000_000
        for minute in first..<first + 2 * 1440 {
            let now = Timestamp(microseconds: minute * 60_000_000)
            let stretch = hours.stretch(at: now, for: place)
            // Now, and for as long as the guard band is wide.
            let wall = (minute...minute + 10).map { Self.isQuiet(quiet, zones, $0) }
            if stretch.isOpen {
                // Open is open on the wall, and stays so for as long as a message travels.
                #expect(!wall[..<10].contains(true), "minute \(minute)")
                #expect(try #require(stretch.until) > now)
            } else {
                let changes = zones.contains { zone in
                    zone.offset(at: now.adding(seconds: -5400)) != zone.offset(at: now.adding(seconds: 5400))
                }
                // Closed without need only beside a clock change.
                if !changes { #expect(wall.contains(true), "minute \(minute)") }
            }
        }
    }

    @Test(arguments: ["2026-10-24 12:00", "2027-03-27 12:00"])
    func `a night with a clock change holds exactly once`(start: String) throws {
        for (from, to) in [(20 * 60, 9 * 60), (150, 6 * 60), (22 * 60, 150), (120, 180)] {
            let hours = try Self.policy([QuietHours(hours: Self.minutes(from, to), days: nil, clock: .contactZone)])
            let first = try Self.instant(start)
            var openings = 0
            var wasOpen = true
            for minute in 0..<1440 {
                let isOpen = hours.stretch(
                    at: first.adding(seconds: Double(minute) * 60), for: Self.place("Europe/Berlin")
                ).isOpen
                if isOpen && !wasOpen { openings += 1 }
                wasOpen = isOpen
            }
            // Two to three o'clock doesn't exist in the night of the spring.
            let isSkipped = (from, to) == (120, 180) && start.hasPrefix("2027")
            #expect(openings == (isSkipped ? 0 : 1), "\(from)-\(to)")
        }
    }
}
