import Channels
import Runner
import Synchronization
import TestKit
import Testing

/// An account that is down while sequences and rules go on.
@Suite("Failover in sequences and rules")
struct EngineFailoverTests {
    private static let rule = """
        rule: greet
        purpose: transactional
        trigger: {event: signed_up}
        via: [text]
        steps:
          - send: hello
        """

    private static func happen(_ fixture: EngineFixture, people: ClosedRange<Int>) throws {
        for person in people { try fixture.happen("signed_up", to: person) }
    }

    @Test func `messages go by the other account while the first can't be reached`() throws {
        let spare = FakeChannel()
        let fixture = try EngineFixture(
            Self.rule, people: 30, sms: FakeChannel { _, _ in .unavailable(code: "connection_refused") }, spare: spare)
        try Self.happen(fixture, people: 1...30)
        try fixture.pass(hours: 0.1)
        #expect(spare.accepted.count == 30 && spare.accepted.values.allSatisfy { $0 == 1 })
        #expect(try fixture.text("SELECT DISTINCT state || ' ' || channel FROM delivery") == ["10 text-2"])
        #expect(try fixture.text("SELECT channel || ' ' || code FROM account_trouble") == ["text connection_refused"])
    }

    @Test func `what had no answer stays where it is, and the others go by the other account`() throws {
        let spare = FakeChannel()
        let fixture = try EngineFixture(
            Self.rule, people: 200,
            sms: FakeChannel(inFlight: 16) { _, _ in .outcomeUnknown(phase: .awaitingAnswer, detail: "timeout") },
            spare: spare)
        try Self.happen(fixture, people: 1...200)
        try fixture.pass(hours: 0.1)
        let doubtful = Set(fixture.sms.order)
        #expect(doubtful.count >= 8 && doubtful.count < 60)
        #expect(doubtful.isDisjoint(with: spare.order))
        #expect(doubtful.count + spare.accepted.count == 200)
        #expect(
            try fixture.text("SELECT count(*) FROM delivery WHERE state = 4 AND channel = 'text'") == [
                "\(doubtful.count)"
            ])
    }

    @Test func `an account that works again gets its messages back`() throws {
        let spare = FakeChannel()
        let sms = FakeChannel { _, attempt in attempt == 1 ? .unavailable(code: "503") : .accepted(providerID: "x") }
        let fixture = try EngineFixture(Self.rule, people: 20, sms: sms, spare: spare)
        try Self.happen(fixture, people: 1...10)
        try fixture.pass(hours: 0.01)
        try fixture.pass(hours: 0.1)
        try Self.happen(fixture, people: 11...20)
        try fixture.pass(hours: 0.2)
        try Self.happen(fixture, people: 1...10)
        try fixture.pass(hours: 0.2)
        #expect(try fixture.text("SELECT DISTINCT state FROM delivery") == ["10"])
        #expect(!sms.accepted.isEmpty)
        #expect(try fixture.text("SELECT channel FROM account_trouble") == [])
        for (address, count) in spare.accepted { #expect(count + (sms.accepted[address] ?? 0) <= 2) }
    }

    @Test func `a new process knows what the one before found`() throws {
        let spare = FakeChannel()
        let sms = FakeChannel { _, _ in .unavailable(code: "503") }
        let fixture = try EngineFixture(Self.rule, people: 20, sms: sms, spare: spare)
        try Self.happen(fixture, people: 1...10)
        try fixture.pass(hours: 0.0005)
        let before = sms.order.count
        try fixture.restart()
        try Self.happen(fixture, people: 11...20)
        try fixture.settle()
        #expect(sms.order.count == before)
        #expect(spare.accepted.count == 20)
    }

    @Test func `an endpoint that is gone is left alone for a day, over restarts`() throws {
        let isBack = Mutex(false)
        let sms = FakeChannel { _, _ in
            isBack.withLock { $0 } ? .accepted(providerID: "x") : .unavailable(code: SendOutcome.gone)
        }
        let fixture = try EngineFixture(Self.rule, people: 4, sms: sms)
        try Self.happen(fixture, people: 1...1)
        try fixture.pass(hours: 1)
        #expect(sms.order.count == 1)
        #expect(try fixture.text("SELECT channel || ' ' || code FROM account_trouble") == ["text 410 gone"])
        try fixture.restart()
        try Self.happen(fixture, people: 2...4)
        try fixture.pass(hours: 22)
        #expect(sms.order.count == 1)
        isBack.withLock { $0 = true }
        try fixture.pass(hours: 3)
        #expect(sms.accepted.count == 4 && sms.accepted.values.allSatisfy { $0 == 1 })
        #expect(try fixture.text("SELECT channel FROM account_trouble") == [])
    }
}
