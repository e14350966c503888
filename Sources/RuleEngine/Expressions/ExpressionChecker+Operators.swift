/// The operators between two values: which types go together, and what they become.
extension ExpressionChecker {
    mutating func checkBinary(
        _ binaryOperator: ExpressionSyntax.BinaryOperator, _ left: ExpressionSyntax, _ right: ExpressionSyntax,
        _ operatorRange: Range<Int>, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        switch binaryOperator {
        case .comparison(let comparison):
            let first = check(left, known: known)
            let second = check(right, known: known)
            guard let first, let second else { return nil }
            return compare(comparison, first, second, operatorRange, syntax)
        case .isIn: return checkIn(left, right, operatorRange, syntax, known: known)
        case .text(.contains): return checkContains(left, right, operatorRange, syntax, known: known)
        case .text(let textOperator):
            let first = checkText(left, of: textOperator.rawValue, known: known)
            let second = checkText(right, of: textOperator.rawValue, known: known)
            guard let first, let second else { return nil }
            return node(.text(textOperator, first, second), TypeInfo(.bool), syntax)
        case .matches:
            let operand = checkText(left, of: "matches", known: known)
            guard case .literal(.text(let pattern)) = right.kind else {
                return fail(.expressionPatternNotConstant(at: span(right)))
            }
            return operand.map { node(.matches($0, Glob(pattern)), TypeInfo(.bool), syntax) }
        case .add, .subtract, .multiply, .divide:
            let first = checkPresent(left, known: known)
            let second = checkPresent(right, known: known)
            guard let first, let second else { return nil }
            return calculate(binaryOperator, first, second, operatorRange, syntax)
        }
    }

    // MARK: Comparisons

    private mutating func compare(
        _ comparison: Comparison, _ left: TypedNode, _ right: TypedNode, _ operatorRange: Range<Int>,
        _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        let types = (left.type.type, right.type.type)
        switch types {
        case (.int, .decimal): return compareWithDecimal(comparison, left, right, syntax)
        case (.decimal, .int): return compareWithDecimal(comparison.mirrored, right, left, syntax)
        case (.date, .instant) where comparison.isOrdering && right.isFixedInTime:
            return compareWithInstant(comparison, left, right, syntax)
        case (.instant, .date) where comparison.isOrdering && left.isFixedInTime:
            return compareWithInstant(comparison.mirrored, right, left, syntax)
        case (let first, let second) where first.isTextual && second.isTextual:
            guard isPossible(right, for: left), isPossible(left, for: right) else { return nil }
        case (let first, let second) where first == second:
            if case .list = first { fallthrough }
        default:
            return fail(
                .expressionCannotCompare(
                    types.0, types.1, with: comparison.rawValue, help: Self.compareHelp(left, right),
                    at: text.span(operatorRange)))
        }
        if comparison.isOrdering {
            for type in [types.0, types.1] where !type.isOrdered {
                return fail(.expressionNoOrder(type, with: comparison.rawValue, at: text.span(operatorRange)))
            }
        }
        return node(.compare(comparison, left, right), TypeInfo(.bool), syntax)
    }

    /// An int and a decimal are compared as integers, because scaling the int up could overflow:
    /// `n < d` is `n < ceiling(d)`, `n <= d` is `n <= floor(d)`, and so on.
    private mutating func compareWithDecimal(
        _ comparison: Comparison, _ whole: TypedNode, _ decimal: TypedNode, _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        func rounded(_ rounding: Arithmetic) -> TypedNode {
            if case .constant(.number(let value, _)) = decimal.kind, let result = rounding.apply(value, 0) {
                return TypedNode(
                    .constant(.number(result, .int)), TypeInfo(.int), span: decimal.span, range: decimal.range)
            }
            return TypedNode(
                .arithmetic(rounding, decimal, decimal), TypeInfo(.int, isOptional: decimal.type.isOptional),
                span: decimal.span, range: decimal.range)
        }
        func compared(_ comparison: Comparison, _ rounding: Arithmetic) -> TypedNode {
            node(.compare(comparison, whole, rounded(rounding)), TypeInfo(.bool), syntax)
        }
        if !comparison.isOrdering, case .constant(.number(let value, _)) = decimal.kind {
            guard value % Arithmetic.scale == 0 else {
                return fail(
                    .expressionImpossibleValue(
                        String(
                            decoding: text.bytes[start + decimal.range.lowerBound..<start + decimal.range.upperBound],
                            as: UTF8.self),
                        type: .int, nearest: nil, at: decimal.span, declared: nil))
            }
            return compared(comparison, .floor)
        }
        switch comparison {
        case .less, .greaterOrEqual: return compared(comparison, .ceiling)
        case .lessOrEqual, .greater: return compared(comparison, .floor)
        case .equal:
            return node(
                .and([compared(.lessOrEqual, .floor), compared(.greaterOrEqual, .ceiling)]), TypeInfo(.bool), syntax)
        case .notEqual:
            return node(.or([compared(.less, .ceiling), compared(.greater, .floor)]), TypeInfo(.bool), syntax)
        }
    }

    /// A date stands for its midnight on the project's clock.
    private func compareWithInstant(
        _ comparison: Comparison, _ date: TypedNode, _ instant: TypedNode, _ syntax: ExpressionSyntax
    ) -> TypedNode {
        let rounding: LocalDayQuery.Rounding =
            switch comparison {
            case .less, .greaterOrEqual: .ceiling
            case .lessOrEqual, .greater, .equal, .notEqual: .floor
            }
        let query = LocalDayQuery(
            instant: instant, rounding: rounding, zoneName: scope.zoneName, zone: scope.zone)
        let day = TypedNode(
            .fact(.localDay(query)), TypeInfo(.date, isOptional: instant.type.isOptional), span: instant.span,
            range: instant.range)
        return node(.compare(comparison, date, day), TypeInfo(.bool), syntax)
    }

    /// A fixed text that a field can never hold is a typo, not a condition.
    private mutating func isPossible(_ value: TypedNode, for other: TypedNode) -> Bool {
        guard case .constant(.text(let bytes)) = value.kind else { return true }
        let spelling = String(decoding: bytes, as: UTF8.self)
        let type = other.type.type
        let candidates: [String]
        switch type {
        case .oneOf(let values): candidates = values
        case .channelKind: candidates = Catalog.channelKinds
        case .country:
            let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
            if bytes.count == 2, bytes.allSatisfy({ letters.contains($0) }) { return true }
            candidates = []
        default: return true
        }
        if candidates.contains(spelling) { return true }
        var declared: SourceSpan?
        if case .field(let field) = other.kind { declared = scope.schema.fields[field.slot].declaration }
        _ = fail(
            .expressionImpossibleValue(
                spelling, type: type, nearest: NearestName.of(spelling, among: candidates), at: value.span,
                declared: declared))
        return false
    }

    private static func compareHelp(_ left: TypedNode, _ right: TypedNode) -> String? {
        func isText(_ node: TypedNode) -> Bool {
            if case .constant(.text) = node.kind { true } else { false }
        }
        let types = [left.type.type, right.type.type]
        if isText(left) || isText(right), types.contains(where: { $0.numberKind != nil || $0 == .bool }) {
            return "write the value without quotes"
        }
        if types.contains(.money), types.contains(.int) || types.contains(.decimal) {
            return "write an amount with its currency: `EUR 20`"
        }
        if types.contains(.date), types.contains(.instant) {
            return "compare a date with a date, or with `now`: `contact.renewal_date < now + 3d`"
        }
        if types.contains(where: { if case .list = $0 { true } else { false } }) {
            return "to look into a list, write `contains`"
        }
        return nil
    }

    // MARK: Lists and texts

    private mutating func checkIn(
        _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ operatorRange: Range<Int>, _ syntax: ExpressionSyntax,
        known: Set<KnownValue>
    ) -> TypedNode? {
        let operand = check(left, known: known)
        if case .list(let items) = right.kind {
            return operand.flatMap { among($0, items, "in", operatorRange, syntax) }
        }
        guard let list = check(right, known: known), let operand else { return nil }
        guard case .list = list.type.type else {
            return fail(.expressionWrongOperand(list.type.type, of: "in", needs: "a list", at: span(right)))
        }
        return listContains(list, operand, left, "in", syntax)
    }

    private mutating func checkContains(
        _ left: ExpressionSyntax, _ right: ExpressionSyntax, _ operatorRange: Range<Int>, _ syntax: ExpressionSyntax,
        known: Set<KnownValue>
    ) -> TypedNode? {
        let part = check(right, known: known)
        if case .list(let items) = left.kind {
            return part.flatMap { among($0, items, "contains", operatorRange, syntax) }
        }
        guard let whole = check(left, known: known), let part else { return nil }
        if case .list = whole.type.type { return listContains(whole, part, right, "contains", syntax) }
        guard whole.type.type.isTextual else {
            return fail(
                .expressionWrongOperand(
                    whole.type.type, of: "contains", needs: "a text or a list", at: span(left)))
        }
        guard part.type.type.isTextual else {
            return fail(.expressionWrongOperand(part.type.type, of: "contains", needs: "a text", at: span(right)))
        }
        return node(.text(.contains, whole, part), TypeInfo(.bool), syntax)
    }

    private mutating func listContains(
        _ list: TypedNode, _ item: TypedNode, _ itemSyntax: ExpressionSyntax, _ spelling: String,
        _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        guard item.type.type.isTextual else {
            return fail(
                .expressionWrongOperand(item.type.type, of: spelling, needs: "a text", at: span(itemSyntax)))
        }
        return node(.listContains(list, item), TypeInfo(.bool), syntax)
    }

    private mutating func among(
        _ operand: TypedNode, _ items: [ExpressionSyntax], _ spelling: String, _ operatorRange: Range<Int>,
        _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        if case .list = operand.type.type {
            return fail(
                .expressionWrongOperand(operand.type.type, of: spelling, needs: "a single value", at: operand.span))
        }
        var values: [Value] = []
        for item in items {
            guard let checked = check(item, known: []) else { continue }
            guard case .constant(let value) = checked.kind else {
                _ = fail(.expressionListItemNotConstant(at: span(item)))
                continue
            }
            if let value = converted(value, checked, for: operand) { values.append(value) }
        }
        // Order and repetition of the items mean nothing; sorting them keeps the canonical form apart from both.
        guard values.count == items.count else { return nil }
        return node(.isAmong(operand, Self.sortedSet(values)), TypeInfo(.bool), syntax)
    }

    private mutating func converted(_ value: Value, _ item: TypedNode, for operand: TypedNode) -> Value? {
        switch (operand.type.type, item.type.type, value) {
        case (.decimal, .int, .number(let number, _)):
            if let scaled = Arithmetic.multiply.apply(number, Arithmetic.scale) { return .number(scaled, .decimal) }
            _ = fail(.expressionNumberOutOfRange(at: item.span))
            return nil
        case (.int, .decimal, .number(let number, _)) where number % Arithmetic.scale == 0:
            return .number(number / Arithmetic.scale, .int)
        case (let type, let other, _) where type.isTextual && other.isTextual:
            return isPossible(item, for: operand) ? value : nil
        case (let type, let other, _) where type == other: return value
        case (let type, let other, _):
            _ = fail(
                .expressionCannotCompare(
                    type, other, with: "in", help: Self.compareHelp(operand, item), at: item.span))
            return nil
        }
    }

    private static func sortedSet(_ values: [Value]) -> [Value] {
        Set(values).sorted { left, right in
            switch (left, right) {
            case (.number(let left, _), .number(let right, _)): left < right
            case (.text(let left), .text(let right)): left.lexicographicallyPrecedes(right)
            case (.bool(let left), .bool(let right)): !left && right
            default: false
            }
        }
    }

    private mutating func checkText(_ syntax: ExpressionSyntax, of spelling: String, known: Set<KnownValue>)
        -> TypedNode?
    {
        guard let operand = check(syntax, known: known) else { return nil }
        guard operand.type.type.isTextual else {
            return fail(.expressionWrongOperand(operand.type.type, of: spelling, needs: "a text", at: span(syntax)))
        }
        return operand
    }

    // MARK: Arithmetic

    mutating func checkNegation(
        _ operand: ExpressionSyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        guard let value = checkPresent(operand, known: known) else { return nil }
        switch value.type.type {
        case .int, .decimal, .money, .duration: break
        default: return fail(.expressionWrongOperand(value.type.type, of: "-", needs: "a number", at: span(operand)))
        }
        let zero = node(.constant(.number(0, value.type.type.numberKind ?? .int)), TypeInfo(value.type.type), syntax)
        return folded(.subtract, zero, value, value.type.type, syntax)
    }

    /// An operand of arithmetic, which must not be missing.
    private mutating func checkPresent(_ syntax: ExpressionSyntax, known: Set<KnownValue>) -> TypedNode? {
        guard let operand = check(syntax, known: known) else { return nil }
        guard operand.type.isOptional else { return operand }
        let source = source(syntax)
        let zero =
            switch operand.type.type {
            case .money: "\(scope.currency) 0"
            case .duration: "0d"
            case .date: "2027-01-01"
            default: "0"
            }
        if case .field(let field) = operand.kind {
            return fail(
                .valueMayBeMissing(
                    source, field: scope.schema.fields[field.slot], at: operand.span,
                    help: "put `\(source) is known and` in front, or write `default(\(source), \(zero))`"))
        }
        var help = "write `default(\(source), \(zero))`"
        switch operand.kind {
        case .fact(.field), .fact(.history): help = "put `\(source) is known and` in front, or " + help
        default: break
        }
        return fail(.valueMayBeMissing(source, field: nil, at: operand.span, help: help))
    }

    private mutating func calculate(
        _ binaryOperator: ExpressionSyntax.BinaryOperator, _ left: TypedNode, _ right: TypedNode,
        _ operatorRange: Range<Int>, _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        switch (binaryOperator, left.type.type, right.type.type) {
        case (.add, .int, .decimal): return folded(.add, scaled(left), right, .decimal, syntax)
        case (.add, .decimal, .int): return folded(.add, left, scaled(right), .decimal, syntax)
        case (.add, .int, .int), (.add, .decimal, .decimal), (.add, .money, .money), (.add, .duration, .duration):
            return folded(.add, left, right, left.type.type, syntax)
        case (.add, .instant, .duration): return folded(.add, left, right, .instant, syntax)
        case (.add, .duration, .instant): return folded(.add, right, left, .instant, syntax)
        case (.add, .date, .duration): return folded(.addDays, left, right, .date, syntax)
        case (.add, .duration, .date): return folded(.addDays, right, left, .date, syntax)

        case (.subtract, .int, .decimal): return folded(.subtract, scaled(left), right, .decimal, syntax)
        case (.subtract, .decimal, .int): return folded(.subtract, left, scaled(right), .decimal, syntax)
        case (.subtract, .int, .int), (.subtract, .decimal, .decimal), (.subtract, .money, .money),
            (.subtract, .duration, .duration):
            return folded(.subtract, left, right, left.type.type, syntax)
        case (.subtract, .instant, .duration): return folded(.subtract, left, right, .instant, syntax)
        case (.subtract, .instant, .instant): return folded(.subtract, left, right, .duration, syntax)
        case (.subtract, .date, .duration): return folded(.subtractDays, left, right, .date, syntax)
        case (.subtract, .date, .date): return folded(.daysBetween, left, right, .duration, syntax)

        case (.multiply, .int, .int): return folded(.multiply, left, right, .int, syntax)
        case (.multiply, .decimal, .decimal), (.multiply, .money, .decimal), (.multiply, .duration, .decimal):
            return folded(.multiplyScaled, left, right, left.type.type, syntax)
        case (.multiply, .decimal, .money), (.multiply, .decimal, .duration):
            return folded(.multiplyScaled, left, right, right.type.type, syntax)
        case (.multiply, .decimal, .int), (.multiply, .money, .int), (.multiply, .duration, .int):
            return folded(.multiply, left, right, left.type.type, syntax)
        case (.multiply, .int, .decimal), (.multiply, .int, .money), (.multiply, .int, .duration):
            return folded(.multiply, left, right, right.type.type, syntax)

        case (.divide, .int, .decimal): return folded(.divideScaled, scaled(left), right, .decimal, syntax)
        case (.divide, .int, .int), (.divide, .decimal, .decimal), (.divide, .money, .money),
            (.divide, .duration, .duration):
            return folded(.divideScaled, left, right, .decimal, syntax)
        case (.divide, .money, .decimal), (.divide, .duration, .decimal):
            return folded(.divideScaled, left, right, left.type.type, syntax)
        case (.divide, .decimal, .int), (.divide, .money, .int), (.divide, .duration, .int):
            return folded(.divide, left, right, left.type.type, syntax)

        default:
            return fail(
                .expressionWrongArithmetic(
                    left.type.type, right.type.type, with: binaryOperator.spelling,
                    help: Self.arithmeticHelp(left.type.type, right.type.type), at: text.span(operatorRange)))
        }
    }

    private static func arithmeticHelp(_ left: ValueType, _ right: ValueType) -> String? {
        if left.isTextual || right.isTextual { return "texts are put together in templates, not in expressions" }
        if [left, right].contains(.date), [left, right].contains(.instant) {
            return "calculate with dates among themselves, or with a duration: `contact.renewal_date - 30d`"
        }
        if [left, right].contains(.money) { return "write an amount with its currency: `EUR 20`" }
        if [left, right].contains(.date) || [left, right].contains(.instant) { return "write a duration: `14d`" }
        return nil
    }

    /// Constants are calculated now, so that a division by a fixed zero is found before anything is sent.
    private mutating func folded(
        _ arithmetic: Arithmetic, _ left: TypedNode, _ right: TypedNode, _ type: ValueType,
        _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        var divisorMayBeZero = false
        if arithmetic == .divide || arithmetic == .divideScaled {
            divisorMayBeZero = true
            if case .constant(.number(let divisor, _)) = right.kind {
                guard divisor != 0 else { return fail(.expressionConstantFails("division by zero", at: right.span)) }
                divisorMayBeZero = false
            }
        }
        if case .constant(.number(let first, _)) = left.kind, case .constant(.number(let second, _)) = right.kind,
            let kind = type.numberKind
        {
            guard let result = arithmetic.apply(first, second) else {
                return fail(.expressionConstantFails("the result is too large", at: span(syntax)))
            }
            return node(.constant(.number(result, kind)), TypeInfo(type), syntax)
        }
        return node(
            .arithmetic(arithmetic, left, right), TypeInfo(type, isOptional: divisorMayBeZero), syntax)
    }
}

extension ValueType {
    /// Whether `<` makes sense.
    var isOrdered: Bool {
        switch self {
        case .text, .email, .phone, .country, .locale, .int, .decimal, .money, .date, .instant, .duration: true
        case .bool, .channelKind, .oneOf, .list, .unknown: false
        }
    }
}
