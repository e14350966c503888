import Channels
import RuleEngine
import Storage
import Synchronization
import TestKit
import Testing

@testable import Runner

/// An account that is down, and one that takes over.
@Suite("Failover of accounts")
struct FailoverTests {
    private static let campaign = "audience: {where: ['contact.country == \"DE\"']}\nvia: [mail]\nsend: hello"
    private static let second = """
        failover: [mail-2]
        ---
        channel: mail-2
        kind: email
        provider: outbox
        folder: out2
        from: Acme <news@second.acme.example>
        cost: {per_message: EUR 0.02}
        """

    @Test func `while one account can't be reached the other takes its messages`() throws {
        let first = FakeChannel { _, _ in .unavailable(code: "connection_refused") }
        let other = FakeChannel()
        let day = try CampaignDay(Self.campaign, people: 60, mail: Self.second, channels: [first, other])
        let ending = try day.runOn(hours: 1).ending
        #expect(ending == .finished)
        #expect(other.accepted.count == 60 && other.accepted.values.allSatisfy { $0 == 1 })
        #expect(try day.rows().allSatisfy { $0.channelID == "mail-2" })
        #expect(try day.launch().cost(in: day) == 60 * 20_000)
        #expect(try day.faults() == [])
        let trouble = try day.store.openLedger().troubles()["mail"]
        #expect(trouble?.code == "connection_refused")
        #expect((trouble?.failures ?? 0) >= ChannelHealth.opensAfter)
    }

    /// Nobody knows whether the first account's provider has them: they go by no other.
    @Test func `what had no answer goes by no other account`() throws {
        let seen = Mutex<Set<String>>([])
        let first = FakeChannel { message, _ in
            seen.withLock { _ = $0.insert(message.address) }
            return .outcomeUnknown(phase: .awaitingAnswer, detail: "timeout")
        }
        let other = FakeChannel()
        let day = try CampaignDay(Self.campaign, people: 60, mail: Self.second, channels: [first, other])
        let result = try day.runOn(hours: 1)
        let doubtful = seen.withLock { $0 }
        #expect(result.ending == .uncertain)
        #expect(doubtful.count >= ChannelHealth.opensAfter && doubtful.count < 60)
        #expect(result.status.counts[.uncertain] == doubtful.count)
        #expect(result.status.counts[.accepted] == 60 - doubtful.count)
        #expect(doubtful.isDisjoint(with: other.accepted.keys))
        #expect(try day.rows().filter { $0.state == .uncertain }.allSatisfy { $0.channelID == "mail" })
        #expect(try day.faults() == [])
    }

    @Test func `refusals are the recipients' and open nothing`() throws {
        let first = FakeChannel { _, _ in .rejected(code: "550", suppress: nil) }
        let other = FakeChannel()
        let day = try CampaignDay(Self.campaign, people: 30, mail: Self.second, channels: [first, other])
        #expect(try day.run().ending == .finished)
        #expect(other.accepted.isEmpty)
        #expect(try day.store.openLedger().troubles() == [:])
    }

    @Test func `an account that was down is tried by one message, and used again`() throws {
        let first = FakeChannel()
        let other = FakeChannel()
        let day = try CampaignDay(Self.campaign, people: 40, mail: Self.second, channels: [first, other])
        let since = day.clock.now.adding(seconds: -60)
        // Its pause is over.
        try day.store.openLedger().note(
            AccountTrouble(since: since, until: day.clock.now, failures: 9, code: "timeout"), of: "mail")
        #expect(try day.run().ending == .finished)
        #expect(first.accepted.count + other.accepted.count == 40)
        #expect(first.accepted.count >= 1)
        #expect(try day.store.openLedger().troubles() == [:])
    }

    @Test func `a pause that is under way is kept by the next run`() throws {
        let first = FakeChannel()
        let other = FakeChannel()
        let day = try CampaignDay(Self.campaign, people: 20, mail: Self.second, channels: [first, other])
        try day.store.openLedger().note(
            AccountTrouble(
                since: day.clock.now, until: day.clock.now.adding(seconds: 50), failures: 9, code: "timeout"),
            of: "mail")
        #expect(try day.run().ending == .finished)
        #expect(first.accepted.isEmpty && other.accepted.count == 20)
    }

    @Test func `both accounts down leave every row open`() throws {
        let down = FakeChannel { _, _ in .unavailable(code: "503") }
        let day = try CampaignDay(Self.campaign, people: 20, mail: Self.second, channels: [down, down])
        var options = Launcher.Options()
        options.retry = RetryPolicy(delays: [0], unreachableAfter: 1)
        // The pauses of the accounts pass by themselves.
        var environment = day.clock.environment
        environment.monotonic = RunnerEnvironment.live.monotonic
        let launcher = Launcher(
            program: day.program, store: day.store, channels: day.channels, environment: environment, options: options)
        let result = try launcher.run(stop: StopSignal(), progress: { _ in day.clock.advance(hours: 0.001) })
        #expect(result.ending == .stopped)
        #expect(result.status.counts.open == 20)
        #expect(try day.faults() == [])
    }
}

extension LaunchRecord {
    fileprivate func cost(in day: CampaignDay) throws -> Int64 {
        try day.store.openReader().counts(of: id).costMicros
    }
}
