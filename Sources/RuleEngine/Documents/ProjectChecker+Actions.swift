/// The steps that write something down or talk to somebody else than the contact.
extension ProjectChecker {
    // MARK: Fields

    mutating func checkSet(_ entry: SyntaxEntry, in context: StepContext) -> [Assignment]? {
        var assignments: [Assignment] = []
        var isSound = true
        for field in entry.value.entries ?? [] {
            if let value = checkValue(of: field, in: context) {
                assignments.append(Assignment(field: field.key.text, value: value))
            } else {
                isSound = false
            }
        }
        return isSound ? assignments : nil
    }

    private mutating func checkValue(of entry: SyntaxEntry, in context: StepContext) -> Assignment.Value? {
        guard let scalar = entry.value.scalar else { return nil }
        guard let slot = schema.slot(of: entry.key.text) else {
            let nearest = NearestName.of(entry.key.text, among: schema.fields.map(\.name))
            diagnostics.report(
                .expressionUnknownField(entry.key.text, nearest: nearest, schema: schema.id, at: entry.key.span))
            return nil
        }
        let fixed = ["id", "email", "phone", "whatsapp", "telegram", "messenger", "instagram", "webchat", "tags"]
        if fixed.contains(entry.key.text) {
            diagnostics.report(
                .formNotSupported(
                    entry.key.span, "writing `\(entry.key.text)` by a step is",
                    help: entry.key.text == "tags" ? "use `tag` and `untag`" : "addresses come by import only"))
            return nil
        }
        let type = schema.fields[slot].type.type
        let hasMarks = scalar.text.contains("<<")
        if case .oneOf(let words) = type, !hasMarks {
            guard words.contains(scalar.text) else {
                diagnostics.report(.unknownWord(scalar.span, key: entry.key.text, scalar.text, known: words))
                return nil
            }
        }
        guard type.isTextual else { return checkTyped(scalar, type, hasMarks: hasMarks, in: context) }
        return checkText(scalar, in: context).map { .text($0) }
    }

    /// A number, date or truth value: written out, or as one mark that gives it.
    private mutating func checkTyped(
        _ scalar: SyntaxScalar, _ type: ValueType, hasMarks: Bool, in context: StepContext
    ) -> Assignment.Value? {
        let text = scalar.embedded
        var range = 0..<text.bytes.count
        if hasMarks {
            let trimmed = scalar.text.trimmed
            guard trimmed == scalar.text, trimmed.hasPrefix("<<"), trimmed.hasSuffix(">>"), trimmed.utf8.count > 4
            else {
                diagnostics.report(.mixedValue(scalar.span, type: type))
                return nil
            }
            range = 2..<text.bytes.count - 2
        }
        return expression(text, range, expecting: type, in: context.scope).map { .expression($0) }
    }

    /// A text that is filled in for the contact, in the project's language.
    mutating func checkText(_ scalar: SyntaxScalar, in context: StepContext) -> CompiledText? {
        var scope = context.scope
        scope.roots.insert(.sender)
        var template = TemplateScope(
            expressions: scope, purpose: context.purpose, language: settings.languageFallback ?? "en")
        template.blocks = blocks
        return TemplateCompiler.compile(scalar.embedded, as: .plain, in: template, reporting: &diagnostics)
    }

    private mutating func expression(
        _ text: EmbeddedText, _ range: Range<Int>, expecting type: ValueType?, in scope: ExpressionScope
    ) -> TypedExpression? {
        let wanted = type == .unknown ? nil : type
        let found = ExpressionCompiler.compile(
            text, range: range, expecting: wanted, in: scope, reporting: &diagnostics)
        guard let found else { return nil }
        return found
    }

    // MARK: Events and programs

    mutating func checkEmit(_ entry: SyntaxEntry, in context: StepContext) -> CheckedStep.Action? {
        guard let name = entry.value.scalar ?? entry.value.value("event")?.scalar else { return nil }
        switch argument(name, .event, in: context) {
        case nil: return nil
        case .open: return .emit(event: name.text, [])
        case .scalar(let scalar):
            guard let event = resolveEvent(scalar),
                let values = checkFields(entry.value.value("with"), of: event, at: name.span, in: context)
            else { return nil }
            return .emit(event: event.id, values)
        }
    }

    mutating func checkStart(_ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext) -> CheckedStep.Action? {
        guard let name = entry.value.scalar, let (kind, id) = try? Units.program(name.text) else { return nil }
        guard let index = ids[kind]?[id] else {
            let nearest = NearestName.of(id, among: (ids[kind] ?? [:]).keys).map { "\(kind.rawValue) \($0)" }
            diagnostics.report(.unknownProgram(name.span, kind: kind, id, nearest: nearest))
            return nil
        }
        // The other program may not be checked yet, so its entry is read from its document.
        let begin = documents[index].value(kind == .sequence ? "enter" : "trigger")
        guard let event = (begin?.text("event") ?? begin?.text("webhook")).flatMap({ events[$0] }) else {
            if let with = step.entry("with") {
                diagnostics.report(.entryWithoutFields(with.key.span, kind: kind, id))
                return nil
            }
            return .start(kind, id, [])
        }
        return checkFields(step.value("with"), of: event, at: name.span, in: context).map { .start(kind, id, $0) }
    }

    private mutating func checkFields(
        _ node: SyntaxNode?, of event: EventSchema, at place: SourceSpan, in context: StepContext
    ) -> [Assignment]? {
        var values: [Assignment] = []
        var isSound = true
        for entry in node?.entries ?? [] {
            guard let scalar = entry.value.scalar else { continue }
            guard let field = event.field(entry.key.text) else {
                let nearest = NearestName.of(entry.key.text, among: event.fields.map(\.name))
                diagnostics.report(
                    .expressionUnknownEventField(
                        entry.key.text, event: event.id, nearest: nearest, at: entry.key.span,
                        declared: event.declaration))
                isSound = false
                continue
            }
            let text = scalar.embedded
            guard
                let value = expression(text, 0..<text.bytes.count, expecting: field.type.type, in: context.scope)
            else {
                isSound = false
                continue
            }
            if value.type.isOptional, !field.type.isOptional {
                diagnostics.report(
                    .valueMayBeMissing(
                        value.source, field: value.fieldSlot.map { schema.fields[$0] }, at: value.span,
                        help: "write `default(\(value.source), …)`, or declare the event's field as optional"))
                isSound = false
            }
            values.append(Assignment(field: field.name, value: .expression(value)))
        }
        for field in event.fields where !field.type.isOptional && node?.value(field.name) == nil {
            guard field.record.isEmpty else { continue }
            diagnostics.report(.missingKey(place, field.name, in: "the event `\(event.id)`"))
            isSound = false
        }
        return isSound ? values : nil
    }

    // MARK: Others

    mutating func checkHandOver(
        _ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext
    ) -> CheckedStep.Action? {
        guard let name = entry.value.scalar else { return nil }
        var note: CompiledText?
        var isSound = true
        if let scalar = step.value("note")?.scalar {
            note = checkText(scalar, in: context)
            isSound = note != nil
        }
        switch argument(name, .team, in: context) {
        case nil: return nil
        case .open: return isSound ? .handOver(team: name.text, note: note) : nil
        case .scalar(let scalar):
            guard resolveTeam(scalar) else { return nil }
            return isSound ? .handOver(team: scalar.text, note: note) : nil
        }
    }

    mutating func resolveTeam(_ scalar: SyntaxScalar) -> Bool {
        if settings.teams.contains(scalar.text) { return true }
        guard settingsDocument?.isSound ?? false else { return false }
        let nearest = NearestName.of(scalar.text, among: settings.teams)
        diagnostics.report(.unknownTeam(scalar.span, scalar.text, nearest: nearest))
        return false
    }

    mutating func checkCall(_ entry: SyntaxEntry, _ step: SyntaxNode, in context: StepContext) -> CheckedCall? {
        guard let name = entry.value.scalar else { return nil }
        let endpoint = settings.calls[name.text]
        if endpoint == nil, settingsDocument?.isSound ?? false {
            let nearest = NearestName.of(name.text, among: settings.calls.keys)
            diagnostics.report(.unknownCall(name.span, name.text, nearest: nearest))
        }
        var body: [Assignment] = []
        var isSound = true
        for field in step.value("body")?.entries ?? [] {
            if let text = field.value.scalar.flatMap({ checkText($0, in: context) }) {
                body.append(Assignment(field: field.key.text, value: .text(text)))
            } else {
                isSound = false
            }
        }
        var inside = context
        let otherwise = checkSteps(step.value("else"), in: &inside)
        guard let endpoint, let otherwise, isSound else { return nil }
        let retry = step.value("retry")
        return CheckedCall(
            call: name.text, endpoint: endpoint, body: body,
            attempts: retry?.text("at_most").flatMap { try? Units.integer($0) } ?? 1,
            over: retry?.text("over").flatMap { try? Units.duration($0) } ?? 0, otherwise: otherwise)
    }
}
