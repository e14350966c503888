/// Nodes in, checked nodes out: names resolved, types and guards checked, every value given the escaping that its
/// place needs.
struct TemplateChecker {
    /// What is read now: the message, or a block that it shows.
    private var text: EmbeddedText
    private let kind: TextKind
    private let scope: TemplateScope
    private(set) var filters: FilterChecker
    private var html = HTMLScanner()
    private var diagnostics: DiagnosticBag
    private(set) var uses: TemplateUses = []
    /// What is shown whatever the conditions say.
    private(set) var certain: TemplateUses = []
    private(set) var slots: Set<Int> = []
    private(set) var history = HistoryNeeds()
    private(set) var links: [DeclaredLink] = []
    private var linkMarks: [SourceSpan] = []
    private var isInBlock = false
    private var contents = 0

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
                diagnostics.report(.templateLinkNeedsName(at: mark))
            }
        }
        if scope.isLayout, contents != 1 { diagnostics.report(.layoutContents(contents, at: text.whole)) }
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
            case .block(let block): checked += check(block, in: scope)
            case .content(let mark): if checkContent(mark) { checked.append(.content) }
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
            } else if case .local(let name) = expression.root.kind {
                let fields = scope.locals.keys.filter { $0.hasPrefix(name + ".") }.map { $0.dropFirst(name.count + 1) }
                if !fields.isEmpty {
                    diagnostics.report(
                        .expressionUnknownMember(
                            nil, of: name, members: fields.map { String($0) }.sorted(), at: expression.span))
                }
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
            "if", "else", "end", "for", "link", "short_link", "block", "content", "true", "false", "and", "or", "not",
            "in", "is",
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
        // The fields of a record are variables of their own, so that each has its type.
        let record = list.map { self.record(of: $0.root, in: scope) } ?? []
        for field in record { inside.locals["\(name).\(field.name)"] = field.type }
        let before = html
        let certainBefore = certain
        let body = check(loop.body, in: inside)
        certain = certainBefore
        if kind == .html, html != before {
            diagnostics.report(.templateUnbalancedHTML(at: text.span(loop.mark)))
            html = before
        }
        guard let list else { return nil }
        return .loop(variable: name, record: record.map(\.name), list: list, body: body)
    }

    /// What each item of an event's list holds. Where the program decides which event it is, any that has the list.
    private func record(of node: TypedNode, in scope: ExpressionScope) -> [EventField] {
        guard case .fact(.field(let root, let field)) = node.kind else { return [] }
        let source = root == .entry ? scope.journey.entry : scope.journey.event
        if case .event(let event) = source { return event.field(field.name)?.record ?? [] }
        let events = scope.journey.events.sorted { $0.key < $1.key }.map(\.value)
        return events.lazy.compactMap { $0.field(field.name)?.record }.first { !$0.isEmpty } ?? []
    }

    // MARK: Shared texts

    /// The block's own nodes, checked where it is used: what the path has shown holds in it as well.
    private mutating func check(_ block: TemplateBlock, in scope: ExpressionScope) -> [CheckedTextNode] {
        let name = String(decoding: text.bytes[block.name], as: UTF8.self)
        let place = text.span(block.name)
        if isInBlock {
            diagnostics.report(.templateBlockInBlock(name, at: text.span(block.mark)))
            return []
        }
        guard let shared = self.scope.blocks[name] else {
            let nearest = NearestName.of(name, among: self.scope.blocks.keys)
            diagnostics.report(.templateUnknownBlock(name, nearest: nearest, at: place))
            return []
        }
        guard
            let content = shared.text(for: self.scope.language, as: kind, fallback: self.scope.languageFallback)
        else {
            diagnostics.report(
                .templateBlockWithoutText(
                    name, language: self.scope.language, isHTML: kind == .html, at: place, declared: shared.span))
            return []
        }
        let outer = (text: text, filters: filters)
        text = content.withoutLastLineBreak
        filters = FilterChecker(formats: outer.filters.formats, spans: text)
        isInBlock = true
        let before = diagnostics.diagnostics.count
        let nodes = TemplateParser.parse(text, reporting: &diagnostics)
        let checked = check(nodes, in: scope)
        diagnostics.addLabel(Diagnostic.Label(outer.text.span(block.mark), "shown here"), from: before)
        isInBlock = false
        text = outer.text
        filters = outer.filters
        return checked
    }

    private mutating func checkContent(_ mark: Range<Int>) -> Bool {
        contents += 1
        guard scope.isLayout, !isInBlock else {
            diagnostics.report(.templateContentOutsideLayout(at: text.span(mark)))
            return false
        }
        if kind == .html, html.place != .text || !html.isBetweenTags {
            diagnostics.report(.templatePlaceRefused("a tag", at: text.span(mark)))
            return false
        }
        return true
    }

    /// Whether an HTML text leaves no tag open.
    var endsInText: Bool { html.isBetweenTags }

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
            case .branch, .loop, .link, .block, .content: break  // The parser refuses these in an address.
            }
        }
        if !isFixed, !reported { diagnostics.report(.templateLinkAddress(at: text.span(link.url))) }
        return .link(name: link.name, isShort: link.isShort, body: body)
    }

    private mutating func declare(_ link: TemplateLink) {
        let declared = DeclaredLink(
            name: link.name,
            url: String(decoding: text.bytes[link.url], as: UTF8.self),
            isShort: link.isShort,
            span: text.span(link.nameRange ?? link.mark)
        )
        if let name = link.name {
            // The same link may stand at the top and at the bottom, and in both arms of an `if`.
            if let first = (links + scope.knownLinks).first(where: { $0.name == name }), first.url != declared.url {
                diagnostics.report(.templateLinkDeclaredTwice(name, first: first.span, at: declared.span))
            }
        }
        links.append(declared)
        linkMarks.append(text.span(link.mark))
    }
}

extension TemplateUses {
    fileprivate init(of node: TypedNode) {
        self = []
        switch node.kind {
        case .unsubscribeLink: insert(.unsubscribeLink)
        case .preferencesLink: insert(.preferencesLink)
        case .browserLink: insert(.browserLink)
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
