/// A checked text as the renderer runs it: a flat list of small steps over one pool of constant bytes.
///
/// A class, so that handing it around counts one reference and not one for every list in it: that alone was half of
/// the time of a rendering.
final class TemplateProgram: Sendable {
    /// A range of `constants`.
    struct Bytes: Sendable {
        var start: Int32 = 0
        var end: Int32 = 0
    }

    /// A contact field that is copied from the page: by far the most frequent value.
    struct Field: Sendable {
        let slot: Int32
        let escape: Escape
        /// Written around a value that is known; escaped already.
        var before = Bytes()
        var after = Bytes()
        /// Written where it is missing; nil where the compiler took it for known.
        var missing: Bytes?
        /// A whole number instead of a text.
        var isNumber = false
    }

    /// A class for the same reason as the program.
    final class Output: Sendable {
        let expression: TypedExpression
        let steps: [FilterStep]
        let escape: Escape

        init(expression: TypedExpression, steps: [FilterStep], escape: Escape) {
            self.expression = expression
            self.steps = steps
            self.escape = escape
        }
    }

    struct Loop: Sendable {
        let variable: String
        /// What its fields are called where an item is a record: `item.name`.
        let fields: [String]
        let list: TypedExpression
    }

    /// Holds no references, so that running through the steps counts none.
    enum Step: Sendable {
        case constant(Bytes)
        case field(Int32)
        case senderName(Escape)
        case senderPostalAddress(Escape)
        case unsubscribeLink(Escape)
        case output(Int32)
        case jumpUnless(condition: Int32, to: Int32)
        case jumpUnlessKnown(slot: Int32, to: Int32)
        case jump(Int32)
        /// Reads the list; an empty one goes to `end`.
        case beginLoop(Int32, end: Int32)
        /// The next item, back to `start`, or on.
        case nextItem(start: Int32)
    }

    let steps: [Step]
    let constants: [UInt8]
    let fields: [Field]
    let outputs: [Output]
    let conditions: [TypedExpression]
    let loops: [Loop]
    /// No branches, no loops, no filters that compute.
    let isStraight: Bool
    let usesSender: Bool
    let formats: LanguageTables
    let currency: String

    init(_ nodes: [CheckedTextNode], formats: LanguageTables, currency: String) {
        var lowering = Lowering()
        lowering.lower(nodes)
        steps = lowering.steps
        constants = lowering.constants
        fields = lowering.fields
        outputs = lowering.outputs
        conditions = lowering.conditions
        loops = lowering.loops
        isStraight = steps.allSatisfy(\.isCopy)
        usesSender = steps.contains { step in
            switch step {
            case .senderName, .senderPostalAddress, .unsubscribeLink: true
            case .constant, .field, .output, .jump, .jumpUnless, .jumpUnlessKnown, .beginLoop, .nextItem: false
            }
        }
        self.formats = formats
        self.currency = currency
    }
}

/// Makes the list of steps.
private struct Lowering {
    typealias Bytes = TemplateProgram.Bytes
    typealias Field = TemplateProgram.Field
    typealias Output = TemplateProgram.Output
    typealias Loop = TemplateProgram.Loop
    typealias Step = TemplateProgram.Step

    var steps: [Step] = []
    var constants: [UInt8] = []
    var fields: [Field] = []
    var outputs: [Output] = []
    var conditions: [TypedExpression] = []
    var loops: [Loop] = []

    mutating func lower(_ nodes: [CheckedTextNode]) {
        for node in nodes {
            switch node {
            case .constant(let bytes): appendConstant(bytes)
            case .output(let output): lower(output)
            case .link(_, _, let body): lower(body)
            case .content: break
            case .branch(let arms): lower(arms)
            case .loop(let variable, let record, let list, let body):
                let index = Int32(loops.count)
                loops.append(Loop(variable: variable, fields: record.map { "\(variable).\($0)" }, list: list))
                let begin = steps.count
                steps.append(.beginLoop(index, end: 0))
                lower(body)
                steps.append(.nextItem(start: Int32(begin + 1)))
                steps[begin] = .beginLoop(index, end: Int32(steps.count))
            }
        }
    }

    private mutating func appendConstant(_ bytes: [UInt8]) {
        if !bytes.isEmpty { steps.append(.constant(pool(bytes))) }
    }

    private mutating func pool(_ bytes: [UInt8]) -> Bytes {
        let start = Int32(constants.count)
        constants.append(contentsOf: bytes)
        return Bytes(start: start, end: Int32(constants.count))
    }

    private mutating func lower(_ arms: [CheckedArm]) {
        var exits: [Int] = []
        for (index, arm) in arms.enumerated() {
            var test: Int?
            if arm.condition != nil {
                test = steps.count
                steps.append(.jump(0))
            }
            lower(arm.body)
            if index + 1 < arms.count {
                exits.append(steps.count)
                steps.append(.jump(0))
            }
            if let test, let condition = arm.condition {
                steps[test] = jump(unless: condition, to: Int32(steps.count))
            }
        }
        for exit in exits { steps[exit] = .jump(Int32(steps.count)) }
    }

    private mutating func jump(unless condition: TypedExpression, to target: Int32) -> Step {
        if case .isKnown(let operand) = condition.root.kind, case .field(let field) = operand.kind {
            return .jumpUnlessKnown(slot: Int32(field.slot), to: target)
        }
        conditions.append(condition)
        return .jumpUnless(condition: Int32(conditions.count - 1), to: target)
    }

    private mutating func lower(_ output: CheckedOutput) {
        if output.steps.isEmpty {
            switch output.expression.root.kind {
            case .unsubscribeLink: return steps.append(.unsubscribeLink(output.escape))
            case .sender(.name): return steps.append(.senderName(output.escape))
            case .sender(.postal_address): return steps.append(.senderPostalAddress(output.escape))
            default: break
            }
        }
        if let field = field(output) {
            fields.append(field)
            return steps.append(.field(Int32(fields.count - 1)))
        }
        outputs.append(Output(expression: output.expression, steps: output.steps, escape: output.escape))
        steps.append(.output(Int32(outputs.count - 1)))
    }

    /// The fast form of an output, where it has one.
    private mutating func field(_ output: CheckedOutput) -> Field? {
        guard let slot = output.expression.fieldSlot, output.escape == .none || output.escape == .html,
            output.steps.count <= 1
        else { return nil }
        var field = Field(slot: Int32(slot), escape: output.escape)
        let isTextual = output.expression.type.type.isTextual
        switch output.steps.first {
        case nil where isTextual: break
        case .defaultText(let text)? where isTextual: field.missing = pool(text, output.escape)
        case .prefix(let text)? where isTextual:
            field.before = pool(text, output.escape)
            field.missing = Bytes()
        case .suffix(let text)? where isTextual:
            field.after = pool(text, output.escape)
            field.missing = Bytes()
        case .plain? where output.expression.type.type == .int: field.isNumber = true
        default: return nil
        }
        return field
    }

    private mutating func pool(_ text: [UInt8], _ escape: Escape) -> Bytes {
        var escaped: [UInt8] = []
        _ = escape.append(text, to: &escaped)
        return pool(escaped)
    }
}
