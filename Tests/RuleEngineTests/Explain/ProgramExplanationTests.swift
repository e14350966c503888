import RuleEngine
import Testing

/// Programs told in sentences.
struct ProgramExplanationTests {
    /// Has every kind of node that a sequence may lower to.
    static let everything = """
        sequence: everything
        about: One of each
        purpose: marketing
        lawful_basis: consent
        enter: {event: trial_started, where: contact.seats > 1, again: after 30d, runs: queue}
        goal: {event: order_placed, where: event.total >= EUR 20, within: 30d}
        exit_when: [contact.plan == "free", tagged("left")]
        holdout: 10%
        budget: {at_most: EUR 50 per 30d}
        via: [email-main]
        steps:
          - send: welcome
            name: first
            valid_for: 20h
          - wait: {until: "10:00", days: tue-thu, in: contact_zone}
          - wait_for: project_created
            up_to: 3d
            then:
              - tag: {name: activated, for: 30d}
              - untag: waiting
            else:
              - emit: {event: project_created, with: {name: entry.plan}}
          - wait_until: contact.seats > 5
            up_to: 36h
            then:
              - untag: small
            else:
              - exit: small
          - choose:
              - when: opened(first)
                do: [{hand_over: sales, note: "<<contact.seats>> seats"}]
              - when: [contact.seats > 3, contact.country == "DE"]
                do: [{exit: big}]
              - otherwise:
                  - split: offer
                    arms:
                      none: {share: 50%}
                      ten: {share: 50%, do: [{send: welcome, name: offer}]}
          - repeat: {at_most: 3, every: 2d, until: opened(first)}
            do: [{send: welcome, name: again}]
          - set: {plan: trial, seats: <<contact.seats + 1>>}
          - call: crm.cart_abandoned
            body: {cart: <<entry.plan>>}
            retry: {at_most: 3, over: 1h}
            else: [{start: sequence everything, with: {plan: entry.plan}}]
        when_changed: end

        """

    private func explanation(_ text: String, id: String = "everything") throws -> ProgramExplanation {
        let result = BaseProject.compile([("sequences/everything.yaml", text)])
        let report = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(report)")
        return ProgramExplanation(try #require(project.sequences[id]), in: project)
    }

    @Test func `every kind of step is told`() throws {
        let text = try explanation(Self.everything).text
        for sentence in [
            "Sequence `everything`\nOne of each\n",
            "A contact comes in when `trial_started` happens to them, if the contact's seats are more than 1.",
            "Whoever was in before may come in again 30 days after that run has ended.",
            "While a run of a contact goes on, a new start waits until it has ended.",
            "When this program is changed, whoever is inside is taken out.",
            "1. Chance takes out 10% of the contacts",
            "2. Send `welcome` (as `first`) by `email-main` (email)",
            "    - If it could not leave within 20 hours, it is dropped.",
            "3. Wait until the next 10:00 on a Tuesday, Wednesday or Thursday, on the contact's own clock.",
            "4. Wait for `project_created`, at most 3 days.\n    - If it comes in time:\n      4.1. Give the tag `activated` for 30 days.",
            "4.2. Take the tag `waiting` away.",
            "4.3. Report the event `project_created` with name = the starting event's plan.",
            "5. Wait until the contact's seats are more than 5, at most 1 day and 12 hours.",
            "    - If it does not: the run ends as `small`.", "7. The first of these that holds decides.",
            "    - If the contact has opened `first`:\n",
            "Hand the contact over to the team `sales`, with the note “‹the contact's seats› seats”.",
            "    - Else, if the condition holds: the run ends as `big`.\n      - Condition: all of these hold:\n",
            "50%, `none`: on to the next step.", "8. Repeat this at most 3 times, with 2 days between two rounds.",
            "    - Before each round: it is over if the contact has opened `first`.",
            "9. Set the contact's plan to “trial” and the contact's seats to (the contact's seats plus 1).",
            "10. Call `crm.cart_abandoned` (POST /carts/abandoned) with cart = “‹the starting event's plan›”; at most 3 attempts within 1 hour.",
            "Start the sequence `everything` for the contact, with plan = the starting event's plan.",
            "The goal is `order_placed` within 30 days from the beginning of the run",
            "The run ends at once, during waits too, when at least one of these holds:",
            "All runs together may spend EUR 50 in any 30 days, and no more.",
            // Two sends and three rounds.
            "Nobody gets more than 5 messages in one run.",
        ] {
            #expect(text.contains(sentence), "\(sentence)\nis not in\n\(text)")
        }
    }

    @Test func `the same program is told in the same bytes, however it is written`() throws {
        let text = try explanation(Self.everything).text
        let other = Self.everything.replacing("up_to: 36h", with: "up_to: \"36h\"  # a day and a half")
            .replacing(
                "[contact.seats > 3, contact.country == \"DE\"]",
                with: "[(contact.seats) > 3, contact.country == \"DE\"]")
        #expect(other != Self.everything)
        #expect(try explanation(other).text == text)
        #expect(try explanation(Self.everything).text == text)
    }

    @Test func `every step is told once, under a number of its own`() throws {
        let explanation = try explanation(Self.everything)
        var numbers: [String] = []
        func collect(_ phrase: Phrase) {
            if let number = phrase.number { numbers.append(number) }
            for part in phrase.parts { collect(part) }
        }
        for chapter in explanation.chapters { for sentence in chapter.sentences { collect(sentence) } }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.count == 18, "\(numbers)")
    }

    @Test func `a long rest stays on the level of its question, and a jump names its step`() throws {
        let fragment = """
            fragment: nudge
            inputs: {gap: duration}
            steps:
              - choose:
                  - when: contact.plan == "pro"
                    do: [{exit: done}]
                  - when: contact.plan == "team"
                    do: [{tag: team}]
                  - otherwise: [{exit: other}]
              - send: welcome
                name: nudged

            """
        let sequence = """
            sequence: s
            purpose: marketing
            lawful_basis: consent
            enter: {event: trial_started}
            via: [email-main]
            steps:
              - if: contact.seats > 3
                then: [{exit: big}]
              - use: nudge
                with: {gap: 1d}
              - send: welcome
                name: last

            """
        let result = BaseProject.compile([("sequences/s.yaml", sequence), ("fragments/nudge.yaml", fragment)])
        let report = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(report)")
        let text = ProgramExplanation(try #require(project.sequences["s"]), in: project).text
        #expect(
            text.contains(
                """
                  1. It depends on whether the contact's seats are more than 3.
                    - If so: the run ends as `big`.
                    - If not: on to the next step.
                  2. The first of these that holds decides.
                    - If the contact's plan is `pro`: on to the next step.
                    - Else, if the contact's plan is `team`:
                      2.1. Give the tag `team`.
                      2.2. Send `welcome` (as `nudged`) by `email-main` (email)
                """), "\(text)")
    }

    @Test func `a campaign says who gets it, and what never happens`() throws {
        let result = BaseProject.compile([("campaigns/spring-sale.yaml", BaseProject.campaign)])
        let project = try #require(result.project)
        let text = ProgramExplanation(try #require(project.campaigns["spring-sale"]), in: project).text
        for sentence in [
            "It is for the contacts in the segment `newsletter`.", "the contact's plan is not `team`",
            "Nobody gets it more than once.", "It changes no field of the contact,", "Nothing is sent to people\n",
        ] {
            #expect(text.contains(sentence), "\(sentence)\nis not in\n\(text)")
        }
    }
}
