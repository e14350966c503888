import Testing

@testable import RuleEngine

struct HolidayCalendarTests {
    @Test func `every line of the data that ships is understood, and says where it is from`() {
        var reader = HolidayReader()
        let text = String(decoding: PackageResources.holidays_txt, as: UTF8.self)
        for line in text.split(separator: "\n") { reader.read(line) }
        #expect(reader.faults == [])
        #expect(reader.version == HolidayCalendar.shipped.version && !reader.version.isEmpty)
        #expect(Set(reader.countries.map(\.code)) == ["DE", "AT", "CH", "FR", "GB", "US"])
        #expect(reader.countries.allSatisfy { $0.source.hasPrefix("https://") && !$0.coverage.isEmpty })
        #expect(reader.countries.allSatisfy { !$0.zones.isEmpty && $0.rules.count > 3 })
        let zones = reader.countries.flatMap(\.zones)
        #expect(Set(zones).count == zones.count, "a zone belongs to one country")
    }

    // As the sources named in the data print them.
    @Test(
        arguments: [
            (
                "Europe/Berlin", 2027,
                "01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26"
            ),
            (
                "Europe/Vienna", 2026,
                "01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26"
            ),
            ("Europe/Zurich", 2026, "01-01 05-14 08-01 12-25"),
            ("Europe/Paris", 2025, "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25"),
            // Boxing Day is a Saturday, and Monday stands in for it.
            ("Europe/London", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"),
            // Christmas and Boxing Day are Saturday and Sunday: Monday and Tuesday.
            ("Europe/London", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
            // Christmas is a Sunday, and Monday is Boxing Day already.
            ("Europe/London", 2033, "01-01 01-03 04-15 04-18 05-02 05-30 08-29 12-25 12-26 12-27"),
            // Independence Day is a Saturday, kept on Friday.
            ("America/New_York", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
        ])
    func `the holidays of a year are those that its government publishes`(
        zone: String, year: Int, expected: String
    ) throws {
        let country = try #require(HolidayCalendar.shipped.country(ofZone: zone))
        let days = country.days(of: year).sorted().map { String(CivilDate.text(day: $0).dropFirst(5)) }
        #expect(days.joined(separator: " ") == expected)
    }

    @Test func `a substitute may lie in the year before its holiday`() throws {
        // New Year's Day 2028 is a Saturday.
        let us = try #require(HolidayCalendar.shipped.country(ofZone: "America/Chicago"))
        #expect(us.isHoliday(try #require(CalendarDate(year: 2027, month: 12, day: 31))))
        let gb = try #require(HolidayCalendar.shipped.country(ofZone: "Europe/London"))
        #expect(!gb.isHoliday(try #require(CalendarDate(year: 2027, month: 12, day: 31))))
        #expect(gb.isHoliday(try #require(CalendarDate(year: 2028, month: 1, day: 3))))
    }

    @Test func `lines that mean nothing are named`() {
        var reader = HolidayReader()
        let lines = [
            "fixed 01-01", "country XX", "fixed 02-30", "fixed 01-01 sometimes", "weekday 5 mon 01", "weekday 1 day 01",
            "weekday last mon 13", "easter x", "moon 3", "source",
        ]
        for line in lines { reader.read(line[...]) }
        #expect(reader.faults == lines.filter { $0 != "country XX" })
    }
}
