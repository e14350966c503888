import RuleEngine
import Testing

/// People inside when a program changes.
struct RunMoveTests {
    private static let entry = RunEntry(event: EventID(rawValue: 1), fields: ["cart_id": Value("c-1")])

    /// A run of the old program, at its first rest.
    private func change(_ old: String, to new: String, _ rule: String, at due: Int64? = nil) throws -> (
        change: RunChange, old: JourneyFixture, new: JourneyFixture
    ) {
        let before = try JourneyFixture(steps: old)
        let after = try JourneyFixture(rule, steps: new)
        var step = before.machine.begin(Self.entry, facts: before.facts())
        if let due { step = before.machine.step(step.state, .awake, facts: before.facts(at: JourneyFixture.at(due))) }
        let change = step.state.changed(
            from: before.program.graph, to: after.program.graph, by: after.journey.whenChanged)
        return (change, before, after)
    }

    private func moved(_ old: String, to new: String, _ rule: String, at due: Int64? = nil) throws -> (
        RunState, JourneyFixture
    ) {
        let (change, _, after) = try change(old, to: new, rule, at: due)
        guard case .move(let state) = change else {
            Issue.record("\(change)")
            return (after.machine.begin(Self.entry, facts: after.facts()).state, after)
        }
        // What is stored of it can be read back: it belongs to the new program.
        #expect(try RunState.decode(state.encoded, of: after.program) == state)
        return (state, after)
    }

    private static let waits = "- wait: 2d\n  name: pause\n- tag: done"

    @Test func `the author says what becomes of the people inside`() throws {
        let new = "- wait: 5d\n  name: rest\n- tag: late"
        #expect(try change(Self.waits, to: new, "").change == .keep)
        #expect(try change(Self.waits, to: new, "when_changed: keep").change == .keep)
        #expect(try change(Self.waits, to: new, "when_changed: end").change == .end)
        #expect(try change(Self.waits, to: new, "when_changed: {move: {other: rest}, otherwise: keep}").change == .keep)
        #expect(try change(Self.waits, to: new, "when_changed: {move: {other: rest}, otherwise: end}").change == .end)
    }

    @Test func `who waits goes on waiting, for as long as the new step says`() throws {
        let rule = "when_changed: {move: {pause: rest}, otherwise: keep}"
        let (state, new) = try moved(Self.waits, to: "- tag: first\n- wait: 5d\n  name: rest\n- tag: late", rule)
        let early = new.machine.step(state, .awake, facts: new.facts(at: JourneyFixture.at(3 * JourneyFixture.day)))
        #expect(early.actions == ["sleep 2027-03-25 09:00:00Z"])
        let late = new.machine.step(
            early.state, .awake, facts: new.facts(at: JourneyFixture.at(5 * JourneyFixture.day)))
        #expect(late.actions.first == "tag late")
    }

    @Test func `a wait for an event ends when it would have ended here`() throws {
        let old = "- wait_for: order_placed\n  name: order\n  up_to: 2h\n  then:\n    - exit: bought\n- tag: silent"
        let new = "- wait_for: order_placed\n  name: sale\n  up_to: 10h\n  then:\n    - exit: sold\n- tag: quiet"
        let (state, after) = try moved(old, to: new, "when_changed: {move: {order: sale}, otherwise: keep}")
        #expect(state.due == JourneyFixture.at(10 * JourneyFixture.hour))
        let event = JourneyFixture.event("order_placed", 5, at: JourneyFixture.at(9 * JourneyFixture.hour))
        let sold = after.machine.step(
            state, .event(event), facts: after.facts(at: JourneyFixture.at(9 * JourneyFixture.hour)))
        #expect(sold.state.ending == .exit("sold"))
        let quiet = after.machine.step(
            state, .awake, facts: after.facts(at: JourneyFixture.at(10 * JourneyFixture.hour)))
        #expect(quiet.actions.first == "tag quiet")
    }

    @Test func `who comes to a step of another kind begins it, behind its gate`() throws {
        let (state, new) = try moved(
            Self.waits, to: "- wait: 1d\n- send: note\n  name: hello",
            "when_changed: {move: {pause: hello}, otherwise: keep}")
        let step = new.machine.step(state, .awake, facts: new.facts(at: JourneyFixture.at(60_000_000)))
        #expect(step.actions == ["send note"])
    }

    @Test func `rounds that have begun are kept where the loop goes on, and one has begun in a new loop`() throws {
        func loop(_ name: String, _ inside: String) -> String {
            "- repeat: {at_most: 3, every: 1d}\n  name: \(name)\n  do:\n    - wait: 2h\n      name: \(inside)\n- tag: done"
        }
        let rule = "when_changed: {move: {pause: rest}, otherwise: keep}"
        let day = JourneyFixture.day
        let (same, new) = try moved(loop("rounds", "pause"), to: loop("rounds", "rest"), rule)
        #expect(same.due != nil)
        var step = new.machine.step(same, .awake, facts: new.facts(at: JourneyFixture.at(2 * JourneyFixture.hour)))
        var waits = 0
        while !step.state.hasEnded, waits < 20 {
            waits += 1
            let due = try #require(step.state.due)
            step = new.machine.step(step.state, .awake, facts: new.facts(at: due))
        }
        // Of three rounds one had begun, so two pauses and two waits follow, and the facts behind the tag.
        #expect(waits == 5)
        let (entered, other) = try moved(Self.waits, to: loop("rounds", "rest"), rule, at: nil)
        let first = other.machine.step(
            entered, .awake, facts: other.facts(at: JourneyFixture.at(2 * JourneyFixture.hour)))
        #expect(first.actions == ["sleep 2027-03-21 11:00:00Z"])
        let (left, outside) = try moved(
            loop("rounds", "pause"), to: "- wait: 3d\n  name: rest", rule)
        #expect(outside.machine.step(left, .awake, facts: outside.facts(at: JourneyFixture.at(3 * day))).state.hasEnded)
    }

    @Test func `nobody is moved away from a message that is on its way`() throws {
        let rule = "when_changed: {move: {hello: rest}, otherwise: end}"
        let found = try change("- send: note\n  name: hello", to: "- wait: 1d\n  name: rest", rule).change
        #expect(found == .later)
    }

    @Test func `whoever has ended stays where they ended`() throws {
        let rule = "when_changed: {move: {hello: rest}, otherwise: end}"
        #expect(try change("- exit: bye", to: "- wait: 1d\n  name: rest", rule).change == .keep)
    }
}
