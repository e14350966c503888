extension ProjectAnalysis {
    static let consentProof = ProjectAnalysis(name: "prove that nobody is reached with too weak a consent") {
        project, diagnostics in
        let prover = ConsentProver(project)
        project.findEach(&diagnostics) { program, diagnostics in
            guard prover.mayFail(program) else { return }
            for send in prover.prove(program).sends {
                guard case .refuted(let fault, let shown) = send.verdict else { continue }
                diagnostics.report(.tooWeakConsent(program, send, fault, shown))
            }
        }
    }

    /// The pack asks for a basis, and the author has chosen countries in which it holds. Where nobody was chosen, the
    /// packs that the policy names decide (`E0406` of the checker).
    static let lawfulBasis = ProjectAnalysis(
        name: "ask for the basis that the law of the audience's countries asks for"
    ) {
        project, diagnostics in
        let prover = ConsentProver(project)
        let packs = project.catalog.packs.filter { $0.needsLawfulBasis && !$0.isPreset }
        project.findEach(&diagnostics) { program, diagnostics in
            let facts = program.facts
            guard facts.purpose == .marketing, !program.hasLawfulBasis,
                let reach = prover.reach(of: program)?.before.first,
                reach.intersection(.known) != .known, !reach.mayBeMissing,
                !packs.contains(where: { facts.policy?.packs.contains($0.id) == true })
            else { return }
            if let pack = packs.first(where: { !CountrySet($0.countries).intersection(reach).isEmpty }) {
                diagnostics.report(.noLawfulBasis(program.span, pack: pack.id))
            }
        }
    }
}

extension ConsentProver {
    /// False where nothing can be wrong, which is seen at once: every gate of the lowering stands before its send, and
    /// asks what the strictest pack asks of everybody. Checking ten thousand files must not prove each of them anew.
    func mayFail(_ program: AnalysedProject.Program) -> Bool {
        let nodes = program.graph.nodes
        let facts = program.facts
        var isGuarded = Array(repeating: false, count: nodes.count)
        var isEntered = Array(repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for next in node.successors where nodes.indices.contains(next) {
                guard nodes[next].isSend else { continue }
                if case .gate(let purpose, _) = node, isAtStrictest(next, purpose, program, facts) {
                    isGuarded[next] = isEntered[next] ? isGuarded[next] : true
                } else {
                    isGuarded[next] = false
                }
                isEntered[next] = true
                if case .gate = nodes[index] {} else { return true }
            }
        }
        return nodes.indices.contains { nodes[$0].isSend && isEntered[$0] && !isGuarded[$0] }
    }

    private func isAtStrictest(
        _ send: Int, _ purpose: Purpose, _ program: AnalysedProject.Program, _ facts: ProgramFacts
    ) -> Bool {
        let strength = GateStrength(purpose: purpose, policy: facts.policy)
        guard facts.purpose(of: program.graph.nodes[send]) == .marketing else { return true }
        return kinds(of: program.graph.nodes[send], facts).allSatisfy {
            strength.minimum(for: $0) >= strictest(for: $0)
        }
    }
}

extension AnalysedProject.Program {
    /// What the gates of a proven send ask; nil where there is none.
    package func strength(of send: ConsentProof.Send) -> GateStrength? {
        guard case .proven(let gates) = send.verdict, let gate = gates.first,
            case .gate(let purpose, _) = graph.nodes[gate]
        else { return nil }
        return GateStrength(purpose: purpose, policy: facts.policy)
    }

    package var span: SourceSpan {
        switch source {
        case .campaign(let campaign): campaign.span
        case .journey(let journey): journey.span
        }
    }

    fileprivate var hasLawfulBasis: Bool {
        switch source {
        case .campaign(let campaign): campaign.lawfulBasis != nil
        case .journey(let journey): journey.lawfulBasis != nil
        }
    }

    /// The smallest place that says where a send goes.
    func viaSpan(of node: Int) -> SourceSpan {
        switch source {
        case .campaign(let campaign): return campaign.spans["via"] ?? campaign.span
        case .journey(let journey):
            if case .deliver(let send, _) = graph.nodes[node], let span = send.viaSpan { return span }
            return (graph.spans.indices.contains(node) ? graph.spans[node] : nil) ?? journey.span
        }
    }

    /// Where the author says for whom the program is.
    var audienceKey: String {
        switch source {
        case .campaign: "audience.where"
        case .journey(let journey): journey.kind == .rule ? "trigger.where" : "enter.where"
        }
    }
}

extension Diagnostic {
    fileprivate static func tooWeakConsent(
        _ program: AnalysedProject.Program, _ send: ConsentProof.Send, _ fault: ConsentProof.Fault,
        _ shown: Counterexample?
    ) -> Diagnostic {
        let place = program.viaSpan(of: send.node)
        switch fault {
        case .ungated:
            return Diagnostic(
                code: "E0421", message: "`\(send.name)` can be sent without anything having asked for consent",
                at: Label(place, "no gate stands before it on this way"), path: shown?.path ?? [])
        case .weak(let demand, let claim, let given, let country):
            let who =
                country.map { "a contact in \($0 == "US" || $0 == "AE" ? "the \($0)" : $0)" }
                ?? "a contact without a country"
            let policy = program.facts.policy
            let source = policy == nil ? "without a policy `\(given.name)` is asked" : "policy gives `\(given.name)`"
            let isWhole: Bool =
                if case .deliver(let sent, _) = program.graph.nodes[send.node], case .route = sent.reach { true } else {
                    false
                }
            let raise =
                policy.map { "raise `consent.\(demand.kind)` of the policy `\($0.id)` to `\(claim.level.name)`" }
                ?? "name a policy that asks `\(claim.level.name)` for `\(demand.kind)`"
            return Diagnostic(
                code: "E0421",
                message: "a marketing \(Self.noun(of: demand.kind)) can reach \(who) with too weak a consent",
                at: Label(
                    place,
                    "\(isWhole ? "includes " : "")`\(demand.channel)`; pack \(claim.pack.id) asks `\(claim.level.name)`, \(source)"
                ),
                also: policy.map { [Label($0.keys["consent"] ?? $0.span, "of the policy `\($0.id)`")] } ?? [],
                path: shown?.path ?? [],
                help: "restrict `\(program.audienceKey)` by country, or \(raise)")
        }
    }

    private static func noun(of kind: String) -> String {
        switch kind {
        case "email": "mail"
        case "sms": "text"
        case "voice_live", "voice_recorded": "call"
        default: "message"
        }
    }
}
