/// A checked expression: every name resolved to a slot, every operand typed, every node with its span.
package struct TypedExpression: Sendable {
    /// As the author wrote it, for traces and explanations.
    package let source: String
    package let span: SourceSpan
    package let root: TypedNode
    /// The contact fields it reads, by schema slot.
    package let slots: Set<Int>

    package init(source: String, span: SourceSpan, root: TypedNode) {
        self.source = source
        self.span = span
        self.root = root
        var slots: Set<Int> = []
        root.collectSlots(into: &slots)
        self.slots = slots
    }

    package var type: TypeInfo { root.type }

    /// Set where the whole expression is one contact field, so that a renderer may copy its bytes from the page.
    package var fieldSlot: Int? {
        if case .field(let field) = root.kind { field.slot } else { nil }
    }

    /// Writes what the expression means: fields by name and type, never by slot or span, so that parentheses,
    /// spaces and the order of the schema's fields make no difference.
    package func writeCanonical(into writer: inout CanonicalWriter) {
        root.writeCanonical(into: &writer)
    }

    /// What is certain about missing values once the expression is known to be true, or false.
    package var narrowing: Narrowing { Narrowing(of: root) }

    /// The value for one contact. Takes and gives whole values: for templates and traces. Conditions over
    /// audiences run as `CompiledCondition`.
    package func evaluate(in context: borrowing EvaluationContext) -> Value {
        root.evaluate(in: context)
    }
}

/// A contact field as an expression refers to it.
package struct FieldReference: Sendable, Hashable {
    package let slot: Int
    package let name: String
    /// As the schema declares it; a guard around the expression doesn't change it.
    package let type: TypeInfo
    package let isPersonal: Bool

    package init(slot: Int, field: ContactField) {
        self.slot = slot
        name = field.name
        type = field.type
        isPersonal = field.isPersonal
    }
}

/// One node of a checked expression.
package struct TypedNode: Sendable {
    package indirect enum Kind: Sendable {
        case constant(Value)
        case field(FieldReference)
        /// The variable of an enclosing `<<for item in list>>`.
        case local(String)
        case now
        case runStartedAt
        case sender(SenderFacts.Field)
        case unsubscribeLink
        case preferencesLink
        case browserLink
        /// What the contact's page doesn't hold.
        case fact(FactQuery)
        /// Whether the contact is in a segment: its conditions, all of which must hold.
        case inSegment(String, TypedNode)

        case not(TypedNode)
        case and([TypedNode])
        case or([TypedNode])

        /// Both sides are of one type by now; conversions stand in the tree.
        case compare(Comparison, TypedNode, TypedNode)
        case isAmong(TypedNode, [Value])
        case listContains(TypedNode, TypedNode)
        case text(TextOperator, TypedNode, TypedNode)
        case matches(TypedNode, Glob)
        case isKnown(TypedNode)
        case isMissing(TypedNode)

        case arithmetic(Arithmetic, TypedNode, TypedNode)
        case textLength(TypedNode)
        case listCount(TypedNode)
        case fallback(TypedNode, TypedNode)
    }

    package let kind: Kind
    package let type: TypeInfo
    package let span: SourceSpan
    /// Bytes of the expression's `source` that the node covers.
    package let range: Range<Int>

    package init(_ kind: Kind, _ type: TypeInfo, span: SourceSpan, range: Range<Int>) {
        self.kind = kind
        self.type = type
        self.span = span
        self.range = range
    }

    /// The direct operands, in the order in which they are written.
    package var operands: [TypedNode] {
        switch kind {
        case .constant, .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink:
            []
        case .fact(let query): query.operands
        case .inSegment(_, let node): [node]
        case .not(let node), .isAmong(let node, _), .matches(let node, _), .isKnown(let node), .isMissing(let node),
            .textLength(let node), .listCount(let node):
            [node]
        case .and(let nodes), .or(let nodes): nodes
        case .compare(_, let left, let right), .listContains(let left, let right), .text(_, let left, let right),
            .arithmetic(_, let left, let right), .fallback(let left, let right):
            [left, right]
        }
    }

    fileprivate func collectSlots(into slots: inout Set<Int>) {
        if case .field(let field) = kind { slots.insert(field.slot) }
        for operand in operands { operand.collectSlots(into: &slots) }
    }
}
