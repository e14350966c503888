import Channels
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit
import Testing

/// What a campaign's file says about when, how far, to whom and by which channel, over the real store.
@Suite("A campaign in full")
struct CampaignTests {
    private static func ids(_ rows: [DeliveryRecord], _ state: DeliveryState) -> Set<String> {
        Set(rows.filter { $0.state == state }.map(\.externalID))
    }

    // MARK: Chance

    @Test func `the same people are held out after a restart, and are compared with who could have got it`() throws {
        let day = try CampaignDay(
            "audience: {}\nvia: [mail]\nsend: hello\nholdout: 20%", people: 400, channels: [FakeChannel()])
        try day.connection.execute("UPDATE consent SET revoked_at = 1 WHERE contact <= 50")
        let stop = StopSignal()
        let sent = Atomic<Int>(0)
        day.channels = [
            FakeChannel { _, _ in
                if sent.add(1, ordering: .relaxed).newValue == 60 { stop.stop() }
                return .accepted(providerID: "1")
            }
        ]
        #expect(try day.run(stop: stop).ending == .interrupted)
        let result = try day.run()
        #expect(result.ending == .finished)
        let counts = result.status.counts
        #expect(counts.skipped["no_consent"] == 50)
        let heldOut = try #require(counts.skipped["holdout"])
        #expect((40...100).contains(heldOut), "\(heldOut) of 350")
        #expect(counts[.accepted] + heldOut + 50 == 400)
        // Drawn from the campaign's id and the contact's: known beforehand, whatever happens.
        for row in try day.rows() where row.contact.rawValue > 50 {
            let isHeldOut = day.program.pace.isHeldOut(Array(row.externalID.utf8))
            #expect(row.state == (isHeldOut ? .skipped : .accepted))
        }
        #expect(try day.faults() == [])
    }

    // MARK: Stages

    private static let staged = """
        audience: {}
        via: [mail]
        send: hello
        rollout:
          - {share: 10%, watch: 45m}
          - {share: 100%}
        stop_if: ['complained > 2%']
        """

    @Test func `a stage is watched before the next one opens`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(Self.staged, people: 1000, channels: [channel])
        let first = try day.run()
        #expect(first.ending == .waiting)
        #expect(first.dueAt == day.clock.now.adding(seconds: 45 * 60))
        let early = channel.accepted.count
        #expect((60...150).contains(early), "\(early)")
        #expect(first.status.counts[.planned] == 1000 - early)
        day.clock.advance(hours: 0.5)
        #expect(try day.run().ending == .waiting)
        #expect(channel.accepted.count == early)
        day.clock.advance(hours: 0.25)
        #expect(try day.run().ending == .finished)
        #expect(channel.accepted.count == 1000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }

    @Test func `a rate that is reached pauses it with the reason, and whoever resumes has seen it`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(Self.staged, people: 1000, channels: [channel])
        try day.run()
        let early = channel.accepted.count
        try day.tell(
            try day.rows().filter { $0.state == .accepted }.prefix(5).map { Int($0.contact.rawValue) }, rank: 30,
            flags: StatusNews.complained)
        day.clock.advance(hours: 1)
        let stopped = try day.run()
        #expect(stopped.ending == .paused)
        #expect(stopped.note?.hasPrefix("stop_if `complained > 2%`: complained is ") == true, "\(stopped.note ?? "")")
        #expect(stopped.note?.contains("5 of \(early)") == true)
        #expect(channel.accepted.count == early)
        #expect(try day.launch().state == .paused)
        // Running it again is a person's word: what left before is not counted twice.
        #expect(try day.runOn().ending == .finished)
        #expect(channel.accepted.count == 1000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }

    // MARK: Experiments

    private static let experiment = """
        audience: {}
        via: [mail]
        experiment:
          arms:
            plain: {share: 50%, send: hello}
            urgent: {share: 50%, send: urgent}
          sample: 40%
          decide_by: clicked
          decide_after: 4h
          confidence: 95%
          otherwise: plain
        """

    @Test func `the others get the winner, and the decision stands`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(Self.experiment, people: 1500, channels: [channel])
        let first = try day.run()
        #expect(first.ending == .waiting)
        let sample = channel.accepted.count
        #expect((500...700).contains(sample), "\(sample)")
        // The second arm is clicked by most, the first one by few.
        let arms = day.program.sampleArms
        var clicks: [Int] = []
        for (place, row) in try day.rows().filter({ $0.state == .accepted }).enumerated() {
            if place % (arms[row.step] == 1 ? 2 : 12) == 0 { clicks.append(Int(row.contact.rawValue)) }
        }
        try day.tell(clicks, rank: 30, flags: StatusNews.clicked, clicked: true)
        day.clock.advance(hours: 4)
        let result = try day.run()
        #expect(result.ending == .finished)
        let verdict = try #require(result.status.verdict)
        #expect(verdict.ground == .significant, "\(verdict)")
        #expect(verdict.winner == 1)
        let winner = day.program.step(arm: 1, isSample: false).node
        let rows = try day.rows()
        #expect(rows.count { $0.step == winner } == 1500 - sample)
        #expect(rows.allSatisfy { $0.state == .accepted })
        #expect(channel.accepted.count == 1500)
        #expect(try day.faults() == [])
    }

    @Test func `without a difference the others get the arm that the file names`() throws {
        let day = try CampaignDay(Self.experiment, people: 600, channels: [FakeChannel()])
        let result = try day.runOn()
        #expect(result.ending == .finished)
        #expect(result.status.verdict?.ground == .noConversions)
        #expect(result.status.verdict?.winner == 0)
        let other = day.program.step(arm: 0, isSample: false).node
        #expect(try day.rows().contains { $0.step == other })
    }

    // MARK: Moments

    @Test func `everybody gets it at ten on their own clock`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(
            """
            audience: {}
            via: [mail]
            send: hello
            schedule: {at: 2027-03-18 10:00, in: contact_zone, if_already_past: next_day, too_late_after: 6h}
            """, people: 4, channels: [channel])
        for (contact, zone) in [(1, "Asia/Tokyo"), (2, "Europe/Berlin"), (3, "America/New_York")] {
            try day.connection.execute("UPDATE contact SET time_zone = '\(zone)' WHERE id = \(contact)")
        }
        // Known by the number alone, as the gate knows it.
        try day.connection.execute(
            """
            UPDATE contact SET country = 'US' WHERE id = 4;
            UPDATE identity SET address = '+12125550100' WHERE contact = 4 AND kind = 'phone'
            """)
        let first = try day.run()
        #expect(first.ending == .waiting)
        #expect(try day.store.openReader().latestLaunch(of: "news")?.state == .scheduled)
        // Ten o'clock comes first at UTC+14.
        #expect(first.dueAt == Timestamp(microseconds: 1_805_364_000_000_000 - 14 * 3_600_000_000))
        var times: [String: Timestamp] = [:]
        while true {
            let result = try day.run()
            if try day.store.openReader().latestLaunch(of: "news")?.state != .scheduled {
                for row in try day.rows() where row.state == .accepted && times[row.externalID] == nil {
                    times[row.externalID] = day.clock.now
                }
            }
            guard result.ending == .waiting, let due = result.dueAt else { break }
            day.clock.move(to: due)
        }
        // 2027-03-18: Tokyo is nine hours ahead, Berlin one, New York four behind since the 14th.
        let ten: Int64 = 1_805_364_000_000_000
        #expect(times["c1"] == Timestamp(microseconds: ten - 9 * 3_600_000_000))
        #expect(times["c2"] == Timestamp(microseconds: ten - 3_600_000_000))
        #expect(times["c3"] == Timestamp(microseconds: ten + 4 * 3_600_000_000))
        #expect(times["c4"] == times["c3"])
        #expect(channel.accepted.count == 4)
    }

    private static let scheduled = """
        audience: {}
        via: [mail]
        send: hello
        schedule: {at: 2027-03-18 10:00, in: Europe/Berlin, too_late_after: 2h}
        """

    @Test func `a campaign that is restored hours late does not send`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(Self.scheduled, people: 20, channels: [channel])
        #expect(try day.run().ending == .waiting)
        // The machine is away until the afternoon.
        day.clock.move(to: Timestamp(microseconds: 1_805_364_000_000_000 + 5 * 3_600_000_000))
        let result = try day.run()
        #expect(result.ending == .finished)
        #expect(channel.order.isEmpty)
        #expect(result.status.counts[.expired] == 20)
        #expect(result.status.counts.lapsed == ["too_late": 20])
    }

    @Test func `one that was interrupted sends nobody the rest when it is too late`() throws {
        let day = try CampaignDay(Self.scheduled, people: 500, channels: [FakeChannel()])
        try day.run()
        day.clock.move(to: Timestamp(microseconds: 1_805_360_400_000_000))
        let stop = StopSignal()
        let sent = Atomic<Int>(0)
        day.channels = [
            FakeChannel { _, _ in
                if sent.add(1, ordering: .relaxed).newValue == 20 { stop.stop() }
                return .accepted(providerID: "1")
            }
        ]
        #expect(try day.run(stop: stop).ending == .interrupted)
        let before = day.channels[0].accepted.count
        #expect(before < 500)
        day.clock.advance(hours: 3)
        let result = try day.run()
        #expect(result.ending == .finished)
        #expect(day.channels[0].accepted.count == before)
        #expect(result.status.counts[.expired] == 500 - before)
    }

    @Test func `a campaign that comes every day has its next launch written down, and skips what nobody sent`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(
            """
            audience: {}
            via: [mail]
            send: hello
            schedule: {every: day, at: "10:00", in: Europe/Berlin, too_late_after: 1h}
            """, people: 4, channels: [channel])
        let scheduler = CampaignScheduler(
            store: day.store, environment: day.clock.datedEnvironment, limits: AccountLimitsBook(),
            open: { _ throws(LaunchRefusal) in
                CampaignScheduler.Opened(program: day.program, channels: day.channels)
            })
        _ = try day.launcher().schedule()
        let lock = try day.store.lockRunner(takesCampaigns: false)
        _ = try day.store.openLedger().beginEpoch(now: day.clock.now)
        let ten = Timestamp(microseconds: 1_805_360_400_000_000)
        #expect(try scheduler.nextDue() == ten)
        #expect(try scheduler.turn(stop: StopSignal()) == nil)
        day.clock.move(to: ten)
        #expect(try scheduler.turn(stop: StopSignal())?.result?.ending == .finished)
        #expect(channel.accepted.count == 4)
        #expect(try scheduler.nextDue() == ten.adding(seconds: 86_400))
        // Away for three days: the launch that was written down is too late, and the one behind it is the next to come.
        day.clock.advance(hours: 24 * 3 + 5)
        #expect(try scheduler.turn(stop: StopSignal())?.result?.status.counts[.expired] == 4)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
        #expect(try scheduler.nextDue() == ten.adding(seconds: 86_400 * 4))
        withExtendedLifetime(lock) {}
    }

    @Test func `what is too late from the start is refused`() throws {
        let day = try CampaignDay(Self.scheduled, people: 1, channels: [FakeChannel()])
        day.clock.advance(hours: 24 * 3)
        let error = #expect(throws: LaunchRefusal.self) { try day.run() }
        #expect(error?.reason == "too_late")
    }

    @Test func `an audience may ask which link was followed`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(
            "audience: {}\nvia: [mail]\nsend: hello", people: 3, channels: [channel])
        #expect(try day.run().ending == .finished)
        try day.connection.execute(
            """
            INSERT INTO link_click (contact, launch, step, occurrence, link, at)
            SELECT contact, launch, step, occurrence, 'a', accepted_at FROM delivery WHERE contact = 2
            """)
        #expect(try day.text("SELECT name || ' ' || address FROM launch_link") == ["a https://acme.example/a"])
        try day.change("audience: {where: 'clicked(hello, link \"a\")'}\nvia: [mail]\nsend: urgent")
        let again = try day.launcher { $0.newLaunch = true }.run(stop: StopSignal(), progress: { _ in })
        #expect(again.ending == .finished)
        #expect(channel.accepted.filter { $0.value == 2 }.keys.sorted() == ["user2@example.com"])
    }

    @Test func `a campaign that needs an approval is refused until somebody has agreed to its meaning`() throws {
        let channel = FakeChannel()
        let campaign = "audience: {}\nvia: [mail]\nsend: hello\nowner: anna"
        let policy = "approval: {needed_over: 3 contacts, by: boss}"
        let day = try CampaignDay(campaign, people: 4, policy: policy, channels: [channel])
        let bare = #expect(throws: LaunchRefusal.self) { try day.run() }
        #expect(bare?.reason == "not_approved")
        let desk = ApprovalDesk(store: try day.store.openApprovals(), environment: day.clock.environment)
        let own = #expect(throws: LaunchRefusal.self) {
            try desk.approve(ApprovalDesk.Subject(day.program), as: "anna")
        }
        #expect(own?.reason == "own")
        _ = try desk.approve(ApprovalDesk.Subject(day.program), as: "ben")
        // A changed meaning is another one, to which nobody has agreed.
        try day.change("audience: {}\nvia: [mail]\nsend: urgent\nowner: anna", policy: policy)
        let changed = #expect(throws: LaunchRefusal.self) { try day.run() }
        #expect(changed?.reason == "not_approved")
        #expect(channel.accepted.isEmpty)
        try day.change(campaign, policy: policy)
        #expect(try day.run().ending == .finished)
        #expect(channel.accepted.count == 4)
    }

    @Test func `below its bound no approval is needed`() throws {
        let channel = FakeChannel()
        let day = try CampaignDay(
            "audience: {}\nvia: [mail]\nsend: hello", people: 3,
            policy: "approval: {needed_over: 3 contacts, by: boss}", channels: [channel])
        #expect(try day.run().ending == .finished)
    }
}
