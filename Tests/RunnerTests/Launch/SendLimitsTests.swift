import Channels
import RuleEngine
import Testing

@testable import Runner

@Suite("Send limits")
struct SendLimitsTests {
    @Test func `never lets more than the rate through in any second, plus the one at the start`() {
        var limits = SendLimits(perSecond: 50, perDomain: [:], now: 0)
        var times: [Double] = []
        var now = 0.0
        while now < 5 {
            while limits.take(address: "a@example.com", now: now) { times.append(now) }
            now += 0.007
        }
        for start in stride(from: 0.0, to: 4, by: 0.05) {
            #expect(times.count { $0 >= start && $0 < start + 1 } <= 51)
        }
        #expect(times.count >= 245)
    }

    @Test func `a domain's limit holds back that domain alone`() {
        var limits = SendLimits(perSecond: nil, perDomain: ["slow.example": 1], now: 0)
        let taken = [("a@slow.example", 0.0), ("b@slow.example", 0.5), ("c@example.com", 0.5)].map { address, now in
            limits.take(address: address, now: now)
        }
        #expect(taken == [true, false, true])
        let delay = limits.delay(now: 0.5)
        #expect(delay > 0.4)
        let isBackOpen = limits.take(address: "b@slow.example", now: 1.01)
        #expect(isBackOpen)
    }

    @Test func `a refused domain takes nothing from the account`() {
        var limits = SendLimits(perSecond: 1, perDomain: ["slow.example": 0.001], now: 0)
        let taken = [("a@slow.example", 0.0), ("b@slow.example", 1.5), ("c@example.com", 1.5)].map { address, now in
            limits.take(address: address, now: now)
        }
        #expect(taken == [true, false, true])
    }

    @Test func `a campaign and the engine take from one account's limits, and a changed file gives new ones`() throws {
        let volumes = NothingSent()
        let zone = try #require(TimeZoneLoader.rules(for: "Europe/Berlin"))
        var channel = try #require(TestProgram.make().lanes.first)
        channel.rate = SendRate(perSecond: 10)
        channel.contactsPerDay = 3
        let book = AccountLimitsBook()
        let campaign = book.limits(of: channel, now: 0)
        let engine = book.limits(of: channel, now: 0)
        let noon = Timestamp(microseconds: 1_790_000_000_000_000)
        try campaign.renew(zone: zone, now: noon, volumes: volumes)
        try engine.renew(zone: zone, now: noon, volumes: volumes)
        #expect(campaign.take(address: "a@example.com", now: 0))
        #expect(!engine.take(address: "b@example.com", now: 0), "the account's first second has begun")
        #expect(engine.take(address: "b@example.com", now: 1))
        #expect(campaign.take(address: "c@example.com", now: 2))
        #expect(engine.today?.left == 0)
        campaign.giveBack()
        #expect(engine.today?.left == 1)
        // The next day.
        let tomorrow = try #require(engine.today?.tomorrow)
        try engine.renew(zone: zone, now: tomorrow, volumes: volumes)
        #expect(campaign.today?.left == 3)
        channel.contactsPerDay = 5
        #expect(book.limits(of: channel, now: 3) !== engine)
    }
}

private final class NothingSent: AccountVolumes {
    func volume(ofChannel channel: String, since: Timestamp) -> (messages: Int, contacts: Int) { (0, 0) }
    func firstUse(ofChannel channel: String) -> Timestamp? { nil }
}

@Suite("Retries")
struct RetryPolicyTests {
    @Test func `waits longer after each attempt, then gives up`() {
        let policy = RetryPolicy(delays: [10, 100], unreachableAfter: 60)
        #expect(policy.delay(afterAttempt: 1, retryAfter: nil, random: 0) == 5)
        #expect(policy.delay(afterAttempt: 2, retryAfter: nil, random: 0.5) == 100)
        #expect(policy.delay(afterAttempt: 3, retryAfter: nil, random: 0) == nil)
    }

    @Test func `never comes back before the provider said`() {
        let policy = RetryPolicy(delays: [1], unreachableAfter: 60)
        #expect(policy.delay(afterAttempt: 1, retryAfter: 30, random: 0.2) ?? 0 >= 30)
    }
}

@Suite("Channel health")
struct ChannelHealthTests {
    @Test func `a channel that can't be reached is probed, and given up after the patience`() {
        var health = ChannelHealth(patience: 60)
        health.note(.unavailable(code: "refused"), now: 0, random: { 0.5 })
        #expect(health.blockedFor(now: 0) > 0)
        #expect(health.probeLimit < 10)
        #expect(health.givingUp(now: 59) == nil)
        #expect(health.givingUp(now: 61) != nil)
    }

    @Test func `one accepted message ends the blockade`() {
        var health = ChannelHealth(patience: 60)
        health.note(.unavailable(code: "refused"), now: 0, random: { 0.5 })
        health.note(.accepted(providerID: "1"), now: 10, random: { 0.5 })
        #expect(health.givingUp(now: 100) == nil)
        #expect(health.probeLimit == .max)
    }

    @Test func `a stated wait holds the whole account`() {
        var health = ChannelHealth(patience: 60)
        health.note(.throttled(code: "429", retryAfter: 7), now: 1, random: { 0 })
        #expect(health.blockedFor(now: 2) == 6)
    }

    @Test func `a hundred sends without an answer stop the launch`() {
        var health = ChannelHealth(patience: 60)
        for _ in 0..<99 { health.note(.outcomeUnknown(phase: .awaitingAnswer, detail: ""), now: 0, random: { 0 }) }
        #expect(health.givingUp(now: 0) == nil)
        health.note(.outcomeUnknown(phase: .awaitingAnswer, detail: ""), now: 0, random: { 0 })
        #expect(health.givingUp(now: 0) != nil)
    }

    @Test func `failures in a row open it, one message tries it, and success closes it`() {
        var health = ChannelHealth(patience: 600)
        for _ in 0..<4 { health.note(.outcomeUnknown(phase: .awaitingAnswer, detail: ""), now: 0, random: { 0.5 }) }
        #expect(health.phase(now: 0) == .works)
        health.note(.outcomeUnknown(phase: .awaitingAnswer, detail: "timeout"), now: 0, random: { 0.5 })
        #expect(health.phase(now: 0) == .down && health.phase(now: 4.9) == .down)
        // What was on its way then doesn't make the pause longer.
        health.note(.outcomeUnknown(phase: .awaitingAnswer, detail: "timeout"), now: 1, random: { 0.5 })
        #expect(health.phase(now: 5) == .trial)
        #expect(health.mayBegin(inFlight: 0) == 1 && health.mayBegin(inFlight: 1) == 0)
        health.note(.unavailable(code: "refused"), now: 6, random: { 0.5 })
        #expect(health.phase(now: 15) == .down && health.phase(now: 16) == .trial)
        health.note(.accepted(providerID: "1"), now: 17, random: { 0.5 })
        #expect(health.phase(now: 17) == .works && health.mayBegin(inFlight: 99) == .max)
    }

    @Test func `an endpoint that says it is gone rests for a day, and is then tried by one message`() {
        let day = 86_400.0
        var health = ChannelHealth(patience: 600)
        health.note(.unavailable(code: SendOutcome.gone), now: 10, random: { 0.5 })
        #expect(health.phase(now: 10) == .down && health.blockedFor(now: 10) == day)
        #expect(health.phase(now: 9 + day) == .down && health.phase(now: 10 + day) == .trial)
        #expect(health.mayBegin(inFlight: 0) == 1)
        // Still gone: another day. Another process takes up what is left of it, and no more than a day.
        health.note(.unavailable(code: SendOutcome.gone), now: 10 + day, random: { 0.5 })
        #expect(health.phase(now: 9 + 2 * day) == .down)
        var next = ChannelHealth(patience: 600)
        next.resume(failures: 1, code: SendOutcome.gone, seconds: 3600, now: 0)
        #expect(next.phase(now: 3599) == .down && next.phase(now: 3600) == .trial)
        next.note(.accepted(providerID: "1"), now: 3600, random: { 0.5 })
        #expect(next.phase(now: 3600) == .works)
    }

    @Test func `refusals between failures keep it closed`() {
        var health = ChannelHealth(patience: 600)
        for round in 0..<20 {
            let outcome: SendOutcome =
                round % 4 == 3 ? .rejected(code: "550", suppress: nil) : .outcomeUnknown(phase: .answer, detail: "")
            health.note(outcome, now: Double(round), random: { 0.5 })
            #expect(health.phase(now: Double(round)) == .works)
        }
    }
}
