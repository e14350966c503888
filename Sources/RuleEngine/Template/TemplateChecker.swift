/// Nodes in, checked nodes out: names resolved, types and guards checked, every value given the escaping that its
/// place needs.
struct TemplateChecker {
    private let text: EmbeddedText
    private let kind: TextKind
    private let scope: TemplateScope
    let filters: FilterChecker
    private var html = HTMLScanner()
    private var diagnostics: DiagnosticBag
    private(set) var uses: TemplateUses = []
    /// What is shown whatever the conditions say.
    private(set) var certain: TemplateUses = []
    private(set) var slots: Set<Int> = []
    private(set) var history = HistoryNeeds()
    private(set) var links: [DeclaredLink] = []
    private var linkMarks: [Range<Int>] = []

    /// Where a value is about to be written.
    private enum Place {
        case ordinary
        case urlStart
        case urlPart
    }

    init(_ text: EmbeddedText, kind: TextKind, scope: TemplateScope, reporting diagnostics: DiagnosticBag) {
        self.text = text
        self.kind = kind
        self.scope = scope
        filters = FilterChecker(formats: LanguageTables.forTag(scope.language), spans: text)
        self.diagnostics = diagnostics
    }

    mutating func check(_ nodes: [TemplateNode]) -> (nodes: [CheckedTextNode], diagnostics: DiagnosticBag) {
        let checked = check(nodes, in: scope.expressions)
        if links.count > 1 {
            for (link, mark) in zip(links, linkMarks) where link.name == nil {
                diagnostics.report(.templateLinkNeedsName(at: text.span(mark)))
            }
        }
        return (checked, diagnostics)
    }

    private mutating func check(_ nodes: [TemplateNode], in scope: ExpressionScope) -> [CheckedTextNode] {
        var checked: [CheckedTextNode] = []
        for node in nodes {
            switch node {
            case .text(let range): checkConstant(range, &checked)
            case .output(let output):
                if let place = place(of: output.mark), let node = check(output, in: scope, place: place) {
                    checked.append(.output(node))
                }
                html.passValue()
            case .branch(let arms): if let node = check(arms, in: scope) { checked.append(node) }
            case .loop(let loop): if let node = check(loop, in: scope) { checked.append(node) }
            case .link(let link): if let node = check(link, in: scope) { checked.append(node) }
            }
        }
        return checked
    }

    private mutating func checkConstant(_ range: Range<Int>, _ checked: inout [CheckedTextNode]) {
        let bytes = Array(text.bytes[range])
        if kind == .header, let index = bytes.firstIndex(where: { $0 < 0x20 || $0 == 0x7F }) {
            let place = range.lowerBound + index
            diagnostics.report(.templateLineBreakInHeader(at: text.span(place..<place + 1)))
        }
        if kind == .html { html.feed(bytes) }
        // Neighbours are one text: how the author cut it has no meaning.
        if case .constant(let before)? = checked.last {
            checked[checked.count - 1] = .constant(before + bytes)
        } else {
            checked.append(.constant(bytes))
        }
    }

    /// Nil where no value may stand here, which was reported.
    private mutating func place(of mark: Range<Int>) -> Place? {
        guard kind == .html else { return .ordinary }
        switch html.place {
        case .text: return .ordinary
        case .urlStart: return .urlStart
        case .urlPart: return .urlPart
        case .refused(let words):
            diagnostics.report(.templatePlaceRefused(words, at: text.span(mark)))
            return nil
        }
    }

    // MARK: Values

    private mutating func check(
        _ output: TemplateOutput,
        in scope: ExpressionScope,
        place: Place
    ) -> CheckedOutput? {
        guard let expression = compile(output.expression, expecting: nil, in: scope) else {
            // The filters' names are wrong or right whatever the value is.
            for filter in output.filters { _ = filters.check(filter, on: TypeInfo(.unknown), reporting: &diagnostics) }
            return nil
        }
        var type = expression.type
        var steps: [FilterStep] = []
        var failed = !output.isSound
        for filter in output.filters {
            if let result = filters.check(filter, on: failed ? TypeInfo(.unknown) : type, reporting: &diagnostics) {
                steps += result.steps
                type = result.type
            } else {
                failed = true
            }
        }
        if failed { return nil }
        certain.formUnion(TemplateUses(of: expression.root))
        let source = expression.source
        if type.isOptional {
            let field = expression.fieldSlot.map { scope.schema.fields[$0] }
            diagnostics.report(
                .valueMayBeMissing(
                    source,
                    field: field,
                    at: text.span(output.mark),
                    help: "add `| default: \"there\"`, or wrap the line in `<<if \(source) is known>>`"
                )
            )
        }
        guard type.type.isShownPlainly else {
            if type.type != .unknown {
                diagnostics.report(.templateNotShowable(source, type.type, at: text.span(output.mark)))
            }
            return nil
        }
        if !type.type.isTextual { steps.append(.plain) }
        if kind == .html, place == .ordinary {
            // Everything is escaped here once, so that asking for it as well must not escape twice.
            steps.removeAll { if case .escape = $0 { true } else { false } }
        }
        return CheckedOutput(expression: expression, steps: steps, escape: escape(at: place, after: steps.last))
    }

    private func escape(at place: Place, after last: FilterStep?) -> Escape {
        switch place {
        case .ordinary: return kind == .html ? .html : .none
        case .urlStart: return kind == .html ? .wholeURLInHTML : .wholeURL
        case .urlPart:
            // What `url` has encoded holds no character that would need it again.
            if case .url? = last { return .none }
            return .partOfURL
        }
    }

    private mutating func compile(
        _ range: Range<Int>,
        expecting type: ValueType?,
        in scope: ExpressionScope
    ) -> TypedExpression? {
        guard
            let expression = ExpressionCompiler.compile(
                text,
                range: range,
                expecting: type,
                in: scope,
                reporting: &diagnostics
            )
        else { return nil }
        slots.formUnion(expression.slots)
        uses.formUnion(TemplateUses(of: expression.root))
        history.formUnion(HistoryNeeds(of: [expression]))
        return expression
    }

    // MARK: Blocks

    private mutating func check(_ arms: [TemplateArm], in scope: ExpressionScope) -> CheckedTextNode? {
        var checked: [CheckedArm] = []
        var scope = scope
        var isSound = true
        let before = html
        let certainBefore = certain
        var common: TemplateUses?
        var ends: [HTMLScanner] = []
        for arm in arms {
            html = before
            certain = certainBefore
            var inside = scope
            var condition: TypedExpression?
            if let range = arm.condition {
                condition = compile(range, expecting: .bool, in: scope)
                if let narrowing = condition?.narrowing {
                    inside = scope.knowing(narrowing.whenTrue)
                    scope = scope.knowing(narrowing.whenFalse)
                } else {
                    isSound = false
                }
            }
            checked.append(CheckedArm(condition: condition, body: check(arm.body, in: inside)))
            common = common?.intersection(certain) ?? certain
            ends.append(html)
        }
        let hasElse = arms.last?.condition == nil
        if !hasElse { ends.append(before) }
        certain = hasElse ? common ?? certainBefore : certainBefore
        html = ends[0]
        if kind == .html, ends.contains(where: { $0 != ends[0] }), let mark = arms.first?.mark {
            diagnostics.report(.templateUnbalancedHTML(at: text.span(mark)))
        }
        return isSound ? .branch(checked) : nil
    }

    private mutating func check(_ loop: TemplateLoop, in scope: ExpressionScope) -> CheckedTextNode? {
        let name = String(decoding: text.bytes[loop.variable], as: UTF8.self)
        let reserved = [
            "if", "else", "end", "for", "link", "short_link", "true", "false", "and", "or", "not", "in", "is",
        ]
        if scope.locals[name] != nil || ExpressionScope.Root(rawValue: name) != nil || reserved.contains(name) {
            diagnostics.report(.templateLoopVariable(name, at: text.span(loop.variable)))
        }
        let list = compile(loop.list, expecting: nil, in: scope)
        var element = ValueType.unknown
        if let list {
            if list.type.isOptional {
                diagnostics.report(
                    .valueMayBeMissing(
                        list.source,
                        field: list.fieldSlot.map { scope.schema.fields[$0] },
                        at: list.span,
                        help: "wrap it in `<<if \(list.source) is known>>`"
                    )
                )
            }
            if case .list(let type) = list.type.type {
                element = type
            } else if list.type.type != .unknown {
                diagnostics.report(.templateLoopOverNonList(list.type.type, at: list.span))
            }
        }
        var inside = scope
        inside.locals[name] = TypeInfo(element)
        let before = html
        let certainBefore = certain
        let body = check(loop.body, in: inside)
        certain = certainBefore
        if kind == .html, html != before {
            diagnostics.report(.templateUnbalancedHTML(at: text.span(loop.mark)))
            html = before
        }
        guard let list else { return nil }
        return .loop(variable: name, list: list, body: body)
    }

    // MARK: Links

    private mutating func check(_ link: TemplateLink, in scope: ExpressionScope) -> CheckedTextNode? {
        if kind == .header {
            diagnostics.report(.templateLinkInHeader(at: text.span(link.mark)))
            return nil
        }
        declare(link)
        defer { html.passValue() }
        switch place(of: link.mark) {
        case nil: return nil
        case .urlPart:
            diagnostics.report(
                .templatePlaceRefused("the middle of a URL, where it is a whole one", at: text.span(link.mark))
            )
            return nil
        case .ordinary, .urlStart: break
        }
        var body: [CheckedTextNode] = []
        var start: [UInt8] = []
        var isFixed = false
        var reported = false
        for node in link.address {
            switch node {
            case .text(let range):
                let bytes = Array(text.bytes[range])
                if !isFixed {
                    start += bytes
                    isFixed = URLStart.hasScheme(start)
                }
                var escaped: [UInt8] = []
                _ = (kind == .html ? Escape.html : .none).append(bytes, to: &escaped)
                body.append(.constant(escaped))
            case .output(let output):
                if !isFixed, !start.isEmpty, !reported {
                    diagnostics.report(.templateLinkAddress(at: text.span(link.url)))
                    reported = true
                }
                if let value = check(output, in: scope, place: isFixed ? .urlPart : .urlStart) {
                    body.append(.output(value))
                }
                isFixed = true
            case .branch, .loop, .link: break  // The parser refuses blocks in an address.
            }
        }
        if !isFixed, !reported { diagnostics.report(.templateLinkAddress(at: text.span(link.url))) }
        return .link(name: link.name, body: body)
    }

    private mutating func declare(_ link: TemplateLink) {
        let declared = DeclaredLink(
            name: link.name,
            url: String(decoding: text.bytes[link.url], as: UTF8.self),
            span: text.span(link.nameRange ?? link.mark)
        )
        if let name = link.name {
            // The same link may stand at the top and at the bottom, and in both arms of an `if`.
            if let first = (links + scope.knownLinks).first(where: { $0.name == name }), first.url != declared.url {
                diagnostics.report(.templateLinkDeclaredTwice(name, first: first.span, at: declared.span))
            }
        }
        links.append(declared)
        linkMarks.append(link.mark)
    }
}

extension TemplateUses {
    fileprivate init(of node: TypedNode) {
        self = []
        switch node.kind {
        case .unsubscribeLink: insert(.unsubscribeLink)
        case .preferencesLink: insert(.preferencesLink)
        case .sender(.name): insert(.senderName)
        case .sender(.postal_address): insert(.senderPostalAddress)
        case .sender(.website): insert(.senderWebsite)
        case .now: insert(.now)
        case .runStartedAt: insert(.runStart)
        case .fact(.field(.entry, _)): insert(.entry)
        case .fact(.history), .fact(.isOpen), .fact(.opensNext): insert(.history)
        default: break
        }
        for operand in node.operands { formUnion(TemplateUses(of: operand)) }
    }
}
