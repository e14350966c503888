/// A condition taken apart for the evaluators: tests that look at one row, operands that aren't plain fields, and
/// the constants of both. All of it is plain integers, so that a test costs no reference counting.
struct ConditionProgram: Sendable {
    /// The logic over the tests.
    indirect enum Plan: Sendable {
        case test(Test)
        case and([Plan])
        case or([Plan])
        case not(Plan)
    }

    struct Test: Sendable {
        enum Kind: UInt8, Sendable {
            /// Field against an integer, which may stand for a short text.
            case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
            case isKnown, isMissing
            /// Field, numbers `first..<second`, texts in `texts`.
            case isAmong
            /// Operands `first` and `second`.
            case compareNumbers, compareTexts, contains, startsWith, endsWith, listContains
            /// Operand `first`.
            case operandIsKnown, operandIsMissing, operandIsTrue, operandIsAmong, matches
            case never
        }

        var kind: Kind
        var comparison: UInt8 = 0
        var slot: Int32 = 0
        var first: Int32 = 0
        var second: Int32 = 0
        /// Where `isAmong` has longer texts, their range in `texts`; the pattern of `matches`.
        var table: Int32 = 0
        var tableEnd: Int32 = 0
        var value: Int64 = 0
        /// Where to go on in the single evaluator; negative: done.
        var onTrue: Int32 = 0
        var onFalse: Int32 = 0

        /// A field against one constant, or against so few that looking through them is fastest.
        var isPlain: Bool {
            switch kind {
            case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isKnown, .isMissing: true
            case .isAmong: table == tableEnd && second - first <= 16
            case .compareNumbers, .compareTexts, .contains, .startsWith, .endsWith, .listContains, .operandIsKnown,
                .operandIsMissing, .operandIsTrue, .operandIsAmong, .matches, .never:
                false
            }
        }
    }

    struct Operand: Sendable {
        enum Kind: UInt8, Sendable {
            case number, text, field, now, arithmetic, textLength, listCount, fallback, condition
        }

        var kind: Kind
        var arithmetic: Int32 = 0
        var first: Int32 = 0
        var second: Int32 = 0
        var value: Int64 = 0
    }

    var operands: [Operand] = []
    var numbers: [Int64] = []
    /// Bits of packed texts whose bytes lie in `pool`.
    var texts: [UInt64] = []
    var pool: [UInt8] = []
    var globs: [Glob] = []
    /// Conditions that stand where a value is wanted, as in `(a == b) == true`.
    var conditions: [Plan] = []
    /// What is asked beyond the contact's page. The answers stand in slots from `firstFactSlot` on, as if they were
    /// fields.
    var facts: [TypedNode] = []
    let firstFactSlot: Int32

    static let comparisons = Comparison.allCases
}

/// Takes a typed expression apart.
struct ConditionProgramBuilder {
    private(set) var program: ConditionProgram

    init(firstFactSlot: Int) {
        program = ConditionProgram(firstFactSlot: Int32(firstFactSlot))
    }

    mutating func plan(_ node: TypedNode) -> ConditionProgram.Plan {
        switch node.kind {
        case .and(let operands): .and(operands.map { plan($0) })
        case .or(let operands): .or(operands.map { plan($0) })
        case .not(let operand): .not(plan(operand))
        case .inSegment(_, let condition): plan(condition)
        default: .test(test(node))
        }
    }

    private mutating func test(_ node: TypedNode) -> ConditionProgram.Test {
        switch node.kind {
        case .compare(let comparison, let left, let right):
            if let test = fieldTest(comparison, left, right) { return test }
            if let test = fieldTest(comparison.mirrored, right, left) { return test }
            return pair(left.type.type.isTextual ? .compareTexts : .compareNumbers, left, right, comparison)
        case .isAmong(let operand, let values): return among(operand, values)
        case .text(.contains, let whole, let part): return pair(.contains, whole, part)
        case .text(.startsWith, let whole, let part): return pair(.startsWith, whole, part)
        case .text(.endsWith, let whole, let part): return pair(.endsWith, whole, part)
        case .listContains(let list, let item): return pair(.listContains, list, item)
        case .matches(let operand, let glob):
            var test = ConditionProgram.Test(kind: .matches, first: self.operand(operand))
            test.table = Int32(program.globs.count)
            program.globs.append(glob)
            return test
        case .isKnown(let operand): return presence(operand, .isKnown, .operandIsKnown)
        case .isMissing(let operand): return presence(operand, .isMissing, .operandIsMissing)
        case .field, .fact: return ConditionProgram.Test(kind: .notEqual, slot: slot(node) ?? 0, value: 0)
        default: return ConditionProgram.Test(kind: .operandIsTrue, first: operand(node))
        }
    }

    /// A field against a constant: one load and one comparison. A text of up to seven bytes is an integer here, and
    /// equal texts are equal integers; their order isn't the integers' order, though.
    private mutating func fieldTest(
        _ comparison: Comparison, _ left: TypedNode, _ right: TypedNode
    ) -> ConditionProgram.Test? {
        guard case .constant(let constant) = right.kind else { return nil }
        let value: Int64
        switch constant {
        case .number(let number, _): value = number
        case .bool(let flag): value = flag ? 1 : 0
        case .text(let bytes):
            guard !comparison.isOrdering, let packed = PackedText(inline: bytes) else { return nil }
            value = Int64(bitPattern: packed.bits)
        case .missing, .list: return nil
        }
        let kind: ConditionProgram.Test.Kind =
            switch comparison {
            case .equal: .equal
            case .notEqual: .notEqual
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            }
        return slot(left).map { ConditionProgram.Test(kind: kind, slot: $0, value: value) }
    }

    private mutating func among(_ node: TypedNode, _ values: [Value]) -> ConditionProgram.Test {
        guard !values.isEmpty else { return ConditionProgram.Test(kind: .never) }
        let first = program.numbers.count
        let table = program.texts.count
        for value in values {
            switch value {
            case .number(let number, _): program.numbers.append(number)
            case .bool(let flag): program.numbers.append(flag ? 1 : 0)
            case .text(let bytes):
                let packed = pack(bytes)
                if packed.isInline {
                    program.numbers.append(Int64(bitPattern: packed.bits))
                } else {
                    program.texts.append(packed.bits)
                }
            case .missing, .list: break
            }
        }
        program.numbers[first...].sort()
        var test = ConditionProgram.Test(kind: .operandIsAmong)
        if let slot = slot(node) {
            test.kind = .isAmong
            test.slot = slot
        } else {
            test.value = Int64(operand(node))
        }
        test.first = Int32(first)
        test.second = Int32(program.numbers.count)
        test.table = Int32(table)
        test.tableEnd = Int32(program.texts.count)
        return test
    }

    private mutating func presence(
        _ node: TypedNode, _ ofField: ConditionProgram.Test.Kind, _ ofOperand: ConditionProgram.Test.Kind
    ) -> ConditionProgram.Test {
        if let slot = slot(node) { return ConditionProgram.Test(kind: ofField, slot: slot) }
        return ConditionProgram.Test(kind: ofOperand, first: operand(node))
    }

    private mutating func pair(
        _ kind: ConditionProgram.Test.Kind, _ left: TypedNode, _ right: TypedNode, _ comparison: Comparison = .equal
    ) -> ConditionProgram.Test {
        let index = ConditionProgram.comparisons.firstIndex(of: comparison) ?? 0
        return ConditionProgram.Test(
            kind: kind, comparison: UInt8(index), first: operand(left), second: operand(right))
    }

    // MARK: Operands

    /// Where a page's column or that of a fact lies; nil for everything else. Asked once a node: every call for a fact
    /// makes a column.
    private mutating func slot(_ node: TypedNode) -> Int32? {
        switch node.kind {
        case .field(let field): return Int32(field.slot)
        case .fact:
            program.facts.append(node)
            return program.firstFactSlot + Int32(program.facts.count) - 1
        default: return nil
        }
    }

    private mutating func operand(_ node: TypedNode) -> Int32 {
        var operand: ConditionProgram.Operand
        switch node.kind {
        case .constant(.number(let number, _)): operand = .init(kind: .number, value: number)
        case .constant(.bool(let flag)): operand = .init(kind: .number, value: flag ? 1 : 0)
        case .constant(.text(let bytes)):
            operand = .init(kind: .text, value: Int64(bitPattern: pack(bytes).bits))
        case .field, .fact: operand = .init(kind: .field, first: slot(node) ?? 0)
        case .now: operand = .init(kind: .now)
        case .arithmetic(let arithmetic, let left, let right):
            operand = .init(kind: .arithmetic, arithmetic: Int32(arithmetic.rawValue))
            operand.first = self.operand(left)
            operand.second = self.operand(right)
        case .textLength(let inner): operand = .init(kind: .textLength, first: self.operand(inner))
        case .listCount(let inner): operand = .init(kind: .listCount, first: self.operand(inner))
        case .fallback(let first, let second):
            operand = .init(kind: .fallback, first: self.operand(first), second: self.operand(second))
        case .not, .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown, .isMissing,
            .inSegment:
            let plan = plan(node)
            operand = .init(kind: .condition, first: Int32(program.conditions.count))
            program.conditions.append(plan)
        case .constant(.missing), .constant(.list), .local, .runStartedAt, .sender, .unsubscribeLink,
            .preferencesLink, .browserLink:
            preconditionFailure("what belongs to a message has no meaning for an audience")
        }
        program.operands.append(operand)
        return Int32(program.operands.count - 1)
    }

    private mutating func pack(_ bytes: [UInt8]) -> PackedText {
        if let inline = PackedText(inline: bytes) { return inline }
        let packed = PackedText(offset: program.pool.count, length: bytes.count)
        program.pool.append(contentsOf: bytes)
        return packed
    }
}
