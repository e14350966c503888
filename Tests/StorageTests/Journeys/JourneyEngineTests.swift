import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

struct JourneyEngineTests {
    @Test func `a person comes in, gets a message, waits, and gets another`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.email.order == ["c1@example.com"])
        try fixture.pass(hours: 71)
        #expect(fixture.sent == 1)
        try fixture.pass(hours: 2)
        #expect(fixture.sent == 2)
        #expect(try fixture.endings == ["exit finished"])
    }

    @Test func `who buys in between goes the other way, and nothing follows`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome)
        try fixture.happen("signed_up")
        try fixture.pass(hours: 5)
        try fixture.happen("bought", ["order_id": .words("A"), "total": .number(1, .money)])
        try fixture.pass(hours: 100)
        #expect(fixture.sent == 1)
        #expect(try fixture.endings == ["exit customer"])
    }

    @Test func `what happened ten seconds before somebody came in counts`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome)
        try fixture.happen("bought", ["order_id": .words("A"), "total": .number(1, .money)], ago: 10)
        try fixture.happen("signed_up")
        try fixture.pass(hours: 100)
        #expect(fixture.sent == 1)
        #expect(try fixture.endings == ["exit customer"])
    }

    @Test func `a repeated event begins nothing, and repeating everything changes nothing`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome)
        for _ in 0..<3 { try fixture.happen("signed_up", id: "same") }
        try fixture.settle()
        #expect(try fixture.endings.count == 1)
        #expect(fixture.sent == 1)
    }

    @Test func `a cart restarts its own wait and no other`() throws {
        let fixture = try EngineFixture(
            """
            rule: cart
            purpose: transactional
            trigger: {event: cart_updated}
            runs: {mode: restart, key: event.cart_id}
            via: [mail]
            steps:
              - wait: 2h
              - send: hello
            """)
        try fixture.happen("cart_updated", ["cart_id": .words("one")])
        try fixture.happen("cart_updated", ["cart_id": .words("two")])
        try fixture.pass(hours: 1)
        try fixture.happen("cart_updated", ["cart_id": .words("one")])
        try fixture.pass(hours: 1.5)
        #expect(fixture.sent == 1)
        try fixture.pass(hours: 1)
        #expect(fixture.sent == 2)
        #expect(try fixture.endings == ["replaced", "exit finished", "exit finished"])
    }

    @Test func `coming in again after 180 days works, and before it doesn't`() throws {
        let fixture = try EngineFixture(
            """
            sequence: win
            purpose: transactional
            enter: {event: signed_up, again: after 180d}
            via: [mail]
            steps:
              - send: hello
            """)
        try fixture.happen("signed_up")
        try fixture.pass(hours: 179 * 24)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.sent == 1)
        try fixture.pass(hours: 2 * 24)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.sent == 2)
    }

    @Test func `the second of a queue begins when the first has ended`() throws {
        let fixture = try EngineFixture(
            """
            rule: one-by-one
            purpose: transactional
            trigger: {event: signed_up}
            runs: queue
            via: [mail]
            steps:
              - wait: 1h
              - send: hello
            """)
        try fixture.happen("signed_up")
        try fixture.happen("signed_up")
        try fixture.pass(hours: 1.2)
        #expect(fixture.sent == 1)
        try fixture.pass(hours: 1)
        #expect(fixture.sent == 2)
    }

    @Test func `what cannot leave by the first channel leaves by the second, once`() throws {
        let fixture = try EngineFixture(
            EngineFixture.welcome.replacing("via: [mail]", with: "via: [text, mail]"),
            sms: FakeChannel { _, _ in .rejected(code: "30006", suppress: nil) })
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(fixture.sms.order.count == 1)
        #expect(fixture.email.order == ["c1@example.com"])
        #expect(
            try fixture.text("SELECT state || ' ' || channel FROM delivery ORDER BY occurrence") == [
                "12 text", "10 mail",
            ])
    }

    @Test func `nobody knows: no second channel, no second try, and the run goes on`() throws {
        let fixture = try EngineFixture(
            EngineFixture.welcome.replacing("via: [mail]", with: "via: [text, mail]"),
            sms: FakeChannel { _, _ in .outcomeUnknown(phase: .awaitingAnswer, detail: "") })
        try fixture.happen("signed_up")
        try fixture.pass(hours: 1)
        #expect(fixture.sms.order.count == 1)
        #expect(fixture.email.order.isEmpty)
        #expect(try fixture.text("SELECT state FROM delivery") == ["4"])
        #expect(try fixture.decisions.contains("settled 0 unknown"))
    }

    @Test func `what was on its way when the process ended is uncertain, and is not sent again`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome, email: FakeChannel { _, _ in nil })
        try fixture.happen("signed_up")
        for _ in 0..<3 { _ = try fixture.engine.turn() }
        #expect(fixture.engine.inFlightCount == 1)
        try fixture.restart()
        try fixture.pass(hours: 1)
        #expect(fixture.email.order.count == 1)
        #expect(try fixture.text("SELECT state || reason FROM delivery") == ["4crash"])
        // The run goes on: it waits for a purchase.
        #expect(try fixture.decisions.last?.hasPrefix("waits") == true)
    }

    @Test func `values, tags with their lifetime and events are written, and other programs hear of them`() throws {
        let fixture = try EngineFixture(
            """
            rule: writer
            purpose: transactional
            trigger: {event: signed_up}
            steps:
              - set: {plan: pro, visits: 3}
              - tag: {name: fresh, for: 2h}
              - if: contact.plan == "pro" and tagged("fresh")
                then:
                  - emit: {event: visited, with: {page: '"home"'}}
            """,
            """
            rule: reader
            purpose: transactional
            trigger: {event: visited, where: event.page == "home"}
            via: [mail]
            steps:
              - wait_until: not tagged("fresh")
                up_to: 1d
                then:
                  - send: hello
            """)
        try fixture.happen("signed_up")
        try fixture.settle()
        #expect(try fixture.text("SELECT f_plan || f_visits || length(tags) FROM contact") == ["pro36"])
        #expect(fixture.sent == 0)
        try fixture.pass(hours: 2.1)
        #expect(fixture.sent == 1)
        #expect(try fixture.text("SELECT tags FROM contact") == [""])
    }

    @Test func `a goal ends a run wherever it stands, and takes back what has not left`() throws {
        let fixture = try EngineFixture(
            """
            sequence: trial
            purpose: transactional
            enter: {event: signed_up}
            goal: {event: bought, within: 30d}
            via: [mail]
            steps:
              - wait: 1d
              - send: hello
            """)
        try fixture.happen("signed_up")
        try fixture.pass(hours: 3)
        try fixture.happen("bought", ["order_id": .words("A"), "total": .number(1, .money)])
        try fixture.pass(hours: 48)
        #expect(fixture.sent == 0)
        #expect(try fixture.endings == ["goal"])
        #expect(try fixture.text("SELECT goal_at > 0 FROM run") == ["1"])
    }

    @Test func `editing a live sequence strands nobody`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome, people: 2)
        try fixture.happen("signed_up", to: 1)
        try fixture.pass(hours: 1)
        let outcomes = try fixture.activate(EngineFixture.welcome.replacing("up_to: 3d", with: "up_to: 1d"))
        #expect(outcomes == [.replaced(inside: 1)])
        try fixture.happen("signed_up", to: 2)
        try fixture.pass(hours: 25)
        // The second is in the new version, the first in the one that it entered.
        #expect(try fixture.endings == ["open", "exit finished"])
        try fixture.pass(hours: 48)
        #expect(try fixture.endings == ["exit finished", "exit finished"])
        #expect(fixture.sent == 4)
        try fixture.engine.retire()
        #expect(try fixture.text("SELECT state FROM launch ORDER BY id") == ["3", "1"])
        #expect(try fixture.activate(EngineFixture.welcome.replacing("up_to: 3d", with: "up_to:   1d")) == [.unchanged])
    }

    @Test func `a program that rests sends nothing and loses nothing`() throws {
        let fixture = try EngineFixture(EngineFixture.welcome, people: 2)
        try fixture.happen("signed_up")
        try fixture.settle()
        let activation = ProgramActivation(store: fixture.journeys, environment: .live)
        #expect(try activation.set(.paused, of: "welcome") == 1)
        try fixture.restart()
        try fixture.happen("signed_up", to: 2)
        try fixture.pass(hours: 80)
        #expect(fixture.sent == 1)
        try fixture.activate(EngineFixture.welcome)
        try fixture.pass(hours: 1)
        #expect(fixture.sent == 2)
        #expect(try fixture.endings == ["exit finished"])
    }

    @Test func `a budget is never exceeded`() throws {
        let fixture = try EngineFixture(
            """
            rule: dear
            purpose: transactional
            trigger: {event: signed_up}
            budget: {at_most: EUR 0.02 per 30d}
            via: [mail]
            steps:
              - send: hello
            """, people: 4)
        for person in 1...4 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        #expect(fixture.sent == 2)
        #expect(try fixture.text("SELECT reason FROM delivery WHERE state = 11") == ["budget", "budget"])
        try fixture.pass(hours: 31 * 24)
        try fixture.happen("signed_up", to: 1)
        try fixture.settle()
        #expect(fixture.sent == 3)
    }

    @Test func `who comes into a segment comes in once, and who was there before as the file says`() throws {
        func program(_ existing: String) -> String {
            """
            segment: pros
            where: contact.plan == "pro"
            ---
            sequence: for-pros
            purpose: transactional
            enter: {segment: pros, when: enters, existing: \(existing)}
            via: [mail]
            steps:
              - send: hello
            """
        }
        for (existing, expected) in [("include", 2), ("leave_out", 1)] {
            let fixture = try EngineFixture(program(existing), people: 2)
            try fixture.connection.execute("UPDATE contact SET f_plan = 'pro' WHERE id = 1")
            try fixture.pass(hours: 1)
            try fixture.connection.execute("UPDATE contact SET f_plan = 'pro' WHERE id = 2")
            try fixture.pass(hours: 1)
            try fixture.restart()
            try fixture.pass(hours: 1)
            #expect(fixture.sent == expected, "existing: \(existing)")
        }
    }

    @Test func `a schedule ticks on each person's clock`() throws {
        let fixture = try EngineFixture(
            """
            rule: morning
            purpose: transactional
            trigger: {schedule: {every: day, at: "09:00", in: contact_zone}}
            via: [mail]
            steps:
              - send: hello
            """, people: 2)
        try fixture.connection.execute("UPDATE contact SET time_zone = 'America/New_York' WHERE id = 2")
        // 2026-09-21T14:13:20Z: both have had their morning or have it soon.
        try fixture.pass(hours: 48)
        let times = try fixture.text(
            "SELECT contact || ' ' || strftime('%H:%M', started_at / 1000000, 'unixepoch') FROM delivery ORDER BY contact, started_at"
        )
        #expect(Set(times) == ["1 07:00", "2 13:00"])
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        guard let range = self.firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + self[range.upperBound...]
    }
}
