import RuleEngine
import TestKit
import Testing

/// Conditions without effect, at exact places, and silence where something may still happen.
struct LogicLintTests {
    private static func sequence(_ body: String, enter: String = "{event: cart_updated}") -> String {
        "sequence: s\npurpose: marketing\nlawful_basis: consent\nenter: \(enter)\nvia: [email-main]\nsteps:\n" + body
    }

    private func findings(_ files: [(path: String, text: String)]) -> [(code: String, place: String)] {
        let marked = files.map { (path: $0.path, text: SpanMarkers($0.text).text) }
        let result = BaseProject.compile(marked)
        return result.diagnostics.map { diagnostic in
            let span = diagnostic.primary.span
            let bytes = result.sources.file(span.file).bytes[Int(span.start)..<Int(span.end)]
            return (diagnostic.code, String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: [
        ("L031", "  - if: ⟦contact.seats < 3 ⟧\n    then:\n      - send: welcome\n", "contact.seats >= 3"),
        (
            "L031",
            "  - if: contact.plan == \"pro\" or ⟦(contact.seats > 3 and contact.seats < 2)⟧\n    then: [{send: welcome}]\n",
            ""
        ),
        ("L032", "  - if: ⟦contact.seats > 1⟧\n    then: [{send: welcome}]\n", "contact.seats >= 3"),
        (
            "L032", "  - wait: 3d\n  - if: ⟦entry.total > EUR 10⟧\n    then: [{send: welcome}]\n",
            "event.total >= EUR 30"
        ),
        (
            "L031",
            "  - wait_for: order_placed\n    where: [event.total > EUR 5, ⟦event.total < EUR 1⟧]\n    up_to: 2d\n    then: [{send: welcome}]\n",
            ""
        ),
        ("L032", "  - wait_until: ⟦size(contact.tags) >= 0⟧\n    up_to: 2d\n    then: [{tag: a}]\n", ""),
        (
            "L033",
            "  - choose:\n      - when: contact.plan in [\"pro\", \"team\"]\n        do: [{tag: a}]\n      - when: ⟦contact.plan == \"team\"⟧\n        do: [{tag: b}]\n",
            ""
        ),
        (
            "E0436",
            "  - choose:\n      - when: contact.plan in [\"pro\", \"team\"]\n        do: [{tag: a}]\n      - when: contact.plan in [\"free\", \"trial\"]\n        do: [{tag: b}]\n      - otherwise: [{tag: ⟦c⟧}]\n",
            ""
        ),
        (
            "L034",
            "  - choose:\n      - when: contact.seats <= 10\n        do: [{tag: a}]\n      - when: ⟦contact.seats >= 10⟧\n        do: [{tag: b}]\n",
            ""
        ),
        (
            "L035",
            "  - if: contact.seats > 3\n    then: [{exit: a}]\n  - choose:\n      - when: contact.seats > 2\n        do: [{exit: b}]\n      - when: contact.seats <= 2\n        do: [{exit: c}]\n  - tag: ⟦d⟧\n",
            ""
        ),
        ("L035", "  - split: x\n    arms:\n      a: {share: 100%}\n      b: {share: 0%, do: [{tag: ⟦d⟧}]}\n", ""),
        ("E0437", "  - wait: ⟦45d⟧\n", "goal"),
        ("E0437", "  - wait: ⟦20d⟧\n  - wait: 10d\n  - wait: 1d\n", "goal"),
    ])
    func `a finding stands where it belongs`(code: String, steps: String, given: String) throws {
        let enter =
            given.isEmpty || given == "goal" ? "{event: cart_updated}" : "{event: cart_updated, where: \(given)}"
        var text = Self.sequence(steps, enter: enter)
        if given == "goal" { text = text.replacing("via:", with: "goal: {event: order_placed, within: 30d}\nvia:") }
        let found = findings([("sequences/s.yaml", text)])
        let marked = SpanMarkers(text)
        let wanted = try #require(
            marked.ranges.first.map { range in
                String(decoding: Array(marked.text.utf8)[range], as: UTF8.self)
            })
        #expect(found.map(\.code) == [code], "\(found)")
        #expect(found.first?.place.trimming == wanted.trimming, "\(found)")
    }

    @Test(arguments: [
        // What a wait lies behind may have changed.
        (
            "  - if: contact.seats > 3\n    then:\n      - wait: 3d\n      - if: contact.seats < 2\n        then: [{send: welcome}]\n",
            ""
        ),
        ("  - wait: 1d\n  - if: contact.seats < 3\n    then: [{send: welcome}]\n", "contact.seats > 3"),
        ("  - set: {seats: 1}\n  - if: contact.seats < 3\n    then: [{send: welcome}]\n", "contact.seats > 3"),
        // A missing date neither passes nor fails the comparison.
        (
            "  - choose:\n      - when: contact.renewal_date > 2027-01-01\n        do: [{tag: a}]\n      - when: contact.renewal_date <= 2027-01-01\n        do: [{tag: b}]\n      - otherwise: [{tag: c}]\n",
            ""
        ),
        // A cascade from narrow to wide.
        (
            "  - choose:\n      - when: contact.seats > 10\n        do: [{tag: a}]\n      - when: contact.seats > 3\n        do: [{tag: b}]\n      - otherwise: [{tag: c}]\n",
            ""
        ),
        ("  - if: count(order_placed, last 30d) > 2 and count(order_placed, last 90d) < 2\n    then: [{tag: a}]\n", ""),
        ("  - if: any(order_placed, last 7d)\n    then: [{tag: a}]\n    else: [{tag: b}]\n", ""),
        (
            "  - if: contact.renewal_date is known\n    then:\n      - wait: {until: contact.renewal_date, up_to: 9d}\n",
            ""
        ),
        ("  - repeat: {at_most: 3, every: 1d, until: tagged(\"x\")}\n    do: [{send: welcome}]\n", ""),
    ])
    func `nothing is said where it may be meant`(steps: String, given: String) {
        let enter = given.isEmpty ? "{event: cart_updated}" : "{event: cart_updated, where: \(given)}"
        #expect(findings([("sequences/s.yaml", Self.sequence(steps, enter: enter))]).map(\.code) == [])
    }

    @Test func `conditions of a fragment are not held against one use of it`() {
        let fragment = """
            fragment: nudge
            inputs: {seats: {type: int, default: 3}}
            steps:
              - if: input.seats > 2
                then: [{send: welcome}]

            """
        let text = Self.sequence("  - use: nudge\n    with: {seats: 5}\n")
        #expect(findings([("fragments/nudge.yaml", fragment), ("sequences/s.yaml", text)]).map(\.code) == [])
    }

    @Test func `whom another program starts has not come by the entry`() {
        let text = Self.sequence(
            "  - if: entry.total < EUR 10\n    then: [{tag: a}]\n",
            enter: "{event: cart_updated, where: event.total >= EUR 30}")
        #expect(findings([("sequences/s.yaml", text)]).map(\.code) == ["L031"])
        let starter = """
            rule: starter
            purpose: marketing
            lawful_basis: consent
            trigger: {event: trial_started}
            steps:
              - start: sequence s
                with: {cart_id: "\\"c\\"", total: EUR 5}

            """
        let both = findings([("sequences/s.yaml", text), ("rules/starter.yaml", starter)])
        #expect(both.map(\.code).contains("L031") == false, "\(both)")
    }
}

/// Circles of programs.
struct FeedbackTests {
    private func findings(_ programs: [String], segment: String = "") -> [Diagnostic] {
        var files = programs.enumerated().map { ("rules/r\($0.offset).yaml", $0.element) }
        if !segment.isEmpty { files.append(("segments/x.yaml", segment)) }
        let result = BaseProject.compile(files)
        let errors = result.diagnostics.filter { $0.severity == .error }.map(\.message)
        #expect(errors.isEmpty)
        return result.diagnostics.filter { $0.code == "L039" }
    }

    private func rule(_ id: String, _ trigger: String, _ steps: String) -> String {
        "rule: \(id)\npurpose: informational\ntrigger: \(trigger)\nsteps:\n" + steps
    }

    private static let emit = "  - emit: {event: project_created, with: {name: contact.plan}}\n"

    @Test func `a rule that emits what triggers it goes on for ever`() {
        #expect(findings([rule("a", "{event: project_created}", Self.emit)]).count == 1)
        #expect(findings([rule("a", "{event: project_created, again: after 1d}", Self.emit)]).isEmpty)
        #expect(findings([rule("a", "{event: trial_started}", Self.emit)]).isEmpty)
    }

    @Test func `a condition that the circle itself makes false ends it`() {
        let trigger = "{event: project_created, where: not tagged(\"seen\")}"
        #expect(findings([rule("a", trigger, "  - tag: seen\n" + Self.emit)]).isEmpty)
        #expect(findings([rule("a", trigger, Self.emit)]).count == 1)
        let other = "{event: project_created, where: event.name == \"x\"}"
        let emit = "  - emit: {event: project_created, with: {name: '\"y\"'}}\n"
        #expect(findings([rule("a", other, emit)]).isEmpty)
    }

    @Test func `an event that is dropped as a repetition ends it`() {
        let emit = "  - emit: {event: order_placed, with: {order_id: entry.order_id, total: entry.total}}\n"
        #expect(findings([rule("a", "{event: order_placed}", emit)]).isEmpty)
    }

    @Test func `start leads in a circle over several programs, which are all named`() {
        let found = findings([
            rule("a", "{event: trial_started}", "  - start: rule b\n    with: {name: contact.plan}\n"),
            rule("b", "{event: project_created}", "  - wait: 1d\n  - start: rule c\n    with: {name: contact.plan}\n"),
            rule("c", "{event: project_created}", "  - start: rule a\n    with: {plan: contact.plan}\n"),
        ])
        #expect(found.count == 1)
        #expect(found.first?.message.contains("`a` → `b` → `c` → `a`") == true, "\(found)")
        #expect(found.first?.secondary.count == 2)
    }

    @Test func `a segment must be left before it is entered again`() {
        let segment = "segment: x\nwhere: tagged(\"x\")\n"
        let enters = "{segment: x, when: enters, existing: leave_out}"
        let leaves = "{segment: x, when: leaves, existing: leave_out}"
        #expect(findings([rule("a", enters, "  - tag: x\n")], segment: segment).isEmpty)
        #expect(findings([rule("a", enters, "  - untag: x\n")], segment: segment).isEmpty)
        #expect(findings([rule("a", enters, "  - untag: x\n  - tag: x\n")], segment: segment).count == 1)
        #expect(
            findings([rule("a", enters, "  - untag: x\n"), rule("b", leaves, "  - tag: x\n")], segment: segment).count
                == 1)
    }

    @Test func `a field that is set moves people only where the value lets it`() {
        let segment = "segment: x\nwhere: contact.plan == \"free\"\n"
        let enters = "{segment: x, when: enters, existing: leave_out}"
        #expect(findings([rule("a", enters, "  - set: {plan: pro}\n")], segment: segment).isEmpty)
    }

    @Test func `a thousand emitters and a thousand listeners are looked at once each`() {
        let programs = (0..<300).flatMap { index in
            [
                rule("emits-\(index)", "{event: trial_started}", Self.emit),
                rule("listens-\(index)", "{event: project_created}", "  - tag: seen\n"),
            ]
        }
        #expect(findings(programs).isEmpty)
    }
}

extension String {
    fileprivate var trimming: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
