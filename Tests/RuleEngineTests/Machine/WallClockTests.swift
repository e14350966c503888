import RuleEngine
import TestKit
import Testing

/// Waits and schedules on clocks that are put forward and back. Times are UTC unless they say otherwise.
struct WallClockTests {
    private static let berlin = "CET-1CEST,M3.5.0,M10.5.0/3"

    private static func instant(_ text: String) throws -> Timestamp {
        let parts = text.split { "- :".contains($0) }.compactMap { Int($0) }
        let date = try #require(CalendarDate(year: parts[0], month: parts[1], day: parts[2]))
        let second = date.daysSinceEpoch * 86_400 + Int64(parts[3] * 3600 + parts[4] * 60)
        return Timestamp(microseconds: second * 1_000_000)
    }

    private static func ticks(_ schedule: Schedule, after: String, count: Int, zone: String = berlin) throws -> [String]
    {
        var found: [String] = []
        var last = try instant(after)
        let rules = try TimeZoneRules(rule: zone)
        while found.count < count, let next = schedule.next(after: last, in: rules) {
            #expect(next > last)
            found.append(Value.number(next.microseconds, .instant).described)
            last = next
        }
        return found
    }

    static let cases: [(String, String, String, [String])] = [
        (
            "every day at ten, over the night without 02:30", "every: day, at: \"10:00\"", "2027-03-27 00:00",
            ["2027-03-27 09:00:00Z", "2027-03-28 08:00:00Z", "2027-03-29 08:00:00Z"]
        ),
        (
            "in the gap, the first instant behind it", "every: day, at: \"02:30\"", "2027-03-27 00:00",
            ["2027-03-27 01:30:00Z", "2027-03-28 01:00:00Z", "2027-03-29 00:30:00Z"]
        ),
        (
            "shown twice, once", "every: day, at: \"02:30\"", "2027-10-30 00:00",
            ["2027-10-30 00:30:00Z", "2027-10-31 00:30:00Z", "2027-11-01 01:30:00Z"]
        ),
        (
            "on Mondays and Sundays", "every: week, days: \"mon, sun\", at: \"00:00\"", "2027-03-20 00:00",
            ["2027-03-20 23:00:00Z", "2027-03-21 23:00:00Z", "2027-03-27 23:00:00Z"]
        ),
        (
            "on the last day of short months", "every: month, day: 31, at: \"12:00\"", "2028-01-01 00:00",
            ["2028-01-31 11:00:00Z", "2028-02-29 11:00:00Z", "2028-03-31 10:00:00Z", "2028-04-30 10:00:00Z"]
        ),
        (
            "until a day that still belongs to it", "every: day, at: \"12:00\", until: 2027-03-21", "2027-03-20 00:00",
            ["2027-03-20 11:00:00Z", "2027-03-21 11:00:00Z"]
        ),
        ("once, in the gap", "once: 2027-03-28 02:30", "2027-01-01 00:00", ["2027-03-28 01:00:00Z"]),
        (
            "cron: quarters of two o'clock, in the gap all at once", "cron: \"*/15 2 * * *\"", "2027-03-27 12:00",
            ["2027-03-28 01:00:00Z", "2027-03-29 00:00:00Z", "2027-03-29 00:15:00Z"]
        ),
        (
            "cron: a day that comes every four years", "cron: \"0 12 29 2 *\"", "2097-01-01 00:00",
            ["2104-02-29 11:00:00Z", "2108-02-29 11:00:00Z"]
        ),
        ("cron: a day that never comes", "cron: \"0 12 30 2 *\"", "2027-01-01 00:00", []),
        (
            "cron: the 13th or a Friday", "cron: \"0 12 13 * 5\"", "2027-04-01 00:00",
            ["2027-04-02 10:00:00Z", "2027-04-09 10:00:00Z", "2027-04-13 10:00:00Z"]
        ),
    ]

    /// As a file says it, on Berlin's clock.
    private static func schedule(_ text: String) throws -> Schedule {
        let trigger = "{schedule: {\(text), in: contact_zone}}"
        let fixture = try JourneyFixture(trigger: trigger, steps: "- wait: 1d")
        guard case .schedule(let schedule) = fixture.journey.entry.cause else {
            Issue.record("\(text) is no schedule")
            throw TZifError.inconsistent
        }
        return schedule
    }

    @Test(arguments: cases)
    func `schedules tick`(_ name: String, _ text: String, _ after: String, _ expected: [String]) throws {
        // One more than is expected shows that an end is one.
        let ticks = try Self.ticks(Self.schedule(text), after: after, count: expected.count + 1)
        let ends = text.contains("until:") || expected.count < 2
        #expect(ends ? ticks == expected : ticks.dropLast() == expected[...])
    }

    @Test func `no schedule and no instant is too much for it`() throws {
        let rules = try TimeZoneRules(rule: Self.berlin)
        for microseconds in [Int64.min, Int64.max, 0] {
            for (_, text, _, _) in Self.cases {
                _ = try Self.schedule(text).next(after: Timestamp(microseconds: microseconds), in: rules)
            }
        }
    }

    static let waits: [(String, String, String)] = [
        ("- wait: 5h", "2027-03-27 22:00", "2027-03-28 03:00:00Z"),
        ("- wait: {until: \"02:30\", in: Europe/Berlin}", "2027-03-28 00:00", "2027-03-28 01:00:00Z"),
        ("- wait: {until: \"02:30\", in: Europe/Berlin}", "2027-10-31 00:30", "2027-11-01 01:30:00Z"),
        ("- wait: {until: \"10:00\", days: tue-thu, in: America/New_York}", "2027-03-12 12:00", "2027-03-16 14:00:00Z"),
        ("- wait: {until: \"10:00\", in: contact_zone}", "2027-03-12 09:00", "2027-03-13 09:00:00Z"),
        (
            "- wait: {until: contact.renewal_date - 3d, at: \"10:00\", in: Europe/Berlin, up_to: 60d}",
            "2027-03-12 12:00", "2027-04-07 08:00:00Z"
        ),
        (
            "- wait: {until: contact.renewal_date - 3d, at: \"10:00\", in: Europe/Berlin, up_to: 5d}",
            "2027-03-12 12:00", "2027-03-17 12:00:00Z"
        ),
        (
            "- wait: {until: contact.renewal_date, days: sat-sun, in: Europe/Berlin, up_to: 60d}", "2027-03-12 12:00",
            "2027-04-09 22:00:00Z"
        ),
        ("- wait: {until: run.started_at + 90m, up_to: 1d}", "2027-03-12 12:00", "2027-03-12 13:30:00Z"),
    ]

    @Test(arguments: waits)
    func `waits end when they should`(_ step: String, _ begin: String, _ end: String) throws {
        let guarded = "- if: contact.renewal_date is known\n  then:\n    \(step)"
        let fixture = try JourneyFixture(steps: guarded)
        // 2027-04-10, a Saturday.
        let facts = fixture.facts(at: try Self.instant(begin), renewal: 20_918)
        #expect(fixture.machine.begin(RunEntry(), facts: facts).actions == ["sleep \(end)"])
    }

    @Test func `a wait for a date that is past is no wait`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - if: contact.renewal_date is known
                  then:
                    - wait: {until: contact.renewal_date, up_to: 60d}
                """)
        let step = fixture.machine.begin(RunEntry(), facts: fixture.facts(renewal: 20_000))
        #expect(step.actions == ["end exit(\"finished\")"])
    }

    @Test func `a date that moves takes the wait along`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - if: contact.renewal_date is known
                  then:
                    - wait: {until: contact.renewal_date, at: "10:00", in: Europe/Berlin, up_to: 60d}
                """)
        let first = fixture.machine.begin(RunEntry(), facts: fixture.facts(renewal: 20_918))
        #expect(first.actions == ["sleep 2027-04-10 08:00:00Z"])
        let moved = fixture.machine.step(first.state, .awake, facts: fixture.facts(renewal: 20_919))
        #expect(moved.actions == ["sleep 2027-04-11 08:00:00Z"])
        let again = fixture.machine.step(moved.state, .awake, facts: fixture.facts(renewal: 20_919))
        #expect(again.actions.isEmpty)
    }
}
