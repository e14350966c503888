import RuleEngine
import Testing

/// Sequences and rules on the common graph.
struct JourneyGraphTests {
    static let sequence = """
        sequence: onboarding
        purpose: marketing
        lawful_basis: consent
        enter: {event: trial_started, where: [contact.seats > 1, contact.country == "DE"]}
        goal: {event: order_placed, where: event.total >= EUR 20, within: 30d}
        exit_when: contact.plan == "free"
        holdout: 10%
        via: [email-main]
        steps:
          - send: welcome
            name: first
          - wait_for: project_created
            up_to: 3d
            then:
              - tag: activated
            else:
              - use: nudge
                with: {waiting_for: project_created}
          - choose:
              - when: opened(first)
                do:
                  - hand_over: sales
              - when: contact.seats > 3
                do:
                  - exit: big
              - otherwise:
                  - split: offer
                    arms:
                      none: {share: 50%}
                      ten: {share: 50%, do: [{send: welcome, name: offer}]}
          - repeat: {at_most: 3, every: 2d, until: opened(first)}
            do:
              - send: welcome
                name: again
          - set: {plan: trial, seats: <<contact.seats + 1>>}

        """

    static let fragment = """
        fragment: nudge
        inputs: {waiting_for: event, gap: {type: duration, default: 2d}}
        steps:
          - wait_for: input.waiting_for
            up_to: input.gap
            then:
              - exit: done
          - send: welcome

        """

    private func compile(_ sequence: String, fragment: String = Self.fragment) -> Compiler.Result {
        BaseProject.compile([("sequences/onboarding.yaml", sequence), ("fragments/nudge.yaml", fragment)])
    }

    private func graph(_ sequence: String, fragment: String = Self.fragment) throws -> ProgramGraph {
        let result = compile(sequence, fragment: fragment)
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        let project = try #require(result.project, "\(text)")
        let journey = try #require(project.sequences["onboarding"])
        return ProgramGraph.lower(journey, in: project)
    }

    @Test func `every send is reached through its gate alone`() throws {
        let graph = try graph(Self.sequence)
        let sends = graph.nodes.indices.filter { if case .deliver = graph.nodes[$0] { true } else { false } }
        #expect(sends.count == 4)
        for edge in graph.edges where sends.contains(edge.to) {
            guard case .gate = graph.nodes[edge.from] else {
                Issue.record("node \(edge.from) leads past the gate")
                continue
            }
        }
        #expect(graph.nodes.allSatisfy { $0.successors.allSatisfy { graph.nodes.indices.contains($0) } })
    }

    @Test func `a fragment leaves nothing behind, and its exit leads behind it`() throws {
        let graph = try graph(Self.sequence)
        let waits = graph.nodes.indices.filter { if case .waitFor = graph.nodes[$0] { true } else { false } }
        #expect(waits.count == 2)
        guard case .waitFor(let event, _, let upTo, let then, _) = graph.nodes[waits[1]] else { return }
        #expect(event == "project_created")
        #expect(upTo == 2 * 86_400_000_000)
        guard case .choose = graph.nodes[then] else {
            Issue.record("`exit` of the fragment leads to node \(then)")
            return
        }
        #expect(!graph.nodes.contains { if case .exit("done") = $0 { true } else { false } })
    }

    static let sameMeaning: [(String, String, String)] = [
        ("name of a step", "first", "hello"), ("name of a split", "offer", "discount"),
        ("name of an arm", "none:", "nobody:"),
        (
            "order of conditions", "[contact.seats > 1, contact.country == \"DE\"]",
            "[contact.country == \"DE\", contact.seats > 1]"
        ),
        ("quotes", "up_to: 3d", "up_to: \"3d\""), ("unit", "up_to: 3d", "up_to: 72h"),
        ("parentheses", "when: contact.seats > 3", "when: (contact.seats) > 3"),
        ("comment", "holdout: 10%", "holdout: 10% # one in ten"), ("about", "holdout", "about: Something\nholdout"),
        ("order of keys", "{plan: trial, seats: <<contact.seats + 1>>}", "{seats: <<contact.seats + 1>>, plan: trial}"),
    ]

    @Test(arguments: sameMeaning)
    func `what means the same has the same form`(_ name: String, _ old: String, _ new: String) throws {
        let changed = Self.sequence.replacing(old, with: new)
        #expect(changed != Self.sequence)
        #expect(try graph(changed).canonicalForm == graph(Self.sequence).canonicalForm)
    }

    static let otherMeaning: [(String, String, String)] = [
        ("bound", "up_to: 3d", "up_to: 4d"), ("event", "wait_for: project_created", "wait_for: order_placed"),
        ("share", "holdout: 10%", "holdout: 11%"),
        (
            "split", "none: {share: 50%}\n              ten: {share: 50%",
            "none: {share: 40%}\n              ten: {share: 60%"
        ),
        ("rounds", "at_most: 3", "at_most: 4"), ("pause", "every: 2d", "every: 3d"), ("tag", "activated", "active"),
        ("team", "hand_over: sales", "hand_over: support"), ("exit", "exit: big", "exit: large"),
        ("step asked for", "opened(first)", "opened(again)"), ("function", "opened(first)", "sent(first)"),
        ("goal", "EUR 20", "EUR 21"), ("within", "within: 30d", "within: 31d"), ("value", "seats + 1", "seats + 2"),
        ("condition", "contact.seats > 3", "contact.seats > 4"),
        ("argument", "{waiting_for: project_created}", "{waiting_for: project_created, gap: 1d}"),
        ("exit condition", "exit_when: contact.plan == \"free\"", "exit_when: contact.plan == \"team\""),
        ("entry", "contact.seats > 1", "contact.seats > 2"),
        ("channel", "via: [email-main]", "via: [email-main, outbox]"),
        ("changes", "holdout", "when_changed: end\nholdout"),
        ("again", "{event: trial_started,", "{again: never, event: trial_started,"),
    ]

    @Test(arguments: otherMeaning)
    func `what means something else has another form`(_ name: String, _ old: String, _ new: String) throws {
        let changed = Self.sequence.replacing(old, with: new)
        #expect(changed != Self.sequence)
        #expect(try graph(changed).canonicalForm != graph(Self.sequence).canonicalForm)
    }

    @Test func `a mistake that comes from the use is shown at both places`() throws {
        let result = compile(
            Self.sequence.replacing("via: [email-main]", with: "via: [sms-eu]"), fragment: Self.fragment)
        let inFragment = result.diagnostics.filter {
            result.sources.path(of: $0.primary.span) == "fragments/nudge.yaml"
        }
        #expect(inFragment.map(\.code) == ["E0407"])
        #expect(inFragment.first?.secondary.contains { $0.text == "used here" } == true)
        let broken = compile(Self.sequence, fragment: Self.fragment.replacing("send: welcome", with: "send: welcom"))
        #expect(broken.diagnostics.map(\.code) == ["E0211"])
    }

    @Test func `bounds, shares and gates stand on the drawing`() throws {
        let result = compile(Self.sequence)
        let project = try #require(result.project)
        let journey = try #require(project.sequences["onboarding"])
        let text = GraphPrinter(ProgramGraph.lower(journey, in: project), of: journey).mermaid()
        for part in [
            "not within 3d", "none 50%", "at most 3 times", "gate: marketing", "holdout 10%",
            "goal: order_placed within 30d",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }
}
