import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Two versions of a campaign, person by person, against a naive count of the same.
@Suite("Two versions over real contacts")
struct PlanComparisonTests {
    private static let before = """
        audience: {where: ['contact.country in ["DE", "AT"]']}
        via: [mail, texts]
        send: hello
        """
    private static let after = """
        audience: {where: ['contact.country in ["DE", "CH"]', 'contact.first_name is known']}
        via: [texts, mail]
        send: hello
        """

    private static func day(_ campaign: String, people: Int) throws -> CampaignDay {
        let day = try CampaignDay(campaign, people: 0, channels: [FakeChannel(), FakeChannel()])
        try day.connection.execute("ALTER TABLE contact ADD COLUMN \"f_first_name\" TEXT")
        try day.add(people)
        try day.connection.execute(
            """
            UPDATE contact SET country = CASE id % 4 WHEN 0 THEN 'DE' WHEN 1 THEN 'AT' WHEN 2 THEN 'CH' ELSE 'US' END,
                f_first_name = CASE WHEN id % 3 = 0 THEN NULL ELSE 'Anna' || (id % 10) END;
            DELETE FROM identity WHERE kind = 'phone' AND contact % 5 = 0;
            DELETE FROM identity WHERE kind = 'email' AND contact % 7 = 0;
            UPDATE consent SET revoked_at = 1 WHERE channel = 'sms' AND contact % 11 = 0;
            """
        )
        return day
    }

    /// Somebody's fate, worked out from the rules above without a database, a gate or a plan.
    private static func fate(
        _ id: Int, isIn: (String, Bool) -> Bool, via: [String]
    ) -> (channel: String, text: String, cost: Int64)? {
        let country = ["DE", "AT", "CH", "US"][id % 4]
        guard isIn(country, id % 3 != 0) else { return nil }
        let name = id % 3 == 0 ? "there" : "Anna\(id % 10)"
        for channel in via {
            if channel == "mail", id % 7 != 0 { return ("mail", "mail \(name)", 10_000) }
            if channel == "texts", id % 5 != 0, id % 11 != 0 { return ("texts", "sms", 100_000) }
        }
        return nil
    }

    @Test func `it equals a count by hand over 100,000 people`() throws {
        let people = 100_000
        let day = try Self.day(Self.before, people: people)
        let other = try CampaignDay.compile(Self.after).program
        // Both versions have the same two accounts, in their own order.
        let comparison = PlanComparison(
            from: (day.program, [FakeChannel(), FakeChannel()]), to: (other, [FakeChannel(), FakeChannel()]),
            store: day.store, environment: day.clock.datedEnvironment)
        let report = try comparison.compare()
        var expected: [PlanComparison.Change: Int] = [:]
        var cost: (before: Int64, after: Int64) = (0, 0)
        for id in 1...people {
            let old = Self.fate(id, isIn: { country, _ in ["DE", "AT"].contains(country) }, via: ["mail", "texts"])
            let new = Self.fate(id, isIn: { $1 && ["DE", "CH"].contains($0) }, via: ["texts", "mail"])
            cost.before += old?.cost ?? 0
            cost.after += new?.cost ?? 0
            switch (old, new) {
            case (nil, .some): expected[.newlyReached, default: 0] += 1
            case (.some, nil): expected[.noLongerReached, default: 0] += 1
            case (let old?, let new?):
                if old.channel != new.channel { expected[.otherChannel, default: 0] += 1 }
                if old.text != new.text { expected[.otherText, default: 0] += 1 }
                if old.cost != new.cost { expected[.otherPrice, default: 0] += 1 }
            case (nil, nil): break
            }
        }
        #expect(report.counts == expected)
        #expect(report.costBefore == cost.before && report.costNow == cost.after)
        #expect(report.difference == cost.after - cost.before)
        #expect(report.counts[.newlyReached] ?? 0 > 1000 && report.counts[.otherChannel] ?? 0 > 1000)
    }

    @Test func `a reformatting reports nobody`() throws {
        let day = try Self.day(Self.before, people: 500)
        let reformatted = """
            # The same, in another layout.
            send:     hello
            audience:
              where:
                - 'contact.country   in ["DE",   "AT"]'
            via:
              - mail
              - texts
            """
        let other = try CampaignDay.compile(reformatted).program
        #expect(other.version == day.program.version)
        let report = try PlanComparison(
            from: (day.program, day.channels), to: (other, day.channels), store: day.store,
            environment: day.clock.datedEnvironment
        ).compare()
        #expect(report.counts == [:])
        #expect(report.difference == 0)
        #expect(report.reachedNow > 100)
    }

    @Test func `another hour is told as another time`() throws {
        func scheduled(_ time: String) -> String {
            "audience: {}\nvia: [mail]\nsend: hello\nschedule: {at: 2027-03-18 \(time), in: contact_zone, if_already_past: skip, too_late_after: 2h}"
        }
        let day = try CampaignDay(scheduled("10:00"), people: 7, channels: [FakeChannel()])
        let other = try CampaignDay.compile(scheduled("11:00")).program
        let report = try PlanComparison(
            from: (day.program, [FakeChannel()]), to: (other, [FakeChannel()]), store: day.store,
            environment: day.clock.datedEnvironment
        ).compare()
        #expect(report.counts == [.otherTime: 7])
    }
}
