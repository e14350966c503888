import RuleEngine
import Runner
import Testing

/// Tests over made-up people.
struct PropertyTests {
    private static let nobody = """
        test: nobody gets two mails in a week
        for: sequence welcome
        property: {contacts: 300 generated, days: 30, seed: 5}
        never:
          - more_than: 1 per 7d

        """

    @Test func `somebody is found for whom it does not hold, and the story shrinks to what matters`() throws {
        let outcome = try SmallProject.outcome(Self.nobody)
        let failure = try #require(outcome.failures.first)
        guard case .counterexample(let box, let reproduction, _) = failure.problem else {
            Issue.record("\(failure)")
            return
        }
        guard case .moreThan = box.failure.problem else {
            Issue.record("\(box.failure)")
            return
        }
        // The day it begins; then coming in once and opening the message, or coming in, coming to an end and coming in
        // again, is all that it takes.
        let moments = reproduction.split(separator: "\n").filter { $0.hasPrefix("  - ") }.count
        #expect(moments <= 4, "\(reproduction)")

        // The story is a test of its own that shows the same.
        let again = try SmallProject.outcome(reproduction + "\n  - {after: 30d}\nnever:\n  - more_than: 1 per 7d\n")
        #expect(again.failures.count == 1, "\(reproduction)")
    }

    @Test func `a seed gives the same people`() throws {
        let first = "\(try SmallProject.outcome(Self.nobody).failures.map { "\($0.problem)" })"
        let second = "\(try SmallProject.outcome(Self.nobody).failures.map { "\($0.problem)" })"
        // Boxes print their addresses; the stories are what counts.
        #expect(first.split(separator: "reproduction").last == second.split(separator: "reproduction").last)
    }

    @Test func `the gate lets nobody through without consent`() throws {
        let outcome = try SmallProject.outcome(
            """
            test: consent
            for: all
            property: {contacts: 300 generated, days: 30, seed: 9}
            never:
              - sent_without_consent

            """)
        #expect(outcome.failures.isEmpty)
    }

    @Test func `what no test has covered fails the run where a share is asked for`() throws {
        let outcome = try SmallProject.outcome(
            """
            test: half a story
            for: sequence welcome
            given:
              contact: {email: anna@example.com, country: DE, plan: free, seats: 3}
              consent: {email: express}
            timeline:
              - {at: 2027-03-26 12:00, event: joined, with: {plan: pro}}
            coverage: {branches: 100%, skip_reasons: 100%, languages: 100%}

            """)
        let missing = outcome.failures.flatMap { failure -> [String] in
            guard case .uncovered(_, _, let part, _) = failure.problem else { return [] }
            return part.missing.map(\.label)
        }
        #expect(missing.contains("yes"))
        #expect(missing.contains("the goal bought is reached"))
        #expect(missing.contains("no_consent"))
        #expect(missing.contains("again by email in en"))
    }
}
