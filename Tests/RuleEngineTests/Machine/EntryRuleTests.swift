import RuleEngine
import TestKit
import Testing

struct EntryRuleTests {
    private typealias Known = EntryRule.KnownRun

    private func decide(
        _ head: String, _ runs: [EntryRule.KnownRun], trigger: String = "{event: cart_updated}",
        cause: EntryRule.Cause? = nil, seats: Int64 = 1
    ) throws -> String {
        let fixture = try JourneyFixture(trigger: trigger, head, steps: "- wait: 1d")
        let event = JourneyFixture.event(
            "cart_updated", 1, at: JourneyFixture.start, ["cart_id": Value("c-1"), "total": .number(0, .money)])
        let decision = EntryRule(fixture.journey).decide(
            cause ?? .event(event), runs: runs, facts: fixture.facts(seats: seats))
        switch decision {
        case .begin(let key, let replacing): return "begin \(key?.described ?? "-") \(replacing)"
        case .queue(_, let behind): return "queue \(behind)"
        case .leaveOut(.otherCause): return "other cause"
        case .leaveOut(.wasThereBefore): return "was there before"
        case .leaveOut(.conditions(let traces)):
            return "conditions \(traces.flatMap(\.values).map { "\($0.name) \($0.text)" })"
        case .leaveOut(.noKey): return "no key"
        case .leaveOut(.neverAgain(let run)): return "never again \(run)"
        case .leaveOut(.tooSoon(let until)): return "too soon \(Value.number(until.microseconds, .instant).described)"
        case .leaveOut(.goesOn(let run)): return "goes on \(run)"
        }
    }

    private static let key = "runs: {mode: MODE, key: event.cart_id}"
    private static let open = EntryRule.KnownRun(key: Value("c-1"), occurrence: 3)
    private static let other = EntryRule.KnownRun(key: Value("c-2"), occurrence: 4)
    private static let over = EntryRule.KnownRun(
        key: Value("c-1"), occurrence: 2, ending: .goal, endedAt: JourneyFixture.at(-JourneyFixture.day))

    static let modes: [(String, [EntryRule.KnownRun], String)] = [
        ("one", [], #"begin "c-1" []"#), ("one", [open], "goes on 3"), ("one", [other, over], #"begin "c-1" []"#),
        ("restart", [open, over, other], #"begin "c-1" [3]"#), ("queue", [open], "queue 3"),
        ("queue", [over], #"begin "c-1" []"#), ("many", [open], #"begin "c-1" []"#),
    ]

    @Test(arguments: modes)
    func `a run of the same key decides, by the mode`(mode: String, runs: [EntryRule.KnownRun], expected: String) throws
    {
        #expect(try decide(Self.key.replacing("MODE", with: mode), runs) == expected)
    }

    static let again: [(String, RunState.Ending?, String)] = [
        ("never", .goal, "never again 2"), ("never", nil, "goes on 2"), ("never", .replaced, "begin - []"),
        ("after 3d", .goal, "too soon 2027-03-22 09:00:00Z"), ("after 1d", .goal, "begin - []"),
        ("always", .goal, "begin - []"),
    ]

    @Test(arguments: again)
    func `who was in comes in again when the file says so`(again: String, ending: RunState.Ending?, expected: String)
        throws
    {
        let run = EntryRule.KnownRun(
            occurrence: 2, ending: ending, endedAt: ending == nil ? nil : JourneyFixture.at(-JourneyFixture.day))
        #expect(try decide("", [run], trigger: "{event: cart_updated, again: \(again)}") == expected)
    }

    @Test func `a condition that fails says with which values`() throws {
        let trigger = "{event: cart_updated, where: contact.seats > 5}"
        #expect(try decide("", [], trigger: trigger) == #"conditions ["contact.seats 1"]"#)
        #expect(try decide("", [], trigger: trigger, seats: 6) == "begin - []")
        #expect(try decide("", [], trigger: trigger, cause: .started([:])) == "begin - []")
    }

    static let causes: [(String, EntryRule.Cause, String)] = [
        ("{segment: newsletter, when: enters, existing: leave_out}", .segment("newsletter", .enters), "begin - []"),
        ("{segment: newsletter, when: enters, existing: leave_out}", .segment("newsletter", .leaves), "other cause"),
        (
            "{segment: newsletter, when: enters, existing: leave_out}", .existing(segment: "newsletter"),
            "was there before"
        ),
        ("{segment: newsletter, when: enters, existing: include}", .existing(segment: "newsletter"), "begin - []"),
        ("{inbound: sms-eu}", .inbound(channel: "sms-eu", conversationID: [1]), "begin - []"),
        ("{inbound: sms-eu}", .inbound(channel: "outbox", conversationID: [1]), "other cause"),
        ("{schedule: {every: day, at: \"09:00\"}}", .tick, "begin - []"),
        ("{event: cart_updated}", .tick, "other cause"),
    ]

    @Test(arguments: causes)
    func `a run begins by its own cause alone`(trigger: String, cause: EntryRule.Cause, expected: String) throws {
        #expect(try decide("", [], trigger: trigger, cause: cause) == expected)
    }
}
