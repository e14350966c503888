import RuleEngine
import Runner
import Testing

/// What yields to a message of higher priority does so in a test as well.
struct PriorityRehearsalTests {
    private static func rule(_ name: String, priority: Int) -> String {
        """
        rule: \(name)
        purpose: marketing
        topic: news
        lawful_basis: consent
        policy: capped
        priority: \(priority)
        trigger: {event: joined}
        via: [mail]
        steps:
          - send: \(name == "late" ? "again" : "hello")
        """
    }

    private static let files: [(path: String, text: String)] = [
        (
            "policies/capped.yaml",
            """
            policy: capped
            purpose: marketing
            packs: [eu.eprivacy]
            consent: {email: soft_optin}
            caps: [{at_most: 1 per 1d, of: any}]
            when_capped: wait
            plan_ahead: 24h
            pick_by: priority
            """
        ),
        ("sequences/welcome.yaml", rule("early", priority: 1) + "\n---\n" + rule("late", priority: 10)),
    ]

    @Test func `below a cap the message of higher priority goes first`() throws {
        let test = """
            test: two want the one place
            for: all
            given:
              contact: {email: anna@example.com, country: DE, plan: free, seats: 3}
              consent: {email: express}
            timeline:
              - {at: 2027-03-22 12:00, event: joined, with: {plan: pro}}
              - {after: 2d}
            expect:
              - held: {template: hello, reason: outranked}
              - sent: {template: hello, between: 2027-03-23 12:00 .. 2027-03-23 13:00}
            """
        let outcome = try SmallProject.outcome(test, Self.files)
        #expect(outcome.failures.isEmpty, "\(outcome.failures)")
    }
}
