/// Turns checked conditions into formulas. What is too large becomes a question that nothing is known of.
struct ConditionReader {
    /// The conditions of an entry speak of the incoming event, which is the run's own from there on.
    var eventIsEntry = false
    /// How many nodes are still looked at: conditions refer to segments, which refer to segments.
    private var nodesLeft = 400
    private var opaqueCount = 0

    init(eventIsEntry: Bool = false) {
        self.eventIsEntry = eventIsEntry
    }

    mutating func read(_ node: TypedNode, holds: Bool = true) -> ConditionFormula {
        nodesLeft -= 1
        guard nodesLeft > 0 else { return unknown() }
        switch node.kind {
        case .constant(let value): return .constant(value.isTrue == holds)
        case .not(let operand): return read(operand, holds: !holds)
        case .and(let operands):
            let parts = operands.map { read($0, holds: holds) }
            return holds ? .all(parts) : .any(parts)
        case .or(let operands):
            let parts = operands.map { read($0, holds: holds) }
            return holds ? .any(parts) : .all(parts)
        case .inSegment(_, let condition): return read(condition, holds: holds)
        case .compare(let comparison, let left, let right):
            return compare(comparison, left, right, node, holds: holds)
        case .isAmong(let operand, let values): return among(operand, values, node, holds: holds)
        case .text(let textOperator, let left, let right):
            guard case .constant(.text(let part)) = right.kind else {
                return opaque(node, needs: [left, right], holds: holds)
            }
            return text(left, .search(textOperator, part), holds: holds)
        case .matches(let operand, let glob): return text(operand, .glob(glob), holds: holds)
        case .listContains(let list, let item): return opaque(node, needs: [list, item], holds: holds)
        case .isKnown(let operand): return known(operand, holds: holds)
        case .isMissing(let operand): return known(operand, holds: !holds)
        case .fact(.history(let query)): return history(query, node, holds: holds)
        case .field, .local, .fact, .fallback:
            return .question(term(node), .numbers([1...1]), holds: holds)
        // None of these is a truth value, so the checker lets none of them stand here.
        case .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .arithmetic, .textLength,
            .listCount:
            return opaque(node, needs: [], holds: holds)
        }
    }

    // MARK: Questions

    private mutating func compare(
        _ comparison: Comparison, _ left: TypedNode, _ right: TypedNode, _ node: TypedNode, holds: Bool
    ) -> ConditionFormula {
        if case .fallback(let first, let second) = left.kind {
            return either(first, second, holds: holds) { reader, operand in
                reader.compare(comparison, operand, right, node, holds: holds)
            }
        }
        if case .constant(let value) = right.kind {
            if case .constant(let other) = left.kind {
                return .constant(comparison.holds(other, value) == holds)
            }
            return compare(left, comparison, value, node, holds: holds)
        }
        if case .constant(let value) = left.kind {
            return compare(right, comparison.mirrored, value, node, holds: holds)
        }
        if case .fallback = right.kind {
            return compare(comparison.mirrored, right, left, node, holds: holds)
        }
        guard left.type.type.isComparable(with: right.type.type) else {
            return opaque(node, needs: [left, right], holds: holds)
        }
        return .relation(term(left), term(right), ConditionOrder(comparison), holds: holds)
    }

    /// A value against a constant.
    private mutating func compare(
        _ operand: TypedNode, _ comparison: Comparison, _ value: Value, _ node: TypedNode, holds: Bool
    ) -> ConditionFormula {
        switch value {
        case .number(let number, _):
            return .question(term(operand), .numbers(Self.ranges(comparison, number)), holds: holds)
        case .bool(let flag):
            return .question(term(operand), .numbers(Self.ranges(comparison, flag ? 1 : 0)), holds: holds)
        case .text(let bytes):
            switch comparison {
            case .equal: return .question(term(operand), .texts([bytes]), holds: holds)
            case .notEqual:
                // Known, and another: unequal to a missing value nothing is.
                return holds
                    ? .all([
                        known(operand, holds: true), .question(term(operand), .texts([bytes]), holds: false),
                    ])
                    : .any([
                        known(operand, holds: false), .question(term(operand), .texts([bytes]), holds: true),
                    ])
            case .less, .lessOrEqual, .greater, .greaterOrEqual:
                return .question(term(operand), .text(.order(comparison, bytes)), holds: holds)
            }
        case .missing, .list: return opaque(node, needs: [], holds: holds)
        }
    }

    private mutating func among(
        _ operand: TypedNode, _ values: [Value], _ node: TypedNode, holds: Bool
    ) -> ConditionFormula {
        switch operand.kind {
        case .constant(let value): return .constant(values.contains(value) == holds)
        case .fallback(let first, let second):
            return either(first, second, holds: holds) { reader, operand in
                reader.among(operand, values, node, holds: holds)
            }
        default: break
        }
        var numbers: [Int64] = []
        var texts: Set<[UInt8]> = []
        for value in values {
            switch value {
            case .number(let number, _): numbers.append(number)
            case .bool(let flag): numbers.append(flag ? 1 : 0)
            case .text(let bytes): texts.insert(bytes)
            case .missing, .list: return opaque(node, needs: [operand], holds: holds)
            }
        }
        if operand.type.type.isTextual { return .question(term(operand), .texts(texts), holds: holds) }
        return .question(term(operand), .numbers(Set(numbers).sorted().map { $0...$0 }), holds: holds)
    }

    private mutating func text(_ operand: TypedNode, _ question: TextQuestion, holds: Bool)
        -> ConditionFormula
    {
        if case .constant(.text(let bytes)) = operand.kind {
            return .constant(question.holds(bytes) == holds)
        }
        return .question(term(operand), .text(question), holds: holds)
    }

    /// A question about `default(x, y)` is one about `x` where it is known, else about `y`. That it fails is not the
    /// opposite of the same: it fails about the one that is asked.
    private mutating func either(
        _ first: TypedNode, _ second: TypedNode, holds: Bool,
        _ ask: (inout ConditionReader, TypedNode) -> ConditionFormula
    ) -> ConditionFormula {
        .any([
            .all([known(first, holds: true), ask(&self, first)]),
            .all([known(first, holds: false), ask(&self, second)]),
        ])
    }

    private mutating func known(_ node: TypedNode, holds: Bool) -> ConditionFormula {
        nodesLeft -= 1
        guard nodesLeft > 0 else { return unknown() }
        switch node.kind {
        case .textLength(let operand), .listCount(let operand): return known(operand, holds: holds)
        case .fallback(let first, let second):
            let parts = [known(first, holds: holds), known(second, holds: holds)]
            return holds ? .any(parts) : .all(parts)
        case .constant(let value): return .constant(!value.isMissing == holds)
        case .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .fact,
            .inSegment, .not,
            .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown, .isMissing,
            .arithmetic:
            return .question(term(node), .known, holds: holds)
        }
    }

    /// `any` and `none` are questions about `count`.
    private mutating func history(_ query: HistoryQuery, _ node: TypedNode, holds: Bool)
        -> ConditionFormula
    {
        let numbers: ClosedRange<Int64>
        switch query.function {
        case .any: numbers = 1...(.max)
        case .none: numbers = 0...0
        case .count, .first, .last, .sum, .sent, .delivered, .opened, .clicked, .replied:
            return .question(term(node), .numbers([1...1]), holds: holds)
        }
        let count = HistoryQuery(
            function: .count, subject: query.subject, field: query.field, window: query.window,
            filter: query.filter,
            link: query.link)
        let counted = TypedNode(
            .fact(.history(count)), TypeInfo(.int), span: node.span, range: node.range)
        return .question(term(counted), .numbers([numbers]), holds: holds)
    }

    private mutating func opaque(_ node: TypedNode, needs: [TypedNode], holds: Bool)
        -> ConditionFormula
    {
        .opaque(
            Self.canonical(node), needs: needs.flatMap { Self.needed(by: $0, eventIsEntry) }, holds: holds
        )
    }

    /// A question of its own each time: nothing contradicts it.
    private mutating func unknown() -> ConditionFormula {
        opaqueCount += 1
        return .any([.constant(true)])
    }

    private static func ranges(_ comparison: Comparison, _ number: Int64) -> [ClosedRange<Int64>] {
        switch comparison {
        case .equal: [number...number]
        case .notEqual: ConditionDomain.gaps([number...number])
        case .less: number == .min ? [] : [.min...(number - 1)]
        case .lessOrEqual: [.min...number]
        case .greater: number == .max ? [] : [(number + 1)...(.max)]
        case .greaterOrEqual: [number...(.max)]
        }
    }

    // MARK: Terms

    private func term(_ node: TypedNode) -> ConditionTerm {
        Self.term(node, eventIsEntry)
    }

    private static func term(_ node: TypedNode, _ eventIsEntry: Bool) -> ConditionTerm {
        var values = ConditionDomain.Values(node.type.type)
        switch node.kind {
        case .field(let field):
            return ConditionTerm(
                key: .field(field.slot), mayBeMissing: field.type.isOptional, values: values, needs: [])
        case .fact(.field(let root, let field)):
            // Lists of records are the one thing that an event may leave out though nothing calls them optional.
            let isList = if case .list = field.type.type { true } else { false }
            let isEntry = root == .entry || eventIsEntry
            return ConditionTerm(
                key: isEntry ? .entry(field.name) : .event(field.name),
                mayBeMissing: field.type.isOptional || isList || field.event == nil, values: values,
                needs: [])
        case .textLength, .listCount: values = .numbers([0...(.max)])
        case .fact(.history(let query)) where query.function == .count: values = .numbers([0...(.max)])
        default: break
        }
        return ConditionTerm(
            key: .other(canonical(node)), mayBeMissing: mayBeMissing(node), values: values,
            needs: node.isLogical ? [] : node.strictOperands.flatMap { needed(by: $0, eventIsEntry) })
    }

    /// The term of a node, where the node can be missing at all.
    private static func needed(by node: TypedNode, _ eventIsEntry: Bool) -> [ConditionTerm] {
        switch node.kind {
        case .constant, .fallback, .now, .runStartedAt: []
        case .textLength(let operand), .listCount(let operand): needed(by: operand, eventIsEntry)
        default: [term(node, eventIsEntry)]
        }
    }

    private static func mayBeMissing(_ node: TypedNode) -> Bool {
        switch node.kind {
        case .now, .runStartedAt: false
        case .constant(let value): value.isMissing
        case .fact(.history(let query)): query.function != .count
        case .textLength(let operand), .listCount(let operand):
            if case .field(let field) = operand.kind { field.type.isOptional } else { true }
        default: !node.isLogical
        }
    }

    private static func canonical(_ node: TypedNode) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.namesInside = true
        node.writeCanonical(into: &writer)
        return writer.bytes
    }
}

extension ConditionDomain.Values {
    init(_ type: ValueType) {
        switch type {
        case .bool: self = .numbers([0...1])
        case .int, .decimal, .money, .date, .instant, .duration: self = .numbers([.min...(.max)])
        case .oneOf(let words): self = .texts(.init(few: Set(words.map { Array($0.utf8) })))
        case .channelKind: self = .texts(.init(few: Set(Catalog.channelKinds.map { Array($0.utf8) })))
        case .text, .email, .phone, .country, .locale: self = .texts(.init())
        case .list, .unknown: self = .open
        }
    }
}

extension ValueType {
    /// Whether one of less, equal and greater holds between any two values.
    fileprivate func isComparable(with other: ValueType) -> Bool {
        if isTextual { return other.isTextual }
        return self == .bool ? other == .bool : numberKind != nil && numberKind == other.numberKind
    }
}

extension TypedNode {
    /// Always true or false, never missing.
    fileprivate var isLogical: Bool {
        switch kind {
        case .inSegment, .not, .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown,
            .isMissing:
            true
        case .constant, .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink,
            .preferencesLink, .browserLink, .fact,
            .arithmetic, .textLength, .listCount, .fallback:
            false
        }
    }

    /// Operands without which the node has no value.
    fileprivate var strictOperands: [TypedNode] {
        if case .arithmetic(_, let left, let right) = kind { [left, right] } else { [] }
    }
}
