import TestKit

@testable import RuleEngine

/// What can go wrong with the gate in front of a send.
enum GateMutation: CaseIterable {
    /// The gate is gone.
    case removed
    /// The gate is asked for another purpose, which needs no consent.
    case otherPurpose
    /// A second way leads around it.
    case bypassed
    /// Time passes between the gate and the send.
    case stale
    /// The gate asks less than the packs do.
    case weakPolicy
}

/// A graph in pieces that can be put together differently.
struct MutableGraph {
    var nodes: [ProgramGraph.Node]
    let graph: ProgramGraph

    init(_ graph: ProgramGraph) {
        self.graph = graph
        nodes = graph.nodes
    }

    /// Leads every way to `old` to `new` instead.
    mutating func redirect(_ old: Int, to new: Int, except own: Int? = nil) {
        for index in nodes.indices where index != own { nodes[index] = nodes[index].mapped { $0 == old ? new : $0 } }
    }

    mutating func insertWait(before send: Int, behind gate: Int) {
        nodes.append(.wait(.duration(86_400_000_000), next: send))
        let wait = nodes.count - 1
        nodes[gate] = nodes[gate].mapped { $0 == send ? wait : $0 }
    }

    mutating func bypass(_ gate: Int, to send: Int) {
        nodes.append(
            .split(
                name: "bypass",
                [
                    ProgramGraph.Share(name: "asked", share: 500_000, next: gate),
                    ProgramGraph.Share(name: "not_asked", share: 500_000, next: send),
                ]))
        redirect(gate, to: nodes.count - 1, except: nodes.count - 1)
    }

    var result: ProgramGraph {
        ProgramGraph(
            id: graph.id, nodes: nodes, canonicalForm: graph.canonicalForm, goal: graph.goal,
            exitWhen: graph.exitWhen, steps: graph.steps, names: graph.names, spans: graph.spans)
    }
}

extension AnalysedProject.Program {
    /// The same program with the gate in front of a send broken.
    func broken(_ mutation: GateMutation, at send: Int) -> AnalysedProject.Program? {
        guard
            let gate = graph.nodes.firstIndex(where: { node in
                if case .gate(_, let next) = node { next == send } else { false }
            })
        else { return nil }
        var changed = MutableGraph(graph)
        var source = source
        switch mutation {
        case .removed: changed.redirect(gate, to: send)
        case .otherPurpose: changed.nodes[gate] = .gate(purpose: .informational, next: send)
        case .bypassed: changed.bypass(gate, to: send)
        case .stale: changed.insertWait(before: send, behind: gate)
        case .weakPolicy:
            guard case .journey(var journey) = source, var policy = journey.policy else { return nil }
            policy.consent = policy.consent.mapValues { _ in ConsentLevel.none }
            journey.policy = policy
            source = .journey(journey)
        }
        return AnalysedProject.Program(source: source, graph: changed.result)
    }
}

/// Sequences of all kinds of steps, with conditions about the country and about facts that are independent of each
/// other, so that whatever way the countries allow can be taken.
struct SequenceGenerator {
    private var random: SeededRandom
    private var flags = 0
    private var names = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    static let schema: String = {
        let flags = (0..<40).map { "  flag_\($0): bool\n" }.joined()
        return BaseProject.schema.replacing("  seats: int\n", with: "  seats: int\n" + flags)
    }()

    mutating func sequence(_ id: String) -> String {
        flags = 0
        var text = """
            sequence: \(id)
            purpose: marketing
            lawful_basis: consent
            enter:
              event: cart_updated
              where:
                - \(condition())
                - event.total >= EUR \(random.below(50))
            steps:

            """
        if random.chance(1, in: 3) {
            flags += 1
            text = text.replacing("steps:\n", with: "exit_when: contact.flag_39\nsteps:\n")
        }
        text += steps(2 + random.below(3), indent: 2, depth: 2)
        return text + send(indent: 2)
    }

    private mutating func condition() -> String {
        switch random.below(5) {
        case 0: return #"contact.country in ["DE", "AT", "US", "GB"]"#
        case 1: return #"contact.country != "\#(random.pick(["FR", "GB", "US"]))""#
        case 2: return "not (contact.country in [\"FR\", \"GB\"])"
        default:
            flags = min(flags + 1, 38)
            return random.chance(1, in: 2) ? "contact.flag_\(flags)" : "any(order_placed, last \(flags)d)"
        }
    }

    private mutating func steps(_ count: Int, indent: Int, depth: Int) -> String {
        (0..<count).map { _ in step(indent: indent, depth: depth) }.joined()
    }

    private mutating func send(indent: Int) -> String {
        names += 1
        let pad = String(repeating: " ", count: indent)
        let via = random.pick(["[email-main]", "[sms-eu]", "[email-main, sms-eu]"])
        return "\(pad)- send: both\n\(pad)  name: send-\(names)\n\(pad)  via: \(via)\n"
    }

    private mutating func step(indent: Int, depth: Int) -> String {
        let pad = String(repeating: " ", count: indent)
        switch random.below(depth > 0 ? 9 : 4) {
        case 0, 1: return send(indent: indent)
        case 2: return "\(pad)- wait: \(1 + random.below(5))d\n"
        case 3: return "\(pad)- tag: seen-\(random.below(4))\n"
        case 4:
            return "\(pad)- if: \(condition())\n\(pad)  then:\n" + steps(2, indent: indent + 4, depth: depth - 1)
                + "\(pad)  else:\n" + steps(1, indent: indent + 4, depth: depth - 1)
        case 5:
            return "\(pad)- choose:\n\(pad)    - when: \(condition())\n\(pad)      do:\n"
                + steps(1, indent: indent + 8, depth: depth - 1) + "\(pad)    - when: \(condition())\n\(pad)      do:\n"
                + steps(1, indent: indent + 8, depth: depth - 1) + "\(pad)    - otherwise:\n"
                + steps(1, indent: indent + 8, depth: depth - 1)
        case 6:
            names += 1
            return "\(pad)- split: arm-\(names)\n\(pad)  arms:\n\(pad)    a: {share: 50%}\n\(pad)    b:\n"
                + "\(pad)      share: 50%\n\(pad)      do:\n" + steps(2, indent: indent + 8, depth: depth - 1)
        case 7:
            return "\(pad)- wait_for: project_created\n\(pad)  up_to: 2d\n\(pad)  then:\n"
                + steps(1, indent: indent + 4, depth: depth - 1) + "\(pad)  else:\n"
                + steps(1, indent: indent + 4, depth: depth - 1)
        default:
            return "\(pad)- repeat: {at_most: \(1 + random.below(3)), every: 1d}\n\(pad)  do:\n"
                + steps(2, indent: indent + 4, depth: depth - 1)
        }
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { random.pick(elements) }
}
