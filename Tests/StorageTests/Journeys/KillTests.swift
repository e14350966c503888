import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Programs that are ended while they run.
struct KillTests {
    private static let welcome = """
        rule: welcome
        purpose: transactional
        trigger: {event: signed_up}
        via: [mail]
        steps:
          - send: hello
          - wait: 1h
          - send: hello
        ---
        rule: other
        purpose: transactional
        trigger: {event: bought}
        via: [mail]
        steps:
          - send: hello
        """

    @Test func `a kill ends every run, and the engine sends nothing from its next turn on`() throws {
        let fixture = try EngineFixture(Self.welcome, people: 40)
        for person in 1...40 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        #expect(fixture.sent == 40)
        fixture.advance(seconds: 3600)
        let activation = ProgramActivation(store: fixture.journeys, environment: fixture.environment)
        // From another connection, as another process would.
        let other = ProgramActivation(store: try fixture.store.openJourneys(), environment: fixture.environment)
        #expect(try other.set(.killed, of: "welcome") == 40)
        try fixture.settle()
        #expect(fixture.sent == 40)
        #expect(Set(try fixture.endings) == ["cancelled"])
        #expect(try fixture.text("SELECT count(*) FROM delivery WHERE state IN (0, 1, 2, 3)") == ["0"])
        // The others go on.
        try fixture.happen("bought", to: 1, ["order_id": .words("A"), "total": .number(1, .money)])
        try fixture.restart()
        try fixture.settle()
        #expect(fixture.sent == 41)
        #expect(try activation.set(.killed, of: "welcome") == nil)
        #expect(
            try fixture.decisions.filter { $0 == "ended cancelled: somebody ended the program" }.count == 40)
    }

    @Test func `what a channel can't take any more after a kill is cancelled, and not tried again`() throws {
        let fixture = try EngineFixture(
            Self.welcome, email: FakeChannel { _, _ in .throttled(code: "slow", retryAfter: 60) })
        try fixture.happen("signed_up")
        _ = try fixture.engine.turn()
        let other = ProgramActivation(store: try fixture.store.openJourneys(), environment: fixture.environment)
        #expect(try other.killAll().map(\.program) == ["other", "welcome"])
        try fixture.pass(hours: 2)
        try fixture.restart()
        try fixture.pass(hours: 2)
        #expect(fixture.sent == 1)
        #expect(try fixture.text("SELECT state FROM delivery") == ["14"])
        #expect(try fixture.text("SELECT count(*) FROM send_order") == ["0"])
    }
}
