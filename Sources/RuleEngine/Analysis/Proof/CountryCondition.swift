/// What a condition shows about the contact's country: those with which it can hold, and those with which it can fail.
/// An abstract interpretation that errs to the side of more countries.
struct CountryCondition {
    var whenTrue: CountrySet
    var whenFalse: CountrySet

    /// It says nothing about the country.
    static let open = CountryCondition(whenTrue: .all, whenFalse: .all)

    init(whenTrue: CountrySet, whenFalse: CountrySet) {
        self.whenTrue = whenTrue
        self.whenFalse = whenFalse
    }

    /// All of them hold, or one of them fails.
    init(all conditions: [TypedExpression], slot: Int) {
        self.init(whenTrue: .all, whenFalse: conditions.isEmpty ? .none : .all)
        guard !conditions.isEmpty else { return }
        whenFalse = .none
        for condition in conditions {
            let part = condition.slots.contains(slot) ? CountryCondition(condition.root, slot: slot) : .open
            whenTrue = whenTrue.intersection(part.whenTrue)
            whenFalse = whenFalse.union(part.whenFalse)
        }
    }

    init(_ node: TypedNode, slot: Int) {
        switch node.kind {
        case .not(let operand):
            let part = CountryCondition(operand, slot: slot)
            self.init(whenTrue: part.whenFalse, whenFalse: part.whenTrue)
        case .and(let operands):
            let parts = operands.map { CountryCondition($0, slot: slot) }
            self.init(
                whenTrue: parts.reduce(.all) { $0.intersection($1.whenTrue) },
                whenFalse: parts.reduce(.none) { $0.union($1.whenFalse) })
        case .or(let operands):
            let parts = operands.map { CountryCondition($0, slot: slot) }
            self.init(
                whenTrue: parts.reduce(.none) { $0.union($1.whenTrue) },
                whenFalse: parts.reduce(.all) { $0.intersection($1.whenFalse) })
        case .inSegment(_, let condition): self.init(condition, slot: slot)
        case .isKnown(let operand) where operand.isField(slot):
            self.init(whenTrue: .known, whenFalse: CountrySet(number: CountrySet.missing))
        case .isMissing(let operand) where operand.isField(slot):
            self.init(whenTrue: CountrySet(number: CountrySet.missing), whenFalse: .known)
        case .isAmong(let operand, let values) where operand.isField(slot):
            self.init(oneOf: CountrySet(values.compactMap(\.code)))
        case .compare(let comparison, let left, let right):
            guard let code = left.isField(slot) ? right.constantCode : right.isField(slot) ? left.constantCode : nil
            else {
                self = .evaluated(node, slot: slot)
                return
            }
            let named = CountrySet([code])
            switch comparison {
            case .equal: self.init(oneOf: named)
            case .notEqual:
                // A comparison with a missing value is false, `!=` included.
                let listed = CountrySet.knows(code) ? named : .none
                self.init(
                    whenTrue: CountrySet.known.subtracting(listed),
                    whenFalse: CountrySet(
                        number: CountrySet.missing
                    ).union(named))
            case .less, .lessOrEqual, .greater, .greaterOrEqual: self = .evaluated(node, slot: slot)
            }
        default: self = .evaluated(node, slot: slot)
        }
    }

    /// True for these codes alone. Of the unlisted codes only one was named, so the others still fail.
    private init(oneOf set: CountrySet) {
        self.init(
            whenTrue: set,
            whenFalse: CountrySet.all.subtracting(set).union(
                set.intersection(CountrySet(number: CountrySet.unlisted))))
    }

    /// What reads nothing but the country is asked once for every country there is.
    private static func evaluated(_ node: TypedNode, slot: Int) -> CountryCondition {
        guard node.readsOnly(slot) else { return .open }
        var page = FactPage(slotCount: slot + 1)
        for number in 0...CountrySet.missing {
            if let code = CountrySet.code(of: number) {
                let text = page.pack(code)
                page.columns[slot].append(Int64(bitPattern: text.bits))
            } else {
                page.columns[slot].appendMissing()
            }
            page.finishRow()
        }
        var result = CountryCondition(whenTrue: .none, whenFalse: .none)
        var context = EvaluationContext(page: page, row: 0, now: Timestamp(microseconds: 0))
        for number in 0...CountrySet.missing {
            context.row = number
            if node.evaluate(in: context).isTrue {
                result.whenTrue.insert(number: number)
            } else {
                result.whenFalse.insert(number: number)
            }
        }
        // Which of the unlisted codes it is, nobody knows.
        result.whenTrue.insert(number: CountrySet.unlisted)
        result.whenFalse.insert(number: CountrySet.unlisted)
        return result
    }
}

extension TypedNode {
    fileprivate func isField(_ slot: Int) -> Bool {
        if case .field(let field) = kind { field.slot == slot } else { false }
    }

    fileprivate var constantCode: String? {
        if case .constant(let value) = kind { value.code } else { nil }
    }

    /// Its value follows from this field alone. `now` is left out: it is another at every moment.
    fileprivate func readsOnly(_ slot: Int) -> Bool {
        switch kind {
        case .field(let field): field.slot == slot
        case .constant: true
        case .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .fact: false
        default: operands.allSatisfy { $0.readsOnly(slot) }
        }
    }
}

extension Value {
    fileprivate var code: String? {
        if case .text(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}
