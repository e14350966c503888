import Testing

@testable import RuleEngine

struct OfficeClocksTests {
    private static func hours(
        _ times: [(days: WeekDays, from: Int, to: Int)], zone: String = "Europe/Berlin", holidays: Bool = false,
        closed: [String] = []
    ) throws -> OfficeClocks {
        let hours = OpeningHours(
            zone: zone,
            open: times.map {
                .init(
                    days: $0.days,
                    hours: ClockRange(from: ClockTime(minute: $0.from), to: ClockTime(minute: $0.to)))
            },
            closedOnHolidays: holidays, closed: try closed.map { try Self.day($0) })
        let rules = try TimeZoneRulesTests.rules(zone)
        return OfficeClocks(["office": hours], zones: { _ in rules })
    }

    private static func day(_ text: String) throws -> Int64 {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        return try #require(CalendarDate(year: parts[0], month: parts[1], day: parts[2])).daysSinceEpoch
    }

    /// `2026-11-20 17:59`, UTC.
    private static func utc(_ text: String) throws -> Timestamp {
        let clock = text.suffix(5).split(separator: ":").compactMap { Int64($0) }
        let day = try day(String(text.prefix(10)))
        return Timestamp(microseconds: ((day * 1440 + clock[0] * 60 + clock[1]) * 60) * 1_000_000)
    }

    private static let week = WeekDays(rawValue: 0b001_1111)
    private static let everyDay = WeekDays(rawValue: 0b111_1111)

    /// 2026-11-20 is a Friday; Berlin is an hour ahead of UTC.
    @Test(
        arguments: [
            ("2026-11-20 07:59", false, "2026-11-20 08:00"), ("2026-11-20 08:00", true, "2026-11-23 08:00"),
            ("2026-11-20 16:59", true, "2026-11-23 08:00"), ("2026-11-20 17:00", false, "2026-11-23 08:00"),
            ("2026-11-22 12:00", false, "2026-11-23 08:00"),
            // Christmas Eve is named, the two days after it are holidays, then comes a Sunday.
            ("2026-12-23 17:00", false, "2026-12-28 08:00"), ("2026-12-24 12:00", false, "2026-12-28 08:00"),
            ("2026-12-25 12:00", false, "2026-12-28 08:00"),
        ])
    func `an office keeps its hours, its closed days and holidays`(at: String, isOpen: Bool, next: String) throws {
        let clocks = try Self.hours([(Self.week, 540, 1080)], holidays: true, closed: ["2026-12-24"])
        #expect(clocks.isOpen("office", at: try Self.utc(at)) == isOpen)
        #expect(clocks.opensNext("office", after: try Self.utc(at)) == (try Self.utc(next)))
    }

    @Test(
        arguments: [
            ("2026-11-20 20:59", false), ("2026-11-20 21:00", true), ("2026-11-21 00:59", true),
            ("2026-11-21 01:00", false),
            // Saturday is closed: Friday's night ends at midnight, and Saturday's doesn't begin.
            ("2026-11-27 22:59", true), ("2026-11-27 23:00", false), ("2026-11-28 22:00", false),
        ])
    func `hours may go past midnight, up to a closed day`(at: String, isOpen: Bool) throws {
        let clocks = try Self.hours([(Self.everyDay, 1320, 120)], closed: ["2026-11-28"])
        #expect(clocks.isOpen("office", at: try Self.utc(at)) == isOpen)
    }

    @Test func `hours that join are one opening, and what never closes never opens`() throws {
        let always = try Self.hours([(Self.everyDay, 0, 1440)])
        let now = try Self.utc("2026-11-20 12:00")
        #expect(always.isOpen("office", at: try Self.utc("2026-11-20 23:00")) == true)
        #expect(always.opensNext("office", after: now) == nil)
        let holed = try Self.hours([(Self.everyDay, 0, 1440)], closed: ["2026-11-22"])
        #expect(holed.opensNext("office", after: now) == (try Self.utc("2026-11-22 23:00")))
        let never = try Self.hours([(.holidays, 600, 720)], zone: "Asia/Kathmandu")
        #expect(never.opensNext("office", after: now) == nil)
        #expect(never.isOpen("office", at: now) == false)
        #expect(OfficeClocks().isOpen("office", at: now) == nil)
    }

    // Berlin's clocks go from 02:00 to 03:00 on 2027-03-28, and from 03:00 back to 02:00 on 2026-10-25.
    @Test(
        arguments: [
            // 02:30 doesn't exist: it is 03:00, and 02:15-02:45 is no time at all.
            (150, 240, "2027-03-28 00:59", false), (150, 240, "2027-03-28 01:00", true),
            (135, 165, "2027-03-28 01:00", false),
            // 02:30 comes twice: it opens at the first one, and closes at the first one.
            (150, 240, "2026-10-25 00:29", false), (150, 240, "2026-10-25 00:30", true),
            (0, 150, "2026-10-25 00:29", true), (0, 150, "2026-10-25 00:30", false),
            (0, 150, "2026-10-25 01:15", false),
        ])
    func `a clock change moves what it must`(from: Int, to: Int, at: String, isOpen: Bool) throws {
        let clocks = try Self.hours([(Self.everyDay, from, to)])
        #expect(clocks.isOpen("office", at: try Self.utc(at)) == isOpen)
    }

    @Test func `an office may be open on holidays only`() throws {
        let clocks = try Self.hours([(.holidays, 600, 720)])
        #expect(clocks.isOpen("office", at: try Self.utc("2026-12-25 09:30")) == true)
        #expect(clocks.isOpen("office", at: try Self.utc("2026-12-24 09:30")) == false)
        #expect(
            clocks.opensNext("office", after: try Self.utc("2026-11-20 12:00")) == (try Self.utc("2026-12-25 09:00")))
    }
}
