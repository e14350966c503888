import RuleEngine

/// The values that conditions compare with: made-up people who lie on both sides of them go more ways than people made
/// up blindly.
struct ConstantPool {
    private(set) var numbers: [Value.NumberKind: [Int64]] = [:]
    private(set) var texts: [String] = []

    init(_ stage: RehearsalStage, scope: Set<Int>) {
        var seen: Set<Value> = []
        for program in scope.sorted().map({ stage.programs[$0] }) {
            for condition in Self.conditions(program) { collect(condition.root, &seen) }
        }
        texts.sort()
        for kind in numbers.keys { numbers[kind]?.sort() }
    }

    private static func conditions(_ program: RehearsalProgram) -> [TypedExpression] {
        var conditions: [TypedExpression] = []
        switch program.source {
        case .campaign(let campaign):
            let audience = campaign.audience
            conditions += audience.conditions + (audience.include + audience.exclude).flatMap(\.conditions)
        case .journey(let journey):
            conditions += journey.entry.conditions
            if case .segment(let segment, _, _) = journey.entry.cause { conditions += segment.conditions }
        }
        conditions += program.graph.exitWhen + (program.graph.goal?.conditions ?? [])
        for node in program.graph.nodes {
            switch node {
            case .choose(let arms, _): conditions += arms.flatMap(\.conditions)
            case .waitFor(_, let own, _, _, _), .waitUntil(let own, _, _, _), .loop(_, _, let own, _, _):
                conditions += own
            case .entry, .holdout, .gate, .send, .deliver, .wait, .split, .set, .tag, .untag, .emit, .call, .start,
                .handOver, .exit:
                break
            }
        }
        return conditions
    }

    private mutating func collect(_ node: TypedNode, _ seen: inout Set<Value>) {
        switch node.kind {
        case .constant(let value): add(value, &seen)
        case .isAmong(_, let values): for value in values { add(value, &seen) }
        default: break
        }
        for operand in node.operands { collect(operand, &seen) }
    }

    private mutating func add(_ value: Value, _ seen: inout Set<Value>) {
        guard seen.insert(value).inserted else { return }
        switch value {
        case .number(let number, let kind): numbers[kind, default: []].append(number)
        case .text(let bytes): texts.append(String(decoding: bytes, as: UTF8.self))
        case .missing, .bool, .list: break
        }
    }

    /// On one of the values, or just beside it; nil where there is none.
    func number(_ kind: Value.NumberKind, step: Int64, _ chance: inout SeededChance) -> Int64? {
        guard let value = chance.pick(numbers[kind] ?? []) else { return nil }
        return value + (Int64(chance.below(3)) - 1) * step
    }
}
