import RuleEngine
import TestKit
import Testing

struct TriggerIndexTests {
    @Test func `an index finds what a look at every program finds`() throws {
        let fixture = try JourneyFixture(steps: "- wait: 1d")
        var random = SeededRandom(seed: 3)
        var programs: [(journey: CheckedJourney, graph: ProgramGraph)] = []
        for _ in 0..<300 {
            var journey = fixture.journey
            let name = "n\(random.below(20))"
            journey.entry.cause = random.pick([.event(name), .webhook(name), .inbound(channel: name)])
            programs.append((journey, fixture.program.graph))
        }
        let index = TriggerIndex(programs)
        for number in 0..<21 {
            let name = "n\(number)"
            let expected = programs.indices.filter {
                if case .event(name) = programs[$0].journey.entry.cause { true } else { false }
            }
            #expect(index.begun(by: .event(name)).map(Int.init) == expected)
        }
        #expect(index.begun(by: .event("n1")) != index.begun(by: .webhook("n1")))
    }

    @Test func `it knows what moves a run that waits`() throws {
        let fixture = try JourneyFixture(
            "goal: {event: trial_started}\nexit_when: [contact.seats > 5, any(project_created)]",
            steps: """
                - wait_for: order_placed
                  up_to: 2h
                  then: [{tag: bought}]
                - wait_until: contact.plan == "team"
                  up_to: 2d
                  then: [{tag: team}]
                - if: contact.country == "DE"
                  then: [{tag: german}]
                """)
        let index = TriggerIndex([(fixture.journey, fixture.program.graph)])
        let schema = fixture.project.schema
        func slot(_ name: String) throws -> Int { try #require(schema.slot(of: name)) }
        for wake: TriggerIndex.Wake in [
            .event("order_placed"), .event("trial_started"), .history(event: "project_created"),
            .field(slot: try slot("seats")), .field(slot: try slot("plan")),
        ] {
            #expect(index.moved(by: wake) == [0], "\(wake)")
        }
        // Nobody waits for a country: it is read when the run comes there.
        #expect(index.moved(by: .field(slot: try slot("country"))).isEmpty)
        #expect(index.moved(by: .event("cart_updated")).isEmpty && index.moved(by: .messages).isEmpty)
    }

    @Test func `programs that a clock starts stand apart`() throws {
        let fixture = try JourneyFixture(trigger: "{schedule: {every: day, at: \"09:00\"}}", steps: "- wait: 1d")
        let index = TriggerIndex([(fixture.journey, fixture.program.graph)])
        #expect(index.scheduled.map(\.program) == [0])
    }
}
