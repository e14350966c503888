import RuleEngine
import Testing

struct TimeZoneRulesTests {
    static func bytes(_ name: String) throws -> [UInt8] {
        let zone = try #require(ZoneSamples.zones.first { $0.name == name })
        return decode(zone.file)
    }

    static func rules(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules(tzif: bytes(name))
    }

    private static func decode(_ base64: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for letter in base64.utf8 {
            guard let value = alphabet.firstIndex(of: letter) else { continue }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func instant(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: seconds * 1_000_000)
    }

    private static func local(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int) throws -> LocalTime {
        LocalTime(
            date: try #require(CalendarDate(year: year, month: month, day: day)),
            hour: hour,
            minute: minute
        )
    }

    @Test("Offsets agree with Python's zoneinfo", arguments: ZoneSamples.zones.map(\.name))
    func offsets(_ name: String) throws {
        let zone = try #require(ZoneSamples.zones.first { $0.name == name })
        let rules = try Self.rules(name)
        for (second, expected) in zip(ZoneSamples.instants, zone.offsets) {
            let offset = rules.offset(at: Self.instant(second))
            #expect(offset.seconds == expected.0, "\(name) at \(second)")
            #expect(offset.abbreviation == expected.1, "\(name) at \(second)")
        }
    }

    @Test("A clock time leads back to its instant", arguments: ZoneSamples.zones.map(\.name))
    func roundTrip(_ name: String) throws {
        let rules = try Self.rules(name)
        for second in ZoneSamples.instants {
            let instant = Self.instant(second)
            switch rules.resolve(rules.localTime(of: instant)) {
            case .unique(let found): #expect(found == instant)
            case .ambiguous(let first, let later): #expect(first == instant || later == instant)
            case .skipped: Issue.record("\(name) at \(second) was shown by a clock")
            }
        }
    }

    @Test("An hour that the clock skips gives the first instant afterwards")
    func gap() throws {
        let berlin = try Self.rules("Europe/Berlin")
        let change = Self.instant(1_806_195_600)  // 2027-03-28T01:00:00Z
        #expect(berlin.resolve(try Self.local(2027, 3, 28, 2, 30)) == .skipped(firstAfter: change))
        #expect(berlin.resolve(try Self.local(2027, 3, 28, 3, 0)) == .unique(change))
        // Samoa skipped a whole day.
        let apia = try Self.rules("Pacific/Apia")
        guard case .skipped = apia.resolve(try Self.local(2011, 12, 30, 12, 0)) else {
            Issue.record("2011-12-30 never was in Samoa")
            return
        }
    }

    @Test("An hour that the clock shows twice gives both instants")
    func overlap() throws {
        let berlin = try Self.rules("Europe/Berlin")
        let first = Self.instant(1_792_888_200)  // 2026-10-25T00:30:00Z
        #expect(
            berlin.resolve(try Self.local(2026, 10, 25, 2, 30))
                == .ambiguous(first: first, second: first.adding(seconds: 3600))
        )
    }

    @Test("Microseconds before 1970 belong to the second before")
    func negative() {
        let local = TimeZoneRules.utc.localTime(of: Timestamp(microseconds: -1))
        #expect(local.date == CalendarDate(year: 1969, month: 12, day: 31))
        #expect(local.secondOfDay == 86_399)
    }

    @Test("Damaged files are refused and never trap")
    func damaged() throws {
        let bytes = try Self.bytes("Europe/Berlin")
        #expect(throws: TZifError.notTZif) { try TimeZoneRules(tzif: []) }
        #expect(throws: TZifError.notTZif) {
            try TimeZoneRules(tzif: Array("no zone, no zone, no zone, no zone, no zone".utf8))
        }
        for length in 0..<bytes.count - 1 {
            #expect(throws: TZifError.self) { try TimeZoneRules(tzif: Array(bytes[..<length])) }
        }
        var state: UInt64 = 42
        for _ in 0..<3000 {
            var damaged = bytes
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 20)
            guard let rules = try? TimeZoneRules(tzif: damaged) else { continue }
            for second in ZoneSamples.instants {
                _ = rules.resolve(rules.localTime(of: Self.instant(second)))
            }
        }
    }

    @Test("The largest and the smallest instant have a local time")
    func extremes() throws {
        let rules = try Self.rules("America/New_York")
        for microseconds in [Int64.min, Int64.max, 0] {
            _ = rules.resolve(rules.localTime(of: Timestamp(microseconds: microseconds)))
        }
    }

    @Test("Two weeks of calendar days keep the clock over the change to summer time")
    func calendarDays() throws {
        var fixture = TemplateFixture()
        fixture.zone = try Self.rules("Europe/Berlin")
        // 2027-03-20T22:30:00Z is 23:30 in Berlin, eight days before the change.
        let joined: [String: TemplateFixture.Fact] = ["joined_at": .instant(1_805_581_800_000_000)]
        #expect(
            fixture.render(#"<<contact.joined_at | add: 14d | date: "d MMM HH:mm">>"#, joined) == "3 Apr 23:30"
        )
        #expect(
            fixture.render(#"<<contact.joined_at | add: 336h | date: "d MMM HH:mm">>"#, joined) == "4 Apr 00:30"
        )
    }
}

struct CalendarDateTests {
    @Test("Every day of eight centuries leads back to itself")
    func roundTrip() {
        var weekday = CalendarDate(daysSinceEpoch: -146_097).weekday
        for days in Int64(-146_097)...146_097 {
            let date = CalendarDate(daysSinceEpoch: days)
            if date.daysSinceEpoch != days || date.weekday != weekday {
                Issue.record("day \(days)")
                return
            }
            weekday = weekday % 7 + 1
        }
    }

    @Test("Days that don't exist are refused")
    func invalid() {
        #expect(CalendarDate(year: 2027, month: 2, day: 29) == nil)
        #expect(CalendarDate(year: 2028, month: 2, day: 29) != nil)
        #expect(CalendarDate(year: 2100, month: 2, day: 29) == nil)
        #expect(CalendarDate(year: 2027, month: 13, day: 1) == nil)
        #expect(CalendarDate(year: 2027, month: 4, day: 31) == nil)
        #expect(CalendarDate(year: 2027, month: 1, day: 0) == nil)
        #expect(CalendarDate(daysSinceEpoch: 0) == CalendarDate(year: 1970, month: 1, day: 1))
    }
}
