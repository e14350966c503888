/// Proves, for a whole project, that nobody gets marketing with less consent than the law asks.
package struct ConsentProver: Sendable {
    private let project: CheckedProject
    private let packs: [PackReach]
    /// What the strictest pack of all asks, by channel kind.
    private let strictest: [String: ConsentLevel]
    /// The contact's country in the schema.
    private let slot: Int?
    private let isCountryOptional: Bool
    private let isCountrySettled: Bool
    private static let field = "country"

    package init(_ analysed: AnalysedProject) {
        project = analysed.project
        packs = PackReach.of(analysed.catalog.packs)
        strictest = packs.reduce(into: [:]) { strictest, reach in
            strictest.merge(reach.pack.minimumConsent) { max($0, $1) }
        }
        slot = project.schema.slot(of: Self.field)
        let schema = analysed.project.schema
        isCountryOptional = schema.slot(of: Self.field).map { schema.fields[$0].type.isOptional } ?? true
        isCountrySettled = !analysed.programs.contains { program in
            program.graph.nodes.contains { node in
                if case .set(let values, _) = node { values.contains { $0.field == Self.field } } else { false }
            }
        }
    }

    package func prove(_ program: AnalysedProject.Program) -> ConsentProof {
        let facts = program.facts
        let flow = ConsentFlow(program.graph)
        let reach = reach(of: program)
        let sends = flow.sends.map { node in
            prove(node, program: program, facts: facts, flow: flow, countries: reach?.before[node] ?? .all)
        }
        return ConsentProof(program: program.graph.id, kind: facts.kind, policy: facts.policy?.id, sends: sends)
    }

    /// The countries that a contact can have before each node; nil without a field that says it.
    package func reach(of program: AnalysedProject.Program) -> CountryReach? {
        slot.map { slot in
            CountryReach(
                program.graph, entering: program.entering(slot: slot, isOptional: isCountryOptional), slot: slot,
                isSettled: isCountrySettled, field: Self.field)
        }
    }

    func strictest(for kind: String) -> ConsentLevel { strictest[kind] ?? .none }

    /// The kinds of channel that a send can leave by.
    func kinds(of node: ProgramGraph.Node, _ facts: ProgramFacts) -> [String] {
        facts.channels(of: node, in: project).compactMap { project.channels[$0]?.kind }
    }

    private func prove(
        _ node: Int, program: AnalysedProject.Program, facts: ProgramFacts, flow: ConsentFlow, countries: CountrySet
    ) -> ConsentProof.Send {
        let purpose = facts.purpose(of: program.graph.nodes[node])
        let demands = facts.channels(of: program.graph.nodes[node], in: project).compactMap { id -> ConsentDemand? in
            guard let kind = project.channels[id]?.kind else { return nil }
            return ConsentDemand(
                channel: id, kind: kind,
                countries: countries.intersection(allowed(id, kind: kind, program.graph.nodes[node])),
                isMarketing: purpose == .marketing, packs: packs)
        }
        return ConsentProof.Send(
            node: node, name: facts.name(of: node, in: program.graph), purpose: purpose, demands: demands,
            verdict: verdict(node, program, facts, flow, purpose: purpose, demands, countries: countries))
    }

    private func verdict(
        _ node: Int, _ program: AnalysedProject.Program, _ facts: ProgramFacts, _ flow: ConsentFlow, purpose: Purpose,
        _ demands: [ConsentDemand], countries: CountrySet
    ) -> ConsentProof.Send.Verdict {
        guard flow.dominators.reaches(node), !countries.isEmpty else { return .unreachable }
        func strength(_ gate: Int) -> GateStrength {
            guard case .gate(let purpose, _) = program.graph.nodes[gate] else {
                preconditionFailure("a flow names its gates")
            }
            return GateStrength(purpose: purpose, policy: facts.policy)
        }
        func isStrong(_ gate: Int) -> Bool {
            let strength = strength(gate)
            return demands.allSatisfy { strength.minimum(for: $0.kind) >= $0.required }
        }
        if let gate = flow.gate(dominating: node, where: isStrong) { return .proven(gates: [gate]) }
        if !flow.hasWayAround(to: node, where: isStrong) {
            return .proven(gates: flow.gates.filter(isStrong))
        }
        var search = CounterexampleSearch(project: project, program: program, flow: flow, facts: facts)
        // On a way without any gate, nobody is asked at all.
        if flow.hasWayAround(to: node, where: { _ in true }) {
            let channel = demands.first { !$0.countries.isEmpty }?.channel
            let shown = search.find(
                node, channel: channel, countries: countries, consent: .none, around: { _ in true })
            return .refuted(.ungated, shown)
        }
        var open: ConsentProof.Fault?
        for demand in demands {
            // Of the gates that don't do, the one that asks least: its way is the one that breaks the rule.
            let weak = flow.gates.filter { !isStrong($0) }
            let given = weak.map { strength($0).minimum(for: demand.kind) }.min() ?? .none
            for claim in demand.claims where claim.level > given {
                let listed = claim.pack.countries.filter { claim.countries.contains($0) }
                let fault = ConsentProof.Fault.weak(demand: demand, claim: claim, given: given, country: listed.first)
                let concerned = listed.first.map { CountrySet([$0]) } ?? CountrySet(number: CountrySet.missing)
                if let shown = search.find(
                    node, channel: demand.channel, countries: concerned, consent: given, around: isStrong)
                {
                    return .refuted(fault, shown)
                }
                open = open ?? fault
            }
        }
        return .refuted(open ?? .ungated, nil)
    }

    /// The countries with which a route doesn't leave the channel out.
    private func allowed(_ channel: String, kind: String, _ node: ProgramGraph.Node) -> CountrySet {
        guard let slot, case .deliver(let send, _) = node, case .route(let id) = send.reach,
            let route = project.routes[id]
        else { return .all }
        return route.skipWhen.reduce(CountrySet.all) { allowed, condition in
            guard condition.slots.contains(slot) else { return allowed }
            let asked = condition.root.replacing { node in
                guard case .fact(.channel(.kind)) = node.kind else { return nil }
                return TypedNode(.constant(Value(kind)), node.type, span: node.span, range: node.range)
            }
            return allowed.intersection(CountryCondition(asked, slot: slot).whenFalse)
        }
    }
}

/// What the proof needs to know of a program, whatever its kind.
final class ProgramFacts: Sendable {
    let kind: DocumentKind
    let purpose: Purpose
    let policy: CheckedPolicy?
    private let template: CheckedTemplate?

    init(_ source: AnalysedProject.Program.Source) {
        switch source {
        case .campaign(let campaign):
            kind = .campaign
            purpose = campaign.purpose
            policy = campaign.policy
            template = campaign.template
        case .journey(let journey):
            kind = journey.kind
            purpose = journey.purpose
            policy = journey.policy
            template = nil
        }
    }

    /// A marketing text stays one, whatever the program around it says.
    func purpose(of node: ProgramGraph.Node) -> Purpose {
        if case .deliver(let send, _) = node, send.template.purpose == .marketing { return .marketing }
        return template?.purpose == .marketing ? .marketing : purpose
    }

    /// Every channel that a send can leave by.
    func channels(of node: ProgramGraph.Node, in project: CheckedProject) -> [String] {
        let ids: [String] =
            switch node {
            case .send(let channels, _): channels
            case .deliver(let send, _):
                switch send.reach {
                case .channels(let ids): ids
                case .route(let id): project.routes[id]?.candidates ?? []
                case .reply(let channel): [channel]
                }
            case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag,
                .emit, .call, .start, .handOver, .exit:
                []
            }
        return ids.enumerated().filter { !ids.prefix($0.offset).contains($0.element) }.map(\.element)
    }

    func name(of node: Int, in graph: ProgramGraph) -> String {
        if let name = graph.names[node] { return name }
        if case .deliver(let send, _) = graph.nodes[node], let id = send.template.id { return id }
        return template?.id ?? "message"
    }
}

extension TypedNode {
    /// How many nodes it is made of.
    var size: Int { operands.reduce(1) { $0 + $1.size } }

    /// The same expression with some of its nodes exchanged; what is exchanged is not looked into.
    func replacing(_ change: (TypedNode) -> TypedNode?) -> TypedNode {
        if let changed = change(self) { return changed }
        func with(_ kind: Kind) -> TypedNode { TypedNode(kind, type, span: span, range: range) }
        switch kind {
        case .constant, .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink,
            .fact:
            return self
        case .inSegment(let id, let node): return with(.inSegment(id, node.replacing(change)))
        case .not(let node): return with(.not(node.replacing(change)))
        case .and(let nodes): return with(.and(nodes.map { $0.replacing(change) }))
        case .or(let nodes): return with(.or(nodes.map { $0.replacing(change) }))
        case .compare(let comparison, let left, let right):
            return with(.compare(comparison, left.replacing(change), right.replacing(change)))
        case .isAmong(let node, let values): return with(.isAmong(node.replacing(change), values))
        case .listContains(let left, let right):
            return with(.listContains(left.replacing(change), right.replacing(change)))
        case .text(let text, let left, let right):
            return with(.text(text, left.replacing(change), right.replacing(change)))
        case .matches(let node, let glob): return with(.matches(node.replacing(change), glob))
        case .isKnown(let node): return with(.isKnown(node.replacing(change)))
        case .isMissing(let node): return with(.isMissing(node.replacing(change)))
        case .arithmetic(let arithmetic, let left, let right):
            return with(.arithmetic(arithmetic, left.replacing(change), right.replacing(change)))
        case .textLength(let node): return with(.textLength(node.replacing(change)))
        case .listCount(let node): return with(.listCount(node.replacing(change)))
        case .fallback(let left, let right): return with(.fallback(left.replacing(change), right.replacing(change)))
        }
    }
}
