/// What expressions ask beyond the contact's own fields: events, history, segments, opening hours, inputs.
extension ExpressionChecker {
    // MARK: Fields of events

    mutating func checkEventField(
        _ root: FactQuery.Root, _ name: String, _ nameRange: Range<Int>, _ syntax: ExpressionSyntax,
        known: Set<KnownValue>
    ) -> TypedNode? {
        let source = root == .event ? scope.journey.event : scope.journey.entry
        let reference: EventFieldReference
        switch source {
        case .event(let event):
            guard let field = event.field(name), let index = event.index(of: name) else {
                return failAtEventField(name, of: event, text.span(nameRange))
            }
            reference = EventFieldReference(event: event.id, name: name, type: field.type, index: index)
        case .anyEvent:
            let types = Set(scope.journey.events.values.compactMap { $0.field(name)?.type })
            guard let type = types.first else {
                let names = Set(scope.journey.events.values.flatMap { $0.fields.map(\.name) })
                return fail(
                    .expressionUnknownEventField(
                        name, event: nil, nearest: NearestName.of(name, among: names), at: text.span(nameRange),
                        declared: nil))
            }
            let common = types.count == 1 ? type : TypeInfo(.unknown)
            reference = EventFieldReference(event: nil, name: name, type: common, index: 0)
        case .nothing:
            return fail(.expressionNoEvent(root.rawValue, at: span(syntax)))
        }
        let isKnown = root == .entry && scope.assumesWays || known.contains(.event(root, name))
        let type = TypeInfo(reference.type.type, isOptional: reference.type.isOptional && !isKnown)
        return node(.fact(.field(root, reference)), type, syntax)
    }

    func fieldNames(of source: JourneyScope.Source) -> [String] {
        switch source {
        case .event(let event): event.fields.map(\.name)
        case .anyEvent: ["field"]
        case .nothing: []
        }
    }

    private mutating func failAtEventField(_ name: String, of event: EventSchema, _ span: SourceSpan) -> TypedNode? {
        fail(
            .expressionUnknownEventField(
                name, event: event.id, nearest: NearestName.of(name, among: event.fields.map(\.name)), at: span,
                declared: event.declaration))
    }

    mutating func checkInput(_ name: String, _ nameRange: Range<Int>, _ syntax: ExpressionSyntax) -> TypedNode? {
        if let argument = scope.journey.arguments[name] { return node(argument.kind, argument.type, syntax) }
        guard let type = scope.journey.inputs[name] else {
            return fail(
                .unknownInput(
                    text.span(nameRange), name,
                    nearest: NearestName.of(name, among: scope.journey.inputs.keys)))
        }
        return node(.fact(.input(name)), type, syntax)
    }

    // MARK: Segments and hours

    mutating func checkInSegment(_ argument: ExpressionSyntax, _ syntax: ExpressionSyntax) -> TypedNode? {
        guard scope.roots.contains(.contact) else { return failAtRoot(.contact, span(syntax)) }
        guard let id = fixedText(argument, of: "in_segment") else { return nil }
        guard let condition = scope.journey.segments[id] else {
            let nearest = NearestName.of(id, among: scope.journey.segments.keys)
            return fail(.unknownReference(span(argument), kind: .segment, id, nearest: nearest))
        }
        // Where the segment itself has errors, it is they that are reported.
        return condition.map { node(.inSegment(id, $0), TypeInfo(.bool), syntax) }
    }

    mutating func checkOpeningHours(
        _ function: ExpressionFunction, _ argument: ExpressionSyntax, _ syntax: ExpressionSyntax
    ) -> TypedNode? {
        guard let id = fixedText(argument, of: function.rawValue) else { return nil }
        guard scope.journey.openingHours.contains(id) else {
            let nearest = NearestName.of(id, among: scope.journey.openingHours)
            return fail(.unknownOpeningHours(span(argument), id, nearest: nearest))
        }
        return function == .openNow
            ? node(.fact(.isOpen(id)), TypeInfo(.bool), syntax)
            : node(.fact(.opensNext(id)), TypeInfo(.instant), syntax)
    }

    private mutating func fixedText(_ argument: ExpressionSyntax, of function: String) -> String? {
        guard case .literal(.text(let bytes)) = argument.kind else {
            _ = fail(.expressionNameNotFixed(function, at: span(argument)))
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: History

    mutating func checkHistory(
        _ history: HistorySyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        guard scope.roots.contains(.contact) else { return failAtRoot(.contact, span(syntax)) }
        if let window = history.window, Int64(exactly: window.microseconds) == nil {
            return fail(.expressionNumberOutOfRange(at: text.span(window.range)))
        }
        return history.function.isAboutEvents
            ? checkEventHistory(history, syntax, known: known) : checkMessageHistory(history, syntax)
    }

    private mutating func checkEventHistory(
        _ history: HistorySyntax, _ syntax: ExpressionSyntax, known: Set<KnownValue>
    ) -> TypedNode? {
        guard let event = scope.journey.events[history.subject] else {
            let nearest = NearestName.of(history.subject, among: scope.journey.events.keys)
            return fail(.unknownEvent(text.span(history.subjectRange), history.subject, nearest: nearest))
        }
        var fieldType: TypeInfo?
        if let (name, range) = history.field {
            guard let field = event.field(name) else { return failAtEventField(name, of: event, text.span(range)) }
            fieldType = field.type
        }
        guard var type = resultType(of: history, field: fieldType) else {
            return fail(
                .expressionHistoryForm(
                    history.function, at: text.span(history.field?.range ?? history.subjectRange), event: event))
        }
        var filter: TypedNode?
        if let written = history.filter {
            // Inside, `event` is the one that is looked at, whatever it is outside.
            var inside = scope
            inside.roots.insert(.event)
            inside.journey.event = .event(event)
            var inner = ExpressionChecker(text, scope: inside, start: start)
            filter = inner.checkCondition(
                written, of: "where", known: known.besidesTheEvent)
            diagnostics.report(contentsOf: inner.diagnostics)
            guard filter != nil else { return nil }
        }
        let query = HistoryQuery(
            function: history.function, subject: .event(event.id), field: history.field?.name,
            window: history.window.flatMap { Int64(exactly: $0.microseconds) }, filter: filter, link: nil,
            isFieldCertain: !(fieldType?.isOptional ?? false))
        if type.isOptional, let value = query.knownValue, isShown(value, among: known) { type = TypeInfo(type.type) }
        return node(.fact(.history(query)), type, syntax)
    }

    private func isShown(_ value: KnownValue, among known: Set<KnownValue>) -> Bool {
        if scope.assumesWays, case .history(_, lasts: true) = value { return true }
        return known.contains(value)
    }

    /// Nil where the function has no such form.
    private func resultType(of history: HistorySyntax, field: TypeInfo?) -> TypeInfo? {
        switch history.function {
        case .count: return field == nil ? TypeInfo(.int) : nil
        case .any, .none: return field == nil ? TypeInfo(.bool) : nil
        case .first, .last: return TypeInfo(field?.type ?? .instant, isOptional: true)
        case .sum:
            switch field?.type {
            case .int, .decimal, .money, .duration: return field.map { TypeInfo($0.type) }
            case .unknown: return TypeInfo(.unknown)
            default: return nil
            }
        case .sent, .delivered, .opened, .clicked, .replied: return nil
        }
    }

    private mutating func checkMessageHistory(_ history: HistorySyntax, _ syntax: ExpressionSyntax) -> TypedNode? {
        let place = text.span(history.subjectRange)
        let subject: HistoryQuery.Subject
        let links: Set<String>
        if let (_, range) = history.field {
            return fail(.expressionExpected("`,` or `)`", found: "a field", at: text.span(range)))
        }
        switch scope.journey.steps[history.subject] {
        case .one(let step, let declared):
            subject = .step(step)
            links = declared
        case .several: return fail(.ambiguousStep(place, history.subject))
        case nil:
            guard let declared = scope.journey.templates[history.subject] else {
                let names = Array(scope.journey.steps.keys) + Array(scope.journey.templates.keys)
                let nearest = NearestName.of(history.subject, among: names)
                return fail(.unknownStep(place, history.subject, nearest: nearest))
            }
            subject = .template(history.subject)
            links = declared
        }
        if let (name, range) = history.link, !links.contains(name) {
            return fail(
                .unknownLink(
                    text.span(range), name, of: history.subject, nearest: NearestName.of(name, among: links),
                    known: links.sorted()))
        }
        let query = HistoryQuery(
            function: history.function, subject: subject, field: nil,
            window: history.window.flatMap { Int64(exactly: $0.microseconds) }, filter: nil, link: history.link?.name)
        return node(.fact(.history(query)), TypeInfo(.bool), syntax)
    }
}
