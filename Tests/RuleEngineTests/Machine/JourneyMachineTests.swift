import RuleEngine
import TestKit
import Testing

/// What a run does at the corners that authors never write about.
struct JourneyMachineTests {
    private typealias Fixture = JourneyFixture

    private static let steps = """
        - send: note
        - wait_for: order_placed
          where: event.cart_id == entry.cart_id
          up_to: 2h
          then:
            - exit: bought
        - hand_over: support
          note: 'cart <<entry.cart_id>>'
        """

    private static let entry = RunEntry(event: EventID(rawValue: 1), fields: ["cart_id": Value("c-1")])

    private static func order(_ id: Int64, at offset: Int64, cart: String = "c-1") -> RunInput {
        .event(
            Fixture.event(
                "order_placed", id, at: Fixture.at(offset),
                ["cart_id": Value(cart), "total": .number(30_000_000, .money)]))
    }

    /// Goes through inputs, each at an offset from the start, and gives what each led to.
    private func go(
        _ fixture: JourneyFixture, _ inputs: [(Int64, RunInput)], seats: Int64 = 1
    ) -> (state: RunState, actions: [[String]]) {
        var step = fixture.machine.begin(Self.entry, facts: fixture.facts(seats: seats))
        var actions = [step.actions]
        for (offset, input) in inputs {
            step = fixture.machine.step(step.state, input, facts: fixture.facts(at: Fixture.at(offset), seats: seats))
            actions.append(step.actions)
        }
        return (step.state, actions)
    }

    @Test func `a run goes on when its message has left`() throws {
        let fixture = try JourneyFixture(steps: Self.steps)
        let (state, actions) = go(
            fixture,
            [
                (0, .awake), (60_000_000, .sendSettled(9, .accepted)), (60_000_000, .sendSettled(0, .accepted)),
                (3 * Fixture.hour, .awake),
            ])
        #expect(
            actions == [
                ["send note"], [], [], ["sleep 2027-03-20 11:01:00Z"],
                ["hand over to support: cart c-1", "end exit(\"finished\")"],
            ])
        #expect(state.hasEnded)
    }

    /// Each case: what happens, and how the run ends in the end, if it does.
    static let endings: [(String, [(Int64, RunInput)], RunState.Ending?)] = [
        ("the event in time", [(0, .sendSettled(0, .accepted)), (60, order(2, at: 60))], .exit("bought")),
        ("of another cart", [(0, .sendSettled(0, .accepted)), (60, order(2, at: 60, cart: "c-2"))], nil),
        ("while the message was held", [(60, order(2, at: 60)), (90, .sendSettled(0, .accepted))], .exit("bought")),
        (
            "shortly before the run began", [(0, order(2, at: -10_000_000)), (9, .sendSettled(0, .skipped))],
            .exit("bought")
        ),
        (
            "long before the run began", [(0, order(2, at: -Fixture.hour)), (9, .sendSettled(0, .skipped))], nil
        ),
        (
            "in time, and heard of late",
            [(0, .sendSettled(0, .accepted)), (3 * Fixture.hour, order(2, at: Fixture.hour))], .exit("bought")
        ),
        (
            "after its time, and before anybody looked",
            [(0, .sendSettled(0, .accepted)), (4 * Fixture.hour, order(2, at: 3 * Fixture.hour))], .exit("finished")
        ),
        (
            "at the very end, which belongs to what comes behind",
            [(0, .sendSettled(0, .accepted)), (2 * Fixture.hour, order(2, at: 2 * Fixture.hour))], .exit("finished")
        ),
        ("the one that began the run", [(0, .sendSettled(0, .accepted)), (60, order(1, at: 0))], nil),
    ]

    @Test(arguments: endings)
    func `an event counts by when it happened`(
        _ name: String, _ inputs: [(Int64, RunInput)], _ ending: RunState.Ending?
    )
        throws
    {
        let fixture = try JourneyFixture(steps: Self.steps)
        #expect(go(fixture, inputs).state.ending == ending)
    }

    @Test func `a repeated event doesn't answer the next wait`() throws {
        let wait = "- wait_for: order_placed\n  up_to: 2h\n  then: [{tag: bought}]"
        let fixture = try JourneyFixture(steps: "\(wait)\n\(wait)")
        let (state, actions) = go(
            fixture,
            [(60, Self.order(2, at: 60)), (60, .awake), (61, Self.order(2, at: 60)), (62, Self.order(3, at: 60))])
        #expect(actions.map { $0.contains("tag bought") } == [false, true, false, false, true])
        #expect(!state.hasEnded)
    }

    // MARK: Goals and exits

    @Test func `a goal ends the run during a wait, and takes an open message back`() throws {
        let fixture = try JourneyFixture("goal: {event: order_placed, where: event.total >= EUR 20}", steps: Self.steps)
        let (state, actions) = go(fixture, [(60, Self.order(2, at: 60))])
        #expect(actions[1] == ["goal", "withdraw 0", "end goal"])
        #expect(state.ending == .goal)
        let after = fixture.machine.step(state, Self.order(3, at: 70), facts: fixture.facts(at: Fixture.at(90)))
        #expect(after.actions.isEmpty && after.state == state)
    }

    @Test func `a message that has left isn't taken back by the end behind it`() throws {
        let fixture = try JourneyFixture(steps: "- send: note")
        let (_, actions) = go(fixture, [(60, .sendSettled(0, .accepted))])
        #expect(actions == [["send note"], ["end exit(\"finished\")"]])
    }

    @Test func `a goal that doesn't end the run is counted once, and only in its time`() throws {
        let fixture = try JourneyFixture(
            "goal: {event: order_placed, within: 1h, then: continue}", steps: "- wait: 3d\n- tag: late")
        let hour = Fixture.hour
        let (_, actions) = go(
            fixture,
            [(hour, Self.order(2, at: hour)), (hour, Self.order(3, at: hour - 1)), (hour, Self.order(4, at: hour - 2))])
        #expect(actions.dropFirst() == [[], ["goal"], []])
    }

    @Test func `an exit acts at whatever comes first, before anything else happens`() throws {
        let fixture = try JourneyFixture("exit_when: [contact.seats > 5]", steps: "- wait: 1d\n- send: note")
        var step = fixture.machine.begin(Self.entry, facts: fixture.facts())
        let late = fixture.facts(at: Fixture.at(2 * Fixture.day), seats: 6)
        step = fixture.machine.step(step.state, .awake, facts: late)
        #expect(step.actions == ["end exitWhen(0)"])
        #expect(fixture.machine.begin(Self.entry, facts: late).actions == ["end exitWhen(0)"])
    }

    // MARK: Facts

    @Test func `what a run has written is read by what follows`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - set: {seats: <<contact.seats + 9>>}
                - if: contact.seats > 5
                  then:
                    - tag: big
                """)
        let first = fixture.machine.begin(Self.entry, facts: fixture.facts(seats: 1))
        #expect(first.actions == ["set seats=10", "sleep 2027-03-20 09:00:00Z"])
        let second = fixture.machine.step(first.state, .awake, facts: fixture.facts(seats: 10))
        #expect(second.actions.first == "tag big")
    }

    @Test func `calls have two outcomes`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - call: crm.cart_abandoned
                  body: {cart: <<entry.cart_id>>}
                  retry: {at_most: 3, over: 1h}
                  else:
                    - tag: unsynced
                - untag: open
                """)
        let good = go(fixture, [(60, .callSettled(0, isSuccess: true))])
        let bad = go(fixture, [(60, .callSettled(0, isSuccess: false))])
        #expect(good.actions[0] == ["call crm.cart_abandoned"])
        #expect(good.actions[1].first == "untag open")
        #expect(bad.actions[1].first == "tag unsynced")
    }

    @Test func `an inner loop begins anew in every round of the outer one`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - repeat: {at_most: 2, every: 2d}
                  do:
                    - repeat: {at_most: 2, every: 1h}
                      do:
                        - hand_over: support
                """)
        var step = fixture.machine.begin(Self.entry, facts: fixture.facts())
        var count = step.actions.count { $0 == "hand over to support" }
        var now: Int64 = 0
        while !step.state.hasEnded, now < 20 * Fixture.day {
            now += Fixture.hour
            step = fixture.machine.step(step.state, .awake, facts: fixture.facts(at: Fixture.at(now)))
            count += step.actions.count { $0 == "hand over to support" }
        }
        #expect(step.state.ending == .exit("finished"))
        #expect(count == 4)
    }

    // MARK: Traces and orders

    @Test func `the trace tells what did not happen, with the values`() throws {
        let fixture = try JourneyFixture(
            steps: """
                - choose:
                    - when: contact.seats > 5
                      do: [{tag: big}]
                    - when: contact.plan == "team"
                      do: [{tag: team}]
                - wait: 1d
                """)
        let step = fixture.machine.begin(Self.entry, facts: fixture.facts(seats: 2))
        var told: [String] = []
        for entry in step.trace {
            guard case .chose(let arm, let conditions) = entry.decision else { continue }
            #expect(arm == nil && entry.span != nil)
            for condition in conditions {
                told.append(
                    "\(condition.source): \(condition.result), \(condition.values.map { "\($0.name) \($0.text)" })")
            }
        }
        #expect(
            told == [
                #"contact.seats > 5: false, ["contact.seats 2"]"#,
                #"contact.plan == "team": false, ["contact.plan \"free\""]"#,
            ])
    }

    @Test func `inputs that have nothing to do with each other commute`() throws {
        let fixture = try JourneyFixture(steps: Self.steps)
        let others: [RunInput] = [
            .awake, .event(Fixture.event("project_created", 5, at: Fixture.at(50))), Self.order(6, at: 50, cart: "c-9"),
            .sendSettled(44, .failed), .callSettled(3, isSuccess: true), Self.order(2, at: 55),
        ]
        var random = SeededRandom(seed: 5)
        var ends: Set<String> = []
        for _ in 0..<50 {
            let shuffled = others.shuffled(using: &random).map { (Int64(60), $0) }
            let (state, actions) = go(fixture, [(0, .sendSettled(0, .accepted))] + shuffled)
            ends.insert("\(String(describing: state.ending)) \(actions.flatMap { $0 })")
        }
        #expect(ends.count == 1)
    }

    @Test func `a state that is written down between any two steps goes on as if it had not been`() throws {
        let fixture = try JourneyFixture("holdout: 1%", steps: Self.steps)
        let inputs: [(Int64, RunInput)] = [
            (60, .sendSettled(0, .accepted)), (61, .awake), (3 * Fixture.hour, .awake),
        ]
        var step = fixture.machine.begin(Self.entry, facts: fixture.facts())
        var actions = [step.actions]
        for (offset, input) in inputs {
            let state = try RunState.decode(step.state.encoded, of: fixture.program)
            step = fixture.machine.step(state, input, facts: fixture.facts(at: Fixture.at(offset)))
            actions.append(step.actions)
        }
        #expect(actions == go(fixture, inputs).actions)
    }

    @Test func `a program without its clocks is none`() throws {
        let fixture = try JourneyFixture(steps: "- wait: {until: \"10:00\", in: Asia/Tokyo}")
        #expect(throws: JourneyProgram.MissingZone(name: "Asia/Tokyo")) {
            _ = try JourneyProgram(fixture.program.graph, projectZone: "Europe/Berlin", zones: ["Europe/Berlin": .utc])
        }
    }
}
