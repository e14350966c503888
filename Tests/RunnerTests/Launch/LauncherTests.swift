import Channels
import RuleEngine
import Runner
import Synchronization
import TestKit
import Testing

@Suite("A launch")
struct LauncherTests {
    /// Retries at once, so that no test waits.
    static var options: Launcher.Options {
        var options = Launcher.Options()
        options.retry = RetryPolicy(delays: [0, 0], unreachableAfter: 60)
        return options
    }

    static func launcher(
        _ store: MemoryStore, _ channel: FakeChannel, program: CampaignProgram = TestProgram.make(),
        options: Launcher.Options = options
    ) -> Launcher {
        Launcher(program: program, store: store, channels: [channel], environment: .live, options: options)
    }

    @discardableResult
    static func run(
        _ store: MemoryStore, _ channel: FakeChannel, program: CampaignProgram = TestProgram.make(),
        options: Launcher.Options = options, stop: StopSignal = StopSignal()
    ) throws -> LaunchResult {
        try launcher(store, channel, program: program, options: options).run(stop: stop, progress: { _ in })
    }

    @Test func `reaches everybody once and adds up`() throws {
        let store = MemoryStore(reachable: 2500)
        let channel = FakeChannel()
        let result = try Self.run(store, channel)
        #expect(result.ending == .finished)
        #expect(channel.accepted.count == 2500)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
        #expect(result.status.counts[.accepted] == 2500)
        #expect(result.status.counts.audience == 2500)
        #expect(result.status.cost == Money(micros: 250_000, currency: "EUR"))
        #expect(result.status.state == "finished")
    }

    @Test func `skips whom the gate blocks, with the reason`() throws {
        let store = MemoryStore(reachable: 10)
        store.changeGate(of: ContactKey(rawValue: 3)) { $0.suppression = .unsubscribe }
        store.changeGate(of: ContactKey(rawValue: 4)) { $0.isProofComplete = false }
        let channel = FakeChannel()
        let result = try Self.run(store, channel)
        #expect(result.status.counts.skipped == ["suppressed_unsubscribe": 1, "proof_missing": 1])
        #expect(channel.accepted.count == 8)
    }

    @Test func `a revocation after the gate and before the intent wins`() throws {
        let store = MemoryStore(reachable: 50)
        let channel = FakeChannel(inFlight: 1) { message, _ in
            // While somebody is being sent to, everybody behind revokes.
            for key in 2...50 where message.address == "user1@example.com" {
                store.changeGate(of: ContactKey(rawValue: Int64(key))) { $0.isConsentRevoked = true }
            }
            return .accepted(providerID: "1")
        }
        let result = try Self.run(store, channel)
        #expect(channel.order == ["user1@example.com"])
        #expect(result.status.counts.skipped == ["no_consent": 49])
    }

    @Test func `refusals are final, throttling is tried again, and then given up`() throws {
        let store = MemoryStore(reachable: 30)
        let channel = FakeChannel { message, attempt in
            switch message.address {
            case "user1@example.com": .rejected(code: "550 5.1.1", suppress: .bounce)
            case "user2@example.com":
                attempt < 3 ? .throttled(code: "451", retryAfter: nil) : .accepted(providerID: "x")
            case "user3@example.com": .throttled(code: "450 4.2.1", retryAfter: nil)
            default: .accepted(providerID: "y")
            }
        }
        let result = try Self.run(store, channel)
        #expect(result.status.counts[.rejected] == 1)
        #expect(result.status.counts[.failed] == 1)
        #expect(result.status.counts[.accepted] == 28)
        #expect(result.status.counts.refusals == ["550 5.1.1": 1, "exhausted: 450 4.2.1": 1])
        #expect(channel.attempts["user1@example.com"] == 1)
        #expect(channel.attempts["user3@example.com"] == 3)
        #expect(result.ending == .finished)
    }

    @Test func `an unknown outcome is held, not repeated`() throws {
        let store = MemoryStore(reachable: 20)
        let channel = FakeChannel { message, _ in
            message.address == "user7@example.com"
                ? .outcomeUnknown(phase: .awaitingAnswer, detail: "") : .accepted(providerID: "1")
        }
        let first = try Self.run(store, channel)
        #expect(first.ending == .uncertain)
        #expect(first.status.counts[.uncertain] == 1)
        let second = try Self.run(store, channel)
        #expect(second.ending == .uncertain)
        #expect(channel.attempts["user7@example.com"] == 1)
    }

    @Test func `a channel that comes back loses nobody`() throws {
        let store = MemoryStore(reachable: 40)
        let failures = Mutex(3)
        let channel = FakeChannel { _, _ in
            let isDown = failures.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            return isDown ? .unavailable(code: "refused") : .accepted(providerID: "1")
        }
        var environment = RunnerEnvironment.live
        environment.random = { 0 }
        let result = try Launcher(
            program: TestProgram.make(), store: store, channels: [channel], environment: environment,
            options: Self.options
        ).run(stop: StopSignal(), progress: { _ in })
        #expect(result.ending == .finished)
        #expect(channel.accepted.count == 40)
    }

    @Test func `a channel that stays away stops the launch and leaves its rows open`() throws {
        let store = MemoryStore(reachable: 40)
        let channel = FakeChannel { _, _ in .unavailable(code: "connection refused") }
        var options = Self.options
        options.retry.unreachableAfter = 0.05
        let result = try Self.run(store, channel, options: options)
        #expect(result.ending == .stopped)
        #expect(result.note?.contains("connection refused") == true)
        #expect(result.status.counts.open == 40)
        #expect(result.status.state == "interrupted")
    }

    @Test func `stopping drains, and running again resumes without repeating anybody`() throws {
        let store = MemoryStore(reachable: 3000)
        let stop = StopSignal()
        let sent = Atomic<Int>(0)
        let channel = FakeChannel { _, _ in
            if sent.add(1, ordering: .relaxed).newValue == 700 { stop.stop() }
            return .accepted(providerID: "1")
        }
        let first = try Self.run(store, channel, stop: stop)
        #expect(first.ending == .interrupted)
        #expect(first.status.counts[.sending] == 0)
        #expect(first.status.counts.open > 0)
        let second = try Self.run(store, channel)
        #expect(second.ending == .finished)
        #expect(channel.accepted.count == 3000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }

    @Test func `a lock held by another process delays, and a failed write repeats nothing`() throws {
        let store = MemoryStore(reachable: 500)
        store.failCommits([nil, .busy, .busy, nil, .failed("no space"), nil])
        let channel = FakeChannel()
        let result = try Self.run(store, channel)
        #expect(result.ending == .finished)
        #expect(channel.accepted.count == 500)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }

    @Test func `stays within the budget`() throws {
        let store = MemoryStore(reachable: 50)
        // The plan refuses what is over the budget from the start, so the price rises after it.
        let program = TestProgram.make(budget: Money(micros: 5_000, currency: "EUR"))
        let result = try Self.run(store, FakeChannel(), program: program)
        #expect(result.status.cost.micros == 5_000)
        #expect(throws: LaunchRefusal.self) {
            try Self.run(
                MemoryStore(reachable: 51), FakeChannel(),
                program: TestProgram.make(budget: Money(micros: 5_000, currency: "EUR")))
        }
    }

    @Test func `outside expect nothing is sent`() throws {
        let channel = FakeChannel()
        let error = #expect(throws: LaunchRefusal.self) {
            try Self.run(MemoryStore(reachable: 5), channel, program: TestProgram.make(expect: 10...20))
        }
        #expect(error?.reason == "expect")
        #expect(channel.order.isEmpty)
    }

    @Test func `a finished launch is refused, and begins anew on request`() throws {
        let store = MemoryStore(reachable: 5)
        let channel = FakeChannel()
        try Self.run(store, channel)
        let error = #expect(throws: LaunchRefusal.self) { try Self.run(store, channel) }
        #expect(error?.reason == "finished")
        var options = Self.options
        options.newLaunch = true
        try Self.run(store, channel, options: options)
        #expect(channel.accepted.values.allSatisfy { $0 == 2 })
    }

    @Test func `a second runner is refused with the first one's process`() throws {
        let store = MemoryStore(reachable: 5)
        let lock = try store.lockRunner(takesCampaigns: false)
        let error = #expect(throws: LaunchRefusal.self) { try Self.run(store, FakeChannel()) }
        #expect(error?.reason == "locked")
        withExtendedLifetime(lock) {}
    }

    @Test func `cancelling ends a running launch and sends nobody else`() throws {
        let store = MemoryStore(reachable: 2000)
        let control = LaunchControl(store: store, environment: .live)
        let sent = Atomic<Int>(0)
        let channel = FakeChannel { _, _ in
            if sent.add(1, ordering: .relaxed).newValue == 100 { _ = try? control.cancel("news") }
            return .accepted(providerID: "1")
        }
        let result = try Self.run(store, channel)
        #expect(result.ending == .cancelled)
        #expect(result.status.counts.open == 0)
        #expect(result.status.counts[.accepted] == channel.order.count)
        #expect(result.status.counts[.accepted] + result.status.counts[.cancelled] == 2000)
    }

    @Test func `pausing and resuming sends nobody twice`() throws {
        let store = MemoryStore(reachable: 2000)
        let control = LaunchControl(store: store, environment: .live)
        let sent = Atomic<Int>(0)
        let channel = FakeChannel { _, _ in
            if sent.add(1, ordering: .relaxed).newValue == 100 { _ = try? control.pause("news") }
            return .accepted(providerID: "1")
        }
        #expect(try Self.run(store, channel).ending == .paused)
        #expect(channel.order.count < 2000)
        #expect(try Self.run(store, channel).ending == .finished)
        #expect(channel.accepted.count == 2000)
        #expect(channel.accepted.values.allSatisfy { $0 == 1 })
    }
}
