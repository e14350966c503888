extension Wording {
    /// Conditions all of which must hold.
    func all(_ conditions: [TypedExpression]) -> Phrase {
        group(conditions.map { condition($0.root) }, "all of these hold:")
    }

    /// Conditions one of which is enough.
    func any(_ conditions: [TypedExpression]) -> Phrase {
        group(conditions.map { condition($0.root) }, "at least one of these holds:")
    }

    private func group(_ parts: [Phrase], _ beginning: String) -> Phrase {
        switch parts.count {
        case 0: Phrase("nothing more is asked")
        case 1: parts[0]
        default: Phrase(beginning, parts)
        }
    }

    /// A condition in words, with lists where the author wrote `and` and `or`.
    func condition(_ node: TypedNode) -> Phrase {
        switch node.kind {
        case .and(let nodes): group(nodes.map { condition($0) }, "all of these hold:")
        case .or(let nodes): group(nodes.map { condition($0) }, "at least one of these holds:")
        case .not(let operand): negated(operand)
        case .compare(let comparison, let left, let right): compare(comparison, left, right)
        case .isAmong(let operand, let values):
            Phrase(
                values.isEmpty
                    ? "\(term(operand)) is one of none, which never holds"
                    : "\(term(operand)) \(isOrAre(operand)) \(Self.list(values.map { value($0) }, "or"))")
        case .listContains(let list, let item): contains(list, item, negated: false)
        case .text(let test, let text, let part): Phrase("\(term(text)) \(verb(test)) \(term(part))")
        case .matches(let text, let glob):
            Phrase(
                "\(term(text)) fits the pattern "
                    + Self.text(String(decoding: glob.pattern, as: UTF8.self)) + " (`*` any text, `?` one character)")
        case .isKnown(let operand): Phrase("\(term(operand)) \(isOrAre(operand)) known")
        case .isMissing(let operand): Phrase("\(term(operand)) \(isOrAre(operand)) missing")
        case .inSegment(let id, _): Phrase("the contact is in the segment " + Self.name(alias(.segment, id)))
        case .fact(let query): fact(query, negated: false)
        case .constant(.bool(let flag)): Phrase(flag ? "always" : "never")
        case .constant, .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink,
            .arithmetic,
            .textLength, .listCount, .fallback:
            Phrase(term(node) + " is true")
        }
    }

    /// The opposite. Where a missing value makes both a condition and its plain opposite false, the whole is negated.
    private func negated(_ node: TypedNode) -> Phrase {
        switch node.kind {
        case .and(let nodes): Phrase("not all of these hold:", nodes.map { condition($0) })
        case .or(let nodes): Phrase("none of these holds:", nodes.map { condition($0) })
        case .not(let operand): condition(operand)
        case .isKnown(let operand): Phrase("\(term(operand)) \(isOrAre(operand)) missing")
        case .isMissing(let operand): Phrase("\(term(operand)) \(isOrAre(operand)) known")
        case .inSegment(let id, _): Phrase("the contact is not in the segment " + Self.name(alias(.segment, id)))
        case .listContains(let list, let item) where !list.type.isOptional && !item.type.isOptional:
            contains(list, item, negated: true)
        case .fact(let query): fact(query, negated: true)
        case .constant(.bool(let flag)): Phrase(flag ? "never" : "always")
        case .isAmong(let operand, let values) where !operand.type.isOptional && !values.isEmpty:
            Phrase(
                "\(term(operand)) \(isOrAre(operand)) neither \(values.map { value($0) }.joined(separator: " nor "))")
        case .compare(let comparison, let left, let right) where !left.type.isOptional && !right.type.isOptional:
            compare(comparison.opposite, left, right)
        case .field where !node.type.isOptional: Phrase(term(node) + " is false")
        case .compare, .isAmong, .listContains, .text, .matches, .constant, .field, .local, .now, .runStartedAt,
            .sender,
            .unsubscribeLink, .preferencesLink, .browserLink, .arithmetic, .textLength, .listCount, .fallback:
            Self.denied(condition(node))
        }
    }

    private static func denied(_ phrase: Phrase) -> Phrase {
        Phrase("it is not so that " + phrase.text, phrase.parts)
    }

    // MARK: Comparisons

    private func compare(_ comparison: Comparison, _ left: TypedNode, _ right: TypedNode) -> Phrase {
        // `5 < contact.seats` reads as the other way round.
        if case .constant = left.kind, !isConstant(right) { return compare(comparison.mirrored, right, left) }
        if case .fact(.history(let query)) = unconverted(left).kind, query.function == .count,
            case .constant(.number(let number, .int)) = unconverted(right).kind
        {
            return counted(
                "there have been \(Self.amount(comparison, number)) \(subject(query))\(Self.window(query))",
                query.filter)
        }
        // True only where both are known: said aloud only where the sentence would hide it.
        let mayBeMissing = comparison == .notEqual && (left.type.isOptional || right.type.isOptional)
        let known = mayBeMissing ? " \(isOrAre(left)) known and" : ""
        var words = verb(comparison, left.type.type)
        if isPlural(left), words.hasPrefix("is") { words = "are" + words.dropFirst(2) }
        let bound: String
        if case .constant(.number(let number, .decimal)) = right.kind, isShare(left) {
            bound = Self.share(number)
        } else {
            bound = term(right, isWhole: true)
        }
        return Phrase("\(term(left))\(known) \(words) \(bound)")
    }

    private func isOrAre(_ node: TypedNode) -> String {
        isPlural(node) ? "are" : "is"
    }

    private func isPlural(_ node: TypedNode) -> Bool {
        switch unconverted(node).kind {
        case .field(let field): Self.isPlural(field.name)
        case .fact(.field(_, let field)): Self.isPlural(field.name)
        default: false
        }
    }

    /// Read as a part of a hundred, as files write it.
    private func isShare(_ node: TypedNode) -> Bool {
        switch node.kind {
        case .fact(.rate), .fact(.channel(.capacity_left)): true
        default: false
        }
    }

    private func isConstant(_ node: TypedNode) -> Bool {
        if case .constant = node.kind { true } else { false }
    }

    /// Without the conversions that a comparison of a whole number and a decimal brings.
    private func unconverted(_ node: TypedNode) -> TypedNode {
        if case .arithmetic(.floor, let inner, _) = node.kind { return inner }
        if case .arithmetic(.ceiling, let inner, _) = node.kind { return inner }
        return node
    }

    private static func amount(_ comparison: Comparison, _ number: Int64) -> String {
        switch comparison {
        case .equal: "exactly \(number)"
        case .notEqual: "any number but \(number) of"
        case .less: "fewer than \(number)"
        case .lessOrEqual: "at most \(number)"
        case .greater: "more than \(number)"
        case .greaterOrEqual: "at least \(number)"
        }
    }

    private func verb(_ comparison: Comparison, _ type: ValueType) -> String {
        let isTime =
            switch type {
            case .date, .instant: true
            case .text, .int, .decimal, .money, .bool, .duration, .email, .phone, .country, .locale, .channelKind,
                .oneOf,
                .list, .unknown:
                false
            }
        return switch comparison {
        case .equal: "is"
        case .notEqual: "is not"
        case .less: type.isTextual ? "sorts before" : isTime ? "is before" : "is less than"
        case .lessOrEqual: type.isTextual ? "is, or sorts before," : isTime ? "is not after" : "is at most"
        case .greater: type.isTextual ? "sorts after" : isTime ? "is after" : "is more than"
        case .greaterOrEqual: type.isTextual ? "is, or sorts after," : isTime ? "is not before" : "is at least"
        }
    }

    private func verb(_ test: TextOperator) -> String {
        switch test {
        case .contains: "contains"
        case .startsWith: "begins with"
        case .endsWith: "ends with"
        }
    }

    private func contains(_ list: TypedNode, _ item: TypedNode, negated: Bool) -> Phrase {
        if case .field(let field) = list.kind, field.name == "tags" {
            return Phrase("the contact \(negated ? "does not carry" : "carries") the tag \(term(item))")
        }
        return Phrase("\(term(list)) \(negated ? "do not include" : "include") \(term(item))")
    }

    // MARK: Facts

    private func fact(_ query: FactQuery, negated: Bool) -> Phrase {
        switch query {
        case .isOpen(let id): Phrase("\(Self.name(id)) is \(negated ? "closed" : "open")")
        case .channel(.healthy): Phrase("the channel is \(negated ? "not " : "")healthy")
        case .channel(.session_open): Phrase("\(negated ? "no" : "a") conversation is open on the channel")
        case .history(let query): happened(query, negated: negated)
        // A missing truth value counts as false.
        case .field, .runID, .conversationID, .channel, .rate, .input, .opensNext, .localDay:
            negated ? Self.denied(Phrase(fact(query) + " is true")) : Phrase(fact(query) + " is true")
        }
    }
}

extension Comparison {
    /// What holds where this one doesn't, both sides being known.
    var opposite: Comparison {
        switch self {
        case .equal: .notEqual
        case .notEqual: .equal
        case .less: .greaterOrEqual
        case .lessOrEqual: .greater
        case .greater: .lessOrEqual
        case .greaterOrEqual: .less
        }
    }
}
