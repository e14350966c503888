import RuleEngine
import Runner
import Testing

/// What scenario tests see, and what they say when they don't.
struct ScenarioTests {
    private static func test(
        given: String = "contact: {first_name: Anna, email: anna@example.com, country: DE, plan: free, seats: 3}",
        consent: String = "{email: express}", timeline: [String], expect: [String] = [], never: [String] = []
    ) -> String {
        var lines = ["test: a story", "for: sequence welcome", "given:", "  \(given)", "  consent: \(consent)"]
        lines += ["timeline:"] + timeline.map { "  - \($0)" }
        if !expect.isEmpty { lines += ["expect:"] + expect.map { "  - \($0)" } }
        if !never.isEmpty { lines += ["never:"] + never.map { "  - \($0)" } }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let joined = "{at: 2027-03-26 12:00, event: joined, with: {plan: pro}}"

    static let green: [(String, [String], [String], [String])] = [
        ("a message and its time", [joined], ["sent: {template: hello, via: mail, at: 2027-03-26 12:00}"], []),
        ("a text", [joined], ["sent: {contains: \"Hello, Anna\"}"], []),
        (
            "two days are 48 hours over a change of the clocks", [joined, "{after: 3d}"],
            ["handed_over: {team: desk, at: 2027-03-28 13:00, contains: 3 seats}"], []
        ),
        (
            "an opened message", [joined, "{after: 1d, opened: hello}", "{after: 2d}"],
            ["sent: {template: again, between: 2027-03-28 12:59 .. 2027-03-28 13:01}", "ended: {as: finished}"], []
        ),
        (
            "a goal", [joined, "{after: 1d, event: bought, with: {total: EUR 5}}", "{after: 9d}"],
            ["ended: {as: goal, at: 2027-03-27 12:00}"], ["sent: {template: again}"]
        ),
        (
            "a refusal", [joined, "{after: 1h, opened: hello}", "{after: 1h, stops: email}", "{after: 9d}"],
            ["skipped: {template: again, via: mail, reason: suppressed_unsubscribe}"], ["sent: {template: again}"]
        ),
        (
            "consent taken back",
            [joined, "{after: 1h, opened: hello}", "{after: 1h, consent: {email: none}}", "{after: 9d}"],
            ["skipped: {template: again, reason: no_consent}"], ["sent_without_consent"]
        ),
        (
            "somebody who is left out",
            ["{at: 2027-03-26 12:00, contact: {country: FR}}", "{after: 1m, event: joined, with: {plan: pro}}"],
            ["left_out: {reason: conditions}", "not_sent: {template: hello}"], []
        ),
        ("what it costs", [joined], ["cost: {at_most: EUR 0.01}"], ["more_than: 1 per 7d"]),
    ]

    @Test(arguments: green)
    func `what happens is found`(_ what: String, _ timeline: [String], _ expect: [String], _ never: [String]) throws {
        let outcome = try SmallProject.outcome(Self.test(timeline: timeline, expect: expect, never: never))
        #expect(outcome.failures.isEmpty, "\(what): \(outcome.failures)")
    }

    @Test func `an account that is down hands over to another, or what it had waits`() throws {
        let accounts = """
            channel: mail
            kind: email
            provider: outbox
            folder: out
            from: Small <news@small.example>
            failover: [mail-2]
            cost: {per_message: EUR 0.01}
            ---
            channel: mail-2
            kind: email
            provider: outbox
            folder: out-2
            from: Small <spare@small.example>
            cost: {per_message: EUR 0.02}
            """
        func outcome(_ providers: String, _ expect: [String], _ never: [String] = []) throws -> TestRun.Outcome {
            let given =
                "contact: {email: anna@example.com, country: DE, plan: free, seats: 3}\n  providers: " + providers
            return try SmallProject.outcome(
                Self.test(given: given, timeline: [Self.joined, "{after: 1h}"], expect: expect, never: never),
                [("channels/mail.yaml", accounts)])
        }
        let other = try outcome("{mail: down}", ["sent: {template: hello, via: mail-2}", "cost: {at_most: EUR 0.02}"])
        #expect(other.failures.isEmpty, "\(other.failures)")
        let first = try outcome("{mail-2: down}", ["sent: {template: hello, via: mail}"])
        #expect(first.failures.isEmpty, "\(first.failures)")
        let none = try outcome("{mail: down, mail-2: down}", [], ["sent: {template: hello}"])
        #expect(none.failures.isEmpty, "\(none.failures)")
    }

    static let red: [([String], [String], [String], String)] = [
        ([joined], ["sent: {template: again}"], [], "template is hello, not again"),
        ([joined], ["sent: {at: 2027-03-26 12:01}"], [], "at 2027-03-26 12:00, not 2027-03-26 12:01"),
        ([joined], ["sent: {contains: Bonjour}"], [], "does not contain \"Bonjour\""),
        ([joined, "{after: 3d}"], ["ended: {as: finished}", "sent: {template: hello}"], [], "outOfOrder"),
        ([joined], [], ["sent: {template: hello}"], "forbidden"),
        ([joined], ["cost: {at_most: EUR 0.009}"], [], "costs"),
        ([joined, "{after: 1h, opened: hello}", "{after: 3d}"], [], ["more_than: 1 per 7d"], "moreThan"),
        (["{at: 2027-03-26 12:00, opened: hello}"], [], [], "noSuchMessage"),
        ([joined, "{at: 2027-03-25 12:00}"], [], [], "backwards"),
    ]

    @Test(arguments: red)
    func `what does not happen is told`(
        _ timeline: [String], _ expect: [String], _ never: [String], _ told: String
    ) throws {
        let outcome = try SmallProject.outcome(Self.test(timeline: timeline, expect: expect, never: never))
        #expect(outcome.failures.count == 1)
        #expect(
            "\(outcome.failures)".contains(told) || "\(outcome.failures)".contains(told.replacing("\"", with: "\\\"")),
            "\(outcome.failures)")
    }

    @Test func `the same test gives the same facts`() throws {
        let test = Self.test(timeline: [Self.joined, "{after: 1d, opened: hello}", "{after: 9d}"])
        let first = try SmallProject.outcome(test)
        let second = try SmallProject.outcome(test)
        let words = { (outcome: TestRun.Outcome) in outcome.facts.map { "\($0.at.microseconds) \($0.kind.word)" } }
        #expect(words(first) == words(second))
        #expect(!first.facts.isEmpty)
    }

    @Test func `a goal that is not there is no reason to trap`() throws {
        let outcome = try SmallProject.outcome("test: nothing happens\nfor: sequence welcome\n")
        #expect(outcome.failures.isEmpty)
        #expect(outcome.facts.isEmpty)
    }

    @Test func `programs that begin each other are stopped and told`() throws {
        let circle = """
            rule: circle
            purpose: transactional
            trigger: {event: joined}
            runs: many
            steps:
              - emit: {event: joined, with: {plan: entry.plan}}
            """
        let outcome = try SmallProject.outcome(
            """
            test: a circle
            for: rule circle
            timeline:
              - {at: 2027-03-26 12:00, event: joined, with: {plan: pro}}
            """, [("rules/circle.yaml", circle)])
        #expect("\(outcome.failures)".contains("endless"))
    }
}
