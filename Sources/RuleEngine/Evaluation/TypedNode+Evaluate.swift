extension TypedNode {
    package func evaluate(in context: borrowing EvaluationContext) -> Value {
        switch kind {
        case .constant(let value): return value
        case .field(let field): return field.value(in: context.page, row: context.row)
        case .local(let name): return context.locals[name] ?? .missing
        case .now: return .number(context.now.microseconds, .instant)
        case .runStartedAt: return .number(context.runStartedAt.microseconds, .instant)
        case .sender(let field): return context.sender[field].map { .text($0) } ?? .missing
        case .unsubscribeLink: return .text(context.unsubscribeLink)
        case .preferencesLink: return .text(context.preferencesLink)
        case .browserLink: return .text(context.browserLink)
        case .fact(let query): return query.evaluate(as: type.type, in: context)
        case .inSegment(_, let condition): return .bool(condition.evaluate(in: context).isTrue)
        case .not(let operand): return .bool(!operand.evaluate(in: context).isTrue)
        case .and(let operands):
            for operand in operands where !operand.evaluate(in: context).isTrue { return .bool(false) }
            return .bool(true)
        case .or(let operands):
            for operand in operands where operand.evaluate(in: context).isTrue { return .bool(true) }
            return .bool(false)
        case .compare(let comparison, let left, let right):
            return .bool(comparison.holds(left.evaluate(in: context), right.evaluate(in: context)))
        case .isAmong(let operand, let values): return .bool(values.contains(operand.evaluate(in: context)))
        case .listContains(let list, let item):
            guard case .list(let items) = list.evaluate(in: context) else { return .bool(false) }
            return .bool(items.contains(item.evaluate(in: context)))
        case .text(let textOperator, let left, let right):
            guard case .text(let text) = left.evaluate(in: context),
                case .text(let part) = right.evaluate(in: context)
            else { return .bool(false) }
            return .bool(
                text.withUnsafeBufferPointer { text in
                    part.withUnsafeBufferPointer { textOperator.holds(text, $0) }
                })
        case .matches(let operand, let glob):
            guard case .text(let text) = operand.evaluate(in: context) else { return .bool(false) }
            return .bool(text.withUnsafeBufferPointer { glob.matches($0) })
        case .isKnown(let operand): return .bool(!operand.evaluate(in: context).isMissing)
        case .isMissing(let operand): return .bool(operand.evaluate(in: context).isMissing)
        case .arithmetic(let arithmetic, let left, let right):
            guard case .number(let first, _) = left.evaluate(in: context),
                case .number(let second, _) = right.evaluate(in: context),
                let kind = type.type.numberKind
            else { return .missing }
            return arithmetic.apply(first, second).map { .number($0, kind) } ?? .missing
        case .textLength(let operand):
            guard case .text(let text) = operand.evaluate(in: context) else { return .missing }
            return .number(text.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }, .int)
        case .listCount(let operand):
            guard case .list(let items) = operand.evaluate(in: context) else { return .missing }
            return .number(Int64(items.count), .int)
        case .fallback(let first, let second):
            let value = first.evaluate(in: context)
            return value.isMissing ? second.evaluate(in: context) : value
        }
    }
}

extension Comparison {
    /// Missing values, and values of different types, compare as false.
    package func holds(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.number(let left, _), .number(let right, _)): holds(left, right)
        case (.bool(let left), .bool(let right)): holds(left ? 1 : 0, right ? 1 : 0)
        case (.text(let left), .text(let right)):
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { holds(Self.order(left, $0), 0) }
            }
        default: false
        }
    }

    /// Negative, zero or positive, by bytes: in UTF-8 that is the order of the code points.
    package static func order(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int64 {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return Int64(left[index]) - Int64(right[index])
        }
        return Int64(left.count) - Int64(right.count)
    }
}

extension FieldReference {
    /// A column that was not loaded gives missing values.
    package func value(in page: borrowing FactPage, row: Int) -> Value {
        guard slot < page.columns.count, row < page.columns[slot].values.count, page.isPresent(slot: slot, row: row)
        else { return .missing }
        let bits = page.columns[slot].values[row]
        switch type.type {
        case .bool: return .bool(bits != 0)
        case .list: return .list(Self.items(PackedText(bits: UInt64(bitPattern: bits)).bytes(pool: page.pool)))
        default:
            if let kind = type.type.numberKind { return .number(bits, kind) }
            return .text(PackedText(bits: UInt64(bitPattern: bits)).bytes(pool: page.pool))
        }
    }

    /// Every item ends with 0x1F.
    private static func items(_ bytes: [UInt8]) -> [Value] {
        bytes.split(separator: 0x1F, omittingEmptySubsequences: false).dropLast().map { .text(Array($0)) }
    }
}

extension PackedText {
    package func bytes(pool: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes, pool: pool)
        return bytes
    }
}
