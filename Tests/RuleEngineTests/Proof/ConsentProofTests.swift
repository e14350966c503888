import TestKit
import Testing

@testable import RuleEngine

@Suite("The consent proof")
struct ConsentProofTests {
    static let policy = """
        policy: house-marketing
        purpose: marketing
        packs: [eu.eprivacy, uk.pecr]
        consent: {email: soft_optin, sms: express_written}

        """

    static let template = """
        template: both
        purpose: marketing
        email:
          en:
            subject: News
            body: |
              <<sender.postal_address>>
              <<unsubscribe.link>>
        sms:
          en: 'News. Reply STOP to end.'

        """

    private func analysed(_ files: [(path: String, text: String)]) throws -> AnalysedProject {
        let result = BaseProject.compile(
            [("schema/acme.yaml", SequenceGenerator.schema), ("templates/both.yaml", Self.template)] + files)
        let project = try #require(
            result.project ?? result.unproven,
            "\(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))")
        return AnalysedProject(project: project, catalog: BaseProject.catalog)
    }

    @Test func `500 programs with a gate removed or weakened are all found, and 500 intact ones all pass`() throws {
        var generator = SequenceGenerator(seed: 2026)
        let texts = (0..<500).map { ("sequences/s\($0).yaml", generator.sequence("s\($0)")) }
        let project = try analysed([("policies/house-marketing.yaml", Self.policy)] + texts)
        let prover = ConsentProver(project)
        #expect(project.programs.count == 500)
        var proven = 0
        var found = 0
        var replayed = 0
        var kinds: [GateMutation: Int] = [:]
        for (number, program) in project.programs.enumerated() {
            let proof = prover.prove(program)
            if proof.isProven { proven += 1 } else { Issue.record("\(program.graph.id) is intact") }
            // The quick answer never contradicts the proof.
            #expect(!prover.mayFail(program))
            let reachable = proof.sends.filter { if case .proven = $0.verdict { true } else { false } }
            let mutation = GateMutation.allCases[number % GateMutation.allCases.count]
            // Somebody must need consent there at all, or asking nothing is enough.
            let candidates = reachable.filter { send in
                mutation == .removed || mutation == .bypassed || mutation == .stale
                    || send.demands.contains { $0.required > .none }
            }
            let send = generator.pick(candidates.isEmpty ? reachable : candidates)
            let broken = try #require(program.broken(candidates.isEmpty ? .removed : mutation, at: send.node))
            kinds[candidates.isEmpty ? .removed : mutation, default: 0] += 1
            #expect(prover.mayFail(broken), "\(program.graph.id) \(mutation)")
            guard let refuted = prover.prove(broken).sends.first(where: { $0.node == send.node }),
                case .refuted(_, let shown) = refuted.verdict
            else {
                Issue.record("\(program.graph.id): \(mutation) at node \(send.node) was not found")
                continue
            }
            found += 1
            guard let shown else {
                Issue.record("\(program.graph.id): \(mutation) at node \(send.node) has no counterexample")
                continue
            }
            #expect(shown.nodes.last == send.node)
            let replay = WayReplay(program: broken, project: project.project)
            if replay.reaches(shown.nodes, with: shown.facts) { replayed += 1 }
        }
        print(
            "consent proof: \(proven) of 500 intact programs proven; \(found) of 500 broken ones found, "
                + "\(replayed) of their counterexamples replayed (\(kinds.values.sorted().map(String.init).joined(separator: ", ")) of each kind)"
        )
        #expect(proven == 500)
        #expect(found == 500)
        #expect(replayed == 500)
        #expect(kinds.count == GateMutation.allCases.count)
    }

    /// Dominance and the walk around gates are two methods; they must never disagree.
    @Test func `a send is dominated exactly where there is no way around`() throws {
        var generator = SequenceGenerator(seed: 77)
        let texts = (0..<60).map { ("sequences/s\($0).yaml", generator.sequence("s\($0)")) }
        let project = try analysed([("policies/house-marketing.yaml", Self.policy)] + texts)
        var compared = 0
        for program in project.programs {
            for mutation in [nil] + GateMutation.allCases.map(Optional.some) {
                let send = generator.pick(ConsentFlow(program.graph).sends)
                guard let changed = mutation.map({ program.broken($0, at: send) }) ?? program else { continue }
                let flow = ConsentFlow(changed.graph)
                for node in flow.sends where flow.dominators.reaches(node) {
                    let isDominated = flow.gate(dominating: node, where: { _ in true }) != nil
                    let isOpen = flow.hasWayAround(to: node, where: { _ in true })
                    #expect(isDominated != isOpen)
                    compared += 1
                }
            }
        }
        #expect(compared > 500)
    }

    private static func rule(where condition: String, extra: String = "") -> String {
        """
        rule: nudge
        purpose: marketing
        lawful_basis: consent
        trigger:
          event: cart_updated
        \(condition.isEmpty ? "" : "  where: \(condition)\n")
        \(extra)steps:
          - send: both
            via: [sms-eu]

        """
    }

    @Test(arguments: [
        ("", "", false), (#"contact.country == "DE""#, "", true), (#"contact.country != "US""#, "", false),
        (#"contact.country != "US" and contact.country != "IN""#, "", true),
        (#"not contact.country in ["US", "IN"]"#, "", true),
        (#"contact.country == "US" or contact.seats > 1"#, "", false),
        ("", "exit_when: contact.country in [\"US\", \"IN\"]\n", true),
    ])
    func `the countries that can come to a send decide`(condition: String, extra: String, isProven: Bool) throws {
        let policy = Self.policy.replacing("express_written", with: "soft_optin")
        let project = try analysed([
            ("policies/house-marketing.yaml", policy), ("rules/nudge.yaml", Self.rule(where: condition, extra: extra)),
        ])
        let program = try #require(project.programs.first)
        #expect(ConsentProver(project).prove(program).isProven == isProven)
    }

    /// The house policy of the design: it names the packs of every country that it knows, and asks less for text messages
    /// than the strictest of them.
    @Test(
        arguments: [
            ("[eu.eprivacy, uk.pecr, us.federal]", "contact.country == \"DE\"", []),
            ("[eu.eprivacy, uk.pecr, us.federal]", "contact.country in [\"DE\", \"GB\"]", []),
            ("[eu.eprivacy, uk.pecr, us.federal]", "contact.country in [\"DE\", \"US\"]", ["E0421"]),
            ("[eu.eprivacy, uk.pecr, us.federal]", "", ["E0421"]),
            // Less than the only pack asks does for nobody.
            ("[us.federal]", "contact.country == \"DE\"", ["E0405"]),
        ] as [(String, String, [String])])
    func `a policy may ask less than one of its packs where nobody from there is reached`(
        packs: String, condition: String, expected: [String]
    ) {
        let policy = Self.policy.replacing("[eu.eprivacy, uk.pecr]", with: packs).replacing(
            "express_written", with: "express")
        let found = BaseProject.compile([
            ("schema/acme.yaml", SequenceGenerator.schema), ("templates/both.yaml", Self.template),
            ("policies/house-marketing.yaml", policy), ("rules/nudge.yaml", Self.rule(where: condition)),
        ]).diagnostics.filter { $0.severity == .error }
        #expect(found.map(\.code) == expected)
    }

    @Test func `a segment's definition counts, and a set of the country anywhere unsettles every wait`() throws {
        let policy = ("policies/house-marketing.yaml", Self.policy.replacing("express_written", with: "soft_optin"))
        let segment = ("segments/germans.yaml", "segment: germans\nwhere: contact.country == \"DE\"\n")
        let rule = """
            rule: nudge
            purpose: marketing
            lawful_basis: consent
            trigger: {event: cart_updated, where: [in_segment("germans")]}
            steps:
              - wait: 2d
              - send: both
                via: [sms-eu]

            """
        let mover = """
            rule: move
            purpose: informational
            trigger: {event: order_placed}
            steps:
              - set: {country: US}

            """
        let settled = try analysed([policy, segment, ("rules/nudge.yaml", rule)])
        #expect(ConsentProver(settled).prove(settled.programs[0]).isProven)
        let moving = try analysed([policy, segment, ("rules/nudge.yaml", rule), ("rules/move.yaml", mover)])
        let nudge = try #require(moving.programs.first { $0.graph.id == "nudge" })
        #expect(!ConsentProver(moving).prove(nudge).isProven)
    }

    /// 2^60 ways lead to the send: not all of them can be tried, and none may be forgotten.
    @Test(arguments: [("contact.seats < 0", true), ("contact.seats > 70 and contact.seats < 20", false)])
    func `more ways than anybody can try prove nothing`(last: String, isShown: Bool) throws {
        let branches = (0..<60).map { "  - if: contact.seats > \($0)\n    then:\n      - tag: t\($0)\n" }.joined()
        let rule = Self.rule(where: "").replacing("steps:\n", with: "steps:\n" + branches).replacing(
            "  - send: both\n    via: [sms-eu]\n",
            with: "  - if: \(last)\n    then:\n      - send: both\n        via: [sms-eu]\n")
        let policy = Self.policy.replacing("express_written", with: "soft_optin")
        let project = try analysed([("policies/house-marketing.yaml", policy), ("rules/nudge.yaml", rule)])
        let proof = ConsentProver(project).prove(try #require(project.programs.first))
        guard case .refuted(_, let shown) = try #require(proof.sends.first).verdict else {
            Issue.record("a send that is not guarded is proven")
            return
        }
        #expect((shown != nil) == isShown)
    }

    @Test func `what is no marketing stands behind a gate and needs no consent`() throws {
        let rule = """
            rule: note
            purpose: transactional
            trigger: {event: order_placed}
            steps:
              - send: text
                via: [sms-eu]
                text: {en: Your order is here.}

            """
        let project = try analysed([("rules/note.yaml", rule)])
        let program = try #require(project.programs.first)
        let prover = ConsentProver(project)
        #expect(prover.prove(program).isProven)
        let open = try #require(program.broken(.removed, at: ConsentFlow(program.graph).sends[0]))
        #expect(!prover.prove(open).isProven)
    }
}
