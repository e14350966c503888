import Channels
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit
import Testing

/// Several channels, and what they may spend and send.
@Suite("Fallback and limits")
struct FallbackTests {
    private static let two = "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail, texts]\nsend: hello"

    @Test func `who can't be reached on the first channel gets it by the next`() throws {
        let mail = FakeChannel()
        let texts = FakeChannel()
        let day = try CampaignDay(Self.two, people: 6, channels: [mail, texts])
        try day.connection.execute(
            """
            DELETE FROM identity WHERE contact = 1 AND kind = 'email';
            UPDATE consent SET revoked_at = 1 WHERE contact = 2 AND channel = 'email';
            DELETE FROM identity WHERE contact = 3;
            UPDATE contact SET do_not_contact = 1 WHERE id = 4;
            """
        )
        let result = try day.run()
        #expect(result.ending == .finished)
        #expect(Set(mail.accepted.keys) == ["user5@example.com", "user6@example.com"])
        #expect(Set(texts.accepted.keys) == ["+4915110000001", "+4915110000002"])
        #expect(result.status.counts.skipped == ["no_channel_left": 1, "dnc_tenant": 1])
        #expect(result.status.cost.micros == 220_000)
        let channels = Dictionary(uniqueKeysWithValues: try day.rows().map { ($0.externalID, $0.channelID) })
        #expect(channels["c1"] == "texts" && channels["c5"] == "mail")
        #expect(try day.faults() == [])
    }

    private static let escalating = Self.two + "\ntry_next: {if: not_delivered, after: 45m}"

    @Test func `what is not delivered in time is tried by the next channel, and counted once`() throws {
        let mail = FakeChannel { message, _ in
            message.address == "user1@example.com" ? .rejected(code: "550", suppress: nil) : .accepted(providerID: "m")
        }
        let texts = FakeChannel()
        let day = try CampaignDay(Self.escalating, people: 10, channels: [mail, texts])
        try day.connection.execute("DELETE FROM identity WHERE contact = 2 AND kind = 'phone'")
        let first = try day.run()
        #expect(first.ending == .waiting)
        #expect(first.dueAt == day.clock.now.adding(seconds: 45 * 60))
        // A refusal needs no waiting.
        #expect(Set(texts.accepted.keys) == ["+4915110000001"])
        #expect(first.status.counts.audience == 10)
        try day.tell(3...8, rank: 30)
        day.clock.advance(hours: 0.75)
        let result = try day.run()
        #expect(result.ending == .finished)
        #expect(Set(texts.accepted.keys) == ["+4915110000001", "+4915110000009", "+4915110000010"])
        // The second one has no number, so that what was sent by mail stands.
        #expect(result.status.counts.audience == 10)
        #expect(result.status.counts[.accepted] == 10)
        #expect(result.status.counts.acceptedMessages == 9 + 3)
        #expect(result.status.cost.micros == 9 * 10_000 + 3 * 100_000)
        #expect(try day.faults() == [])
        let tries = try day.store.openReader().deliveries(of: try day.launch().id, contact: ContactKey(rawValue: 9))
        #expect(tries.map(\.channelID) == ["mail", "texts"])
        #expect(tries.map(\.isSuperseded) == [true, false])
    }

    @Test func `a restart between the channels sends nobody twice`() throws {
        let mail = FakeChannel()
        let texts = FakeChannel()
        let day = try CampaignDay(Self.escalating, people: 30, channels: [mail, texts])
        try day.run()
        day.clock.advance(hours: 1)
        #expect(try day.run().ending == .finished)
        #expect(throws: LaunchRefusal.self) { try day.run() }
        #expect(mail.accepted.count == 30 && mail.accepted.values.allSatisfy { $0 == 1 })
        #expect(texts.accepted.count == 30 && texts.accepted.values.allSatisfy { $0 == 1 })
        #expect(try day.faults() == [])
    }

    @Test func `a route asks what it ranks by`() throws {
        let mail = FakeChannel()
        let texts = FakeChannel()
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: best\nsend: hello", people: 3,
            routes: """
                route: best
                candidates: [texts, mail]
                rank:
                  - channel.kind == contact.preferred_channel
                  - channel.cost
                """, channels: [texts, mail])
        try day.connection.execute("UPDATE contact SET preferred_channel = 'sms' WHERE id = 2")
        #expect(try day.run().ending == .finished)
        #expect(Set(texts.accepted.keys) == ["+4915110000002"])
        #expect(Set(mail.accepted.keys) == ["user1@example.com", "user3@example.com"])
    }

    @Test func `a new sender grows from day to day`() throws {
        let mail = FakeChannel()
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello", people: 40,
            mail: "limits: {warm_up: {start: 10/d, grow: 50%/d, until: 1000/d}}", channels: [mail])
        let first = try day.run()
        #expect(first.ending == .waiting)
        #expect(mail.accepted.count == 10)
        #expect(first.status.counts.held == ["account_limit": 30])
        // Midnight in Berlin.
        #expect(first.dueAt == Timestamp(microseconds: 1_805_324_400_000_000))
        var perDay = [10]
        while true {
            let before = mail.accepted.count
            guard let due = try day.store.openReader().nextDue(of: try day.launch().id) else { break }
            day.clock.move(to: due)
            try day.run()
            perDay.append(mail.accepted.count - before)
            #expect(perDay.count < 9)
            if perDay.count > 8 { break }
        }
        #expect(perDay == [10, 15, 15])
        #expect(mail.accepted.values.allSatisfy { $0 == 1 })
    }

    // MARK: Money

    /// Whatever the provider and the store do, and however often it is begun again: what was spent and what may have
    /// been spent never exceeds the budget.
    @Test(arguments: Array(1...12) as [UInt64])
    func `the budget is never exceeded`(seed: UInt64) throws {
        let random = Mutex(SeededRandom(seed: seed))
        let budget: Int64 = 400_000
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail, texts]\nsend: hello\ntry_next: {if: failed, after: 1m}\nbudget: {at_most: EUR 0.40, warn_at: 80%}",
            people: 30, channels: [FakeChannel(), FakeChannel()])
        let stop = Mutex(StopSignal())
        let charged = Mutex<Int64>(0)
        func provider(_ cost: Int64) -> FakeChannel.Provider {
            { _, _ in
                let draw = random.withLock { $0.below(10) }
                if draw == 9 { stop.withLock { $0 }.stop() }
                switch draw {
                case 0: return .rejected(code: "550", suppress: nil)
                case 1: return .throttled(code: "451", retryAfter: nil)
                case 2:
                    // The provider has it, and charges; only nobody hears of it.
                    charged.withLock { $0 += cost }
                    return .outcomeUnknown(phase: .awaitingAnswer, detail: "")
                default:
                    charged.withLock { $0 += cost }
                    return .accepted(providerID: "x")
                }
            }
        }
        day.channels = [
            FakeChannel(inFlight: 3, provider: provider(10_000)), FakeChannel(inFlight: 3, provider: provider(100_000)),
        ]
        for _ in 0..<25 {
            stop.withLock { $0 = StopSignal() }
            let result = try day.run(stop: stop.withLock { $0 })
            let counts = result.status.counts
            #expect(counts.costMicros + counts.reservedMicros <= budget, "seed \(seed)")
            #expect(charged.withLock { $0 } <= budget, "seed \(seed): \(charged.withLock { $0 })")
            #expect(counts.costMicros + counts.reservedMicros >= charged.withLock { $0 }, "seed \(seed)")
            if result.ending == .finished || result.ending == .uncertain { break }
            day.clock.advance(hours: 0.1)
        }
        #expect(try day.faults() == [])
    }

    // MARK: Control

    @Test func `a kill ends the last send within a second`() throws {
        let control = Mutex<LaunchControl?>(nil)
        let sent = Atomic<Int>(0)
        let last = Mutex(0.0)
        let killed = Mutex(0.0)
        let channel = FakeChannel(inFlight: 8) { _, _ in
            let now = RunnerEnvironment.live.monotonic()
            last.withLock { $0 = now }
            if sent.add(1, ordering: .relaxed).newValue == 100 {
                _ = try? control.withLock { $0 }?.kill("news")
                killed.withLock { $0 = RunnerEnvironment.live.monotonic() }
            }
            return .accepted(providerID: "1")
        }
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello", people: 3000,
            channels: [channel])
        control.withLock { $0 = LaunchControl(store: day.store, environment: day.clock.datedEnvironment) }
        let result = try day.run()
        #expect(result.ending == .killed)
        #expect(last.withLock { $0 } - killed.withLock { $0 } < 1)
        #expect(result.status.counts.open == 0)
        #expect(result.status.counts[.accepted] + result.status.counts[.cancelled] == 3000)
        #expect(result.status.counts[.accepted] == channel.order.count)
        #expect(result.status.state == "killed")
        let error = #expect(throws: LaunchRefusal.self) { try control.withLock { $0 }?.resume("news") }
        #expect(error?.reason == "killed")
        #expect(try day.faults() == [])
    }

    @Test func `a kill is seen while the provider keeps silent`() throws {
        let control = Mutex<LaunchControl?>(nil)
        let sent = Atomic<Int>(0)
        let channel = FakeChannel(inFlight: 8) { _, _ in
            // Nothing answers any more, so that no wave is written that would see the new state.
            sent.add(1, ordering: .relaxed).newValue > 4 ? nil : .accepted(providerID: "1")
        }
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello", people: 100,
            channels: [channel])
        let local = LaunchControl(store: day.store, environment: day.clock.datedEnvironment)
        control.withLock { $0 = local }
        let began = RunnerEnvironment.live.monotonic()
        let thread = try WorkerThread {
            while sent.load(ordering: .relaxed) < 5 {}
            _ = try? control.withLock { $0 }?.kill("news")
        }
        let result = try day.run()
        thread.join()
        #expect(result.ending == .killed)
        #expect(RunnerEnvironment.live.monotonic() - began < 5)
        // What had no answer is in doubt, and nobody pretends to know.
        #expect(result.status.counts[.uncertain] == channel.order.count - 4)
        #expect(result.status.counts[.cancelled] == 100 - channel.order.count)
    }

    @Test func `pausing and resuming again and again sends nobody twice`() throws {
        let control = Mutex<LaunchControl?>(nil)
        let sent = Atomic<Int>(0)
        let channel = FakeChannel { _, _ in
            if sent.add(1, ordering: .relaxed).newValue % 300 == 0 { _ = try? control.withLock { $0 }?.pause("news") }
            return .accepted(providerID: "1")
        }
        let day = try CampaignDay(
            "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello", people: 2000,
            channels: [channel])
        let local = LaunchControl(store: day.store, environment: day.clock.datedEnvironment)
        control.withLock { $0 = local }
        var pauses = 0
        while try day.run().ending == .paused {
            pauses += 1
            _ = try local.resume("news")
            #expect(try day.launch().state == .running)
        }
        #expect(pauses > 2)
        #expect(channel.accepted.count == 2000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }
}
