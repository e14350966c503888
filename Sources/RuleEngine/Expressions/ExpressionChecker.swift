/// Gives every node its type and every name its slot. A node with a mistake has no typed form, and what stands
/// around it isn't complained about: one mistake, one diagnostic.
struct ExpressionChecker {
    let text: EmbeddedText
    let scope: ExpressionScope
    /// Where the expression starts in the text; node ranges count from there.
    let start: Int
    var diagnostics = DiagnosticBag()

    init(_ text: EmbeddedText, scope: ExpressionScope, start: Int) {
        self.text = text
        self.scope = scope
        self.start = start
    }

    /// - Parameter known: slots that enclosing guards have shown to be known.
    mutating func check(_ syntax: ExpressionSyntax, known: Set<KnownValue>) -> TypedNode? {
        switch syntax.kind {
        case .literal(let literal): checkLiteral(literal, syntax)
        case .list:
            fail(.expressionListNotHere(at: span(syntax)))
        case .name(let name): checkName(name, syntax)
        case .member(let owner, let name, let nameRange):
            checkMember(owner, name, nameRange, syntax, known: known)
        case .history(let history): checkHistory(history, syntax, known: known)
        case .call(let name, let nameRange, let arguments):
            checkCall(name, nameRange, arguments, syntax, known: known)
        case .not(let operand):
            checkCondition(operand, of: "not", known: known)
                .map { node(.not($0), TypeInfo(.bool), syntax) }
        case .and(let operands): checkLogic(operands, isAnd: true, syntax, known: known)
        case .or(let operands): checkLogic(operands, isAnd: false, syntax, known: known)
        case .presence(let operand, let isKnown):
            check(operand, known: known)
                .map { node(isKnown ? .isKnown($0) : .isMissing($0), TypeInfo(.bool), syntax) }
        case .negate(let operand): checkNegation(operand, syntax, known: known)
        case .binary(let binaryOperator, let left, let right, let operatorRange):
            checkBinary(binaryOperator, left, right, operatorRange, syntax, known: known)
        }
    }

    // MARK: Literals and names

    private mutating func checkLiteral(_ literal: ExpressionLiteral, _ syntax: ExpressionSyntax) -> TypedNode? {
        switch literal {
        case .text(let bytes): return node(.constant(.text(bytes)), TypeInfo(.text), syntax)
        case .bool(let flag): return node(.constant(.bool(flag)), TypeInfo(.bool), syntax)
        case .integer(let value): return number(value, .int, syntax)
        case .decimal(let value): return number(value, .decimal, syntax)
        case .duration(let value): return number(value, .duration, syntax)
        case .date(let day): return number(Int128(day), .date, syntax)
        case .money(let currency, let micros):
            if currency == scope.currency { return number(micros, .money, syntax) }
            guard let rate = scope.exchangeRates[currency] else {
                return fail(.expressionOtherCurrency(currency, project: scope.currency, at: span(syntax)))
            }
            let (product, overflow) = micros.multipliedReportingOverflow(by: Int128(rate))
            // To the nearest millionth; an overflow is as far out of range as the largest number.
            let half: Int128 = product < 0 ? -500_000 : 500_000
            return number(overflow ? .max : (product + half) / 1_000_000, .money, syntax)
        case .dateTime(let day, let microsecond, let offset):
            let instant =
                offset.map { day * Arithmetic.microsecondsPerDay + microsecond - $0 * 1_000_000 }
                ?? scope.resolveLocalTime(day, microsecond)
            return number(Int128(instant), .instant, syntax)
        }
    }

    private mutating func number(_ value: Int128, _ type: ValueType, _ syntax: ExpressionSyntax) -> TypedNode? {
        guard let value = Int64(exactly: value), let kind = type.numberKind else {
            return fail(.expressionNumberOutOfRange(at: span(syntax)))
        }
        return node(.constant(.number(value, kind)), TypeInfo(type), syntax)
    }

    private mutating func checkName(_ name: String, _ syntax: ExpressionSyntax) -> TypedNode? {
        if let local = scope.locals[name] { return node(.local(name), local, syntax) }
        if let root = ExpressionScope.Root(rawValue: name) {
            guard scope.roots.contains(root) else { return failAtRoot(root, span(syntax)) }
            if root == .now { return node(.now, TypeInfo(.instant), syntax) }
            if let rate = FactQuery.Rate(rawValue: name) { return node(.fact(.rate(rate)), TypeInfo(.decimal), syntax) }
            return fail(.expressionUnknownMember(nil, of: name, members: members(of: root), at: span(syntax)))
        }
        let candidates = Array(scope.locals.keys) + availableRoots
        return fail(
            .expressionUnknownName(name, nearest: NearestName.of(name, among: candidates), at: span(syntax)))
    }

    private mutating func checkMember(
        _ owner: ExpressionSyntax, _ name: String, _ nameRange: Range<Int>, _ syntax: ExpressionSyntax,
        known: Set<KnownValue>
    ) -> TypedNode? {
        guard case .name(let rootName) = owner.kind, scope.locals[rootName] == nil else {
            guard let inner = check(owner, known: known) else { return nil }
            let owned = String(decoding: text.bytes[owner.range], as: UTF8.self)
            if let field = scope.locals["\(owned).\(name)"] { return node(.local("\(owned).\(name)"), field, syntax) }
            let fields = scope.locals.keys.filter { $0.hasPrefix("\(owned).") }.map {
                String($0.dropFirst(owned.utf8.count + 1))
            }
            if !fields.isEmpty {
                return fail(
                    .expressionUnknownMember(name, of: owned, members: fields.sorted(), at: text.span(nameRange)))
            }
            // What an item of an unknown list holds is not known either, which was reported with the list.
            if inner.type.type == .unknown, scope.locals[owned] != nil { return nil }
            if case .list = inner.type.type {
                return fail(.expressionInsideList(name, of: owned, at: text.span(nameRange)))
            }
            return fail(.expressionUnknownMember(name, of: owned, members: [], at: text.span(nameRange)))
        }
        guard let root = ExpressionScope.Root(rawValue: rootName) else { return checkName(rootName, owner) }
        guard scope.roots.contains(root) else { return failAtRoot(root, span(owner)) }
        switch (root, name) {
        case (.contact, _):
            guard let slot = scope.schema.slot(of: name) else {
                return fail(
                    .expressionUnknownField(
                        name, nearest: NearestName.of(name, among: scope.schema.fields.map(\.name)),
                        schema: scope.schema.id, at: text.span(nameRange)))
            }
            let field = scope.schema.fields[slot]
            let isOptional = field.type.isOptional && !scope.assumesWays && !known.contains(.contact(slot))
            return node(
                .field(FieldReference(slot: slot, field: field)), TypeInfo(field.type.type, isOptional: isOptional),
                syntax)
        case (.run, "started_at"): return node(.runStartedAt, TypeInfo(.instant), syntax)
        case (.run, "id"): return node(.fact(.runID), TypeInfo(.text), syntax)
        case (.conversation, "id"): return node(.fact(.conversationID), TypeInfo(.text), syntax)
        case (.event, _): return checkEventField(.event, name, nameRange, syntax, known: known)
        case (.entry, _): return checkEventField(.entry, name, nameRange, syntax, known: known)
        case (.input, _): return checkInput(name, nameRange, syntax)
        case (.channel, _):
            if let field = FactQuery.ChannelField(rawValue: name) {
                return node(.fact(.channel(field)), TypeInfo(field.type), syntax)
            }
        case (.unsubscribe, "link"): return node(.unsubscribeLink, TypeInfo(.text), syntax)
        case (.preferences, "link"): return node(.preferencesLink, TypeInfo(.text), syntax)
        case (.browser, "link"): return node(.browserLink, TypeInfo(.text), syntax)
        case (.sender, _):
            if let field = SenderFacts.Field(rawValue: name) {
                return node(.sender(field), TypeInfo(.text, isOptional: field == .website), syntax)
            }
        default: break
        }
        return fail(
            .expressionUnknownMember(name, of: rootName, members: members(of: root), at: text.span(nameRange)))
    }

    private func members(of root: ExpressionScope.Root) -> [String] {
        switch root {
        case .contact: ["field"]
        case .run: ["started_at", "id"]
        case .conversation: ["id"]
        case .channel: FactQuery.ChannelField.allCases.map(\.rawValue)
        case .event: fieldNames(of: scope.journey.event)
        case .entry: fieldNames(of: scope.journey.entry)
        case .input: scope.journey.inputs.keys.sorted()
        case .sender: SenderFacts.Field.allCases.map(\.rawValue)
        case .unsubscribe, .preferences, .browser: ["link"]
        case .now, .bounced, .complained, .unsubscribed, .failed: []
        }
    }

    var availableRoots: [String] {
        ExpressionScope.Root.allCases.filter { scope.roots.contains($0) }.map(\.rawValue)
    }

    mutating func failAtRoot(_ root: ExpressionScope.Root, _ span: SourceSpan) -> TypedNode? {
        fail(.expressionRootNotHere(root.rawValue, available: availableRoots, at: span))
    }

    // MARK: Logic

    /// Each operand is checked under what the ones before it have shown: in `x is known and x > 3` the comparison
    /// is only reached where `x` is known.
    private mutating func checkLogic(
        _ operands: [ExpressionSyntax], isAnd: Bool, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        var known = known
        var nodes: [TypedNode] = []
        for operand in operands {
            guard let checked = checkCondition(operand, of: isAnd ? "and" : "or", known: known) else { continue }
            nodes.append(checked)
            let narrowing = Narrowing(of: checked)
            known.formUnion(isAnd ? narrowing.whenTrue : narrowing.whenFalse)
        }
        guard nodes.count == operands.count else { return nil }
        // Nested chains of one kind mean the same as one long chain, so they share a canonical form.
        let flat = nodes.flatMap { node in
            switch node.kind {
            case .and(let inner) where isAnd: inner
            case .or(let inner) where !isAnd: inner
            default: [node]
            }
        }
        return node(isAnd ? .and(flat) : .or(flat), TypeInfo(.bool), syntax)
    }

    mutating func checkCondition(
        _ syntax: ExpressionSyntax, of spelling: String, known: Set<KnownValue>
    ) -> TypedNode? {
        guard let checked = check(syntax, known: known) else { return nil }
        guard checked.type.type == .bool else {
            return fail(
                .expressionWrongOperand(
                    checked.type.type, of: spelling, needs: "a condition", at: span(syntax),
                    help: spelling == "or"
                        ? "compare it with something; what stands in for a missing value is `| default:` in a template"
                        : "compare it with something, or ask `is known`"))
        }
        return checked
    }

    // MARK: Functions

    private mutating func checkCall(
        _ name: String, _ nameRange: Range<Int>, _ arguments: [ExpressionSyntax], _ syntax: ExpressionSyntax,
        known: Set<KnownValue>
    ) -> TypedNode? {
        guard let function = ExpressionFunction(rawValue: name) else {
            return fail(
                .expressionUnknownFunction(
                    name, nearest: NearestName.of(name, among: ExpressionFunction.names), at: text.span(nameRange)))
        }
        guard arguments.count == (function == .fallback ? 2 : 1) else {
            return fail(.expressionWrongArguments(function, count: arguments.count, at: span(syntax)))
        }
        switch function {
        case .size: return checkSize(arguments[0], syntax, known: known)
        case .fallback: return checkFallback(arguments[0], arguments[1], syntax, known: known)
        case .tagged: return checkTagged(arguments[0], syntax, known: known)
        case .inSegment: return checkInSegment(arguments[0], syntax)
        case .openNow, .opensNext: return checkOpeningHours(function, arguments[0], syntax)
        }
    }

    private mutating func checkSize(
        _ argument: ExpressionSyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        guard let operand = check(argument, known: known) else { return nil }
        let type = TypeInfo(.int, isOptional: operand.type.isOptional)
        if case .list = operand.type.type { return node(.listCount(operand), type, syntax) }
        guard operand.type.type.isTextual else {
            return fail(
                .expressionWrongOperand(
                    operand.type.type, of: "size", needs: "a text or a list", at: span(argument)))
        }
        return node(.textLength(operand), type, syntax)
    }

    private mutating func checkFallback(
        _ first: ExpressionSyntax, _ second: ExpressionSyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        let value = check(first, known: known)
        let other = check(second, known: known)
        guard var value, var other else { return nil }
        let isOptional = value.type.isOptional && other.type.isOptional
        var type = value.type.type
        switch (value.type.type, other.type.type) {
        case (.int, .decimal):
            value = scaled(value)
            type = .decimal
        case (.decimal, .int): other = scaled(other)
        case (let left, let right) where left.isTextual && right.isTextual:
            type = left == right ? left : .text
        case (let left, let right) where left == right: break
        default:
            return fail(
                .expressionCannotCompare(
                    value.type.type, other.type.type, with: "default", help: "both values must be of one type",
                    at: span(syntax)))
        }
        return node(.fallback(value, other), TypeInfo(type, isOptional: isOptional), syntax)
    }

    private mutating func checkTagged(
        _ argument: ExpressionSyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        guard scope.roots.contains(.contact), let slot = scope.schema.slot(of: "tags") else {
            return failAtRoot(.contact, span(syntax))
        }
        guard let tag = check(argument, known: known) else { return nil }
        guard tag.type.type.isTextual else {
            return fail(.expressionWrongOperand(tag.type.type, of: "tagged", needs: "a text", at: span(argument)))
        }
        let field = FieldReference(slot: slot, field: scope.schema.fields[slot])
        return node(.listContains(node(.field(field), field.type, syntax), tag), TypeInfo(.bool), syntax)
    }

    // MARK: Building

    /// An int where a decimal is needed.
    func scaled(_ operand: TypedNode) -> TypedNode {
        if case .constant(.number(let value, .int)) = operand.kind,
            let millionths = Arithmetic.multiply.apply(value, Arithmetic.scale)
        {
            return TypedNode(
                .constant(.number(millionths, .decimal)), TypeInfo(.decimal), span: operand.span, range: operand.range)
        }
        let scale = TypedNode(
            .constant(.number(Arithmetic.scale, .int)), TypeInfo(.int), span: operand.span, range: operand.range)
        return TypedNode(
            .arithmetic(.multiply, operand, scale), TypeInfo(.decimal, isOptional: operand.type.isOptional),
            span: operand.span, range: operand.range)
    }

    func node(_ kind: TypedNode.Kind, _ type: TypeInfo, _ syntax: ExpressionSyntax) -> TypedNode {
        TypedNode(
            kind, type, span: span(syntax),
            range: syntax.range.lowerBound - start..<syntax.range.upperBound - start)
    }

    func span(_ syntax: ExpressionSyntax) -> SourceSpan {
        text.span(syntax.range)
    }

    mutating func fail(_ diagnostic: Diagnostic) -> TypedNode? {
        diagnostics.report(diagnostic)
        return nil
    }

    func source(_ syntax: ExpressionSyntax) -> String {
        String(decoding: text.bytes[syntax.range], as: UTF8.self)
    }
}
