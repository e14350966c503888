import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

@Suite("Analytics")
struct StatisticsTests {
    @Test func `the figures by day equal the ledger, whatever was told since`() throws {
        let mail = FakeChannel { message, attempt in
            switch message.address {
            case "user1@example.com": .rejected(code: "550", suppress: nil)
            case "user2@example.com": .outcomeUnknown(phase: .awaitingAnswer, detail: "")
            case "user3@example.com": .throttled(code: "451", retryAfter: nil)
            default: .accepted(providerID: "x\(attempt)")
            }
        }
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail, texts]\nsend: hello", people: 40,
            channels: [mail, FakeChannel()])
        try day.connection.execute("DELETE FROM identity WHERE kind = 'email' AND contact > 30")
        try day.run()
        try day.tell(5...20, rank: 30)
        try day.tell(5...9, rank: 30, flags: StatusNews.clicked, clicked: true)
        try day.tell([10], rank: 35)
        try day.tell([11], rank: 30, flags: StatusNews.complained | StatusNews.unsubscribed)
        let zone = try #require(TimeZoneLoader.rules(for: "Europe/Berlin"))
        let today = zone.localTime(of: day.clock.now).date.daysSinceEpoch
        let statistics = try day.store.openStatistics()
        try statistics.rebuild(today - 3...today + 3, zone: zone)
        let kept = try statistics.daily(today - 3...today + 3)
        #expect(kept == (try statistics.counted(today - 3...today + 3, zone: zone)))
        #expect(kept.map(\.key.channel) == ["mail", "texts"])
        let figures = try #require(kept.first).figures
        #expect(figures.messages == 30)
        #expect(figures.accepted == 27 && figures.rejected == 1 && figures.failed == 1 && figures.uncertain == 1)
        #expect([figures.delivered, figures.clicked, figures.bounced] == [16, 5, 2])
        #expect(figures.complained == 1 && figures.unsubscribed == 1)
        let counts = try day.store.openReader().counts(of: try day.launch().id)
        #expect(kept.reduce(0) { $0 + $1.figures.costMicros } == counts.costMicros)
        #expect(kept.reduce(0) { $0 + $1.figures.accepted } == counts[.accepted])
        // What providers tell later changes the day, and making it again says so.
        try day.tell(21...25, rank: 30)
        #expect(try statistics.daily(today...today) != statistics.counted(today...today, zone: zone))
        try statistics.rebuild(today...today, zone: zone)
        #expect(try statistics.daily(today...today) == statistics.counted(today...today, zone: zone))
        #expect(try statistics.firstDay(zone: zone) == today)
        let funnel = try statistics.funnel(of: try day.launch().id)
        #expect(funnel.count == 1)
        #expect(funnel[0].rows == 40 && funnel[0].template == "hello" && funnel[0].figures.accepted == 37)
    }

    @Test func `goals are counted from the message on, and compared with those held out`() throws {
        let day = try CampaignDay(
            """
            audience: {}
            via: [mail]
            send: hello
            holdout: 30%
            goal: {event: order_placed, where: event.total >= EUR 20, within: 2d}
            """, people: 300, channels: [FakeChannel()])
        try day.run()
        let events = try day.store.openEvents()
        var expected = GoalCounts()
        var news: [NewEvent] = []
        for row in try day.rows() {
            let number = Int(row.contact.rawValue)
            // Before, too small, too late, and at the right time.
            let event: (hours: Double, total: Int64)? =
                switch number % 6 {
                case 0: (-1, 50_000_000)
                case 1: (1, 5_000_000)
                case 2: (72, 50_000_000)
                case 3: (5, 20_000_000)
                case 4 where row.state == .accepted: (30, 90_000_000)
                default: nil
                }
            if let event {
                news.append(
                    NewEvent(
                        contact: row.contact, name: "order_placed",
                        at: day.clock.now.adding(seconds: event.hours * 3600),
                        fields: ["total": .number(event.total, .money)]))
            }
            let isReached = number % 6 == 3 || number % 6 == 4 && row.state == .accepted
            if row.state == .accepted {
                expected.treated.people += 1
                if isReached { expected.treated.converted += 1 }
            } else {
                expected.heldOut.people += 1
                if isReached { expected.heldOut.converted += 1 }
            }
        }
        _ = try events.append(news, now: day.clock.now)
        let goal = try #require(day.program.campaign.goal)
        let goals = try day.store.openReader().goals(of: try day.launch().id, goal)
        #expect(goals.treated == expected.treated && goals.heldOut == expected.heldOut)
        #expect(goals.bySteps.values.reduce(0) { $0 + $1.people } == expected.treated.people)
        let lift = try #require(goals.lift)
        #expect(lift.difference > 0.05 && lift.interval.contains(lift.difference))
    }

    @Test func `why tells the plan of one person`() throws {
        let day = try CampaignDay(
            """
            audience: {where: ['contact.country == "DE"']}
            via: [mail, texts]
            send: hello
            holdout: 20%
            rollout: [{share: 50%, watch: 1h}, {share: 100%}]
            """, people: 60, channels: [FakeChannel(), FakeChannel()])
        try day.connection.execute("DELETE FROM identity WHERE kind = 'email' AND contact = 1")
        try day.runOn()
        let reader = WhyReader(
            program: day.program, sources: day.sources, store: day.store, environment: day.clock.environment,
            showsPersonal: true)
        for row in try day.rows() {
            let report = try #require(try reader.why(row.externalID))
            #expect(report.outcome == row.state.name)
            let kinds = report.steps.map(\.kind)
            #expect(kinds.contains("stage") && kinds.contains("holdout") && kinds.count { $0 == "gate" } == 2)
            let isHeldOut = report.steps.contains { $0.kind == "holdout" && $0.result == .blocked }
            #expect(isHeldOut == (row.reason == "holdout"))
        }
        let first = try #require(try reader.why("c1"))
        #expect(first.steps.contains { $0.text.contains("by `mail` the gate says no") })
    }
}
