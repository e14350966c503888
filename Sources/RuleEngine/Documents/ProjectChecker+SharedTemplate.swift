/// A template that programs share is held against each of its uses: the event that the run began with, and what the way to
/// the send has shown to be known.
extension ProjectChecker {
    /// What is wrong with it wherever it is sent is reported here. A value that may be missing is left to the uses, if it is
    /// all that is wrong.
    mutating func checkSharedTemplate(_ document: Document) -> CheckedTemplate? {
        func check(_ checker: inout ProjectChecker, _ journey: ExpressionScope?) -> CheckedTemplate? {
            checker.checkTemplate(document.node, id: document.id, idSpan: document.idSpan, journey: journey)
        }
        let outside = diagnostics
        diagnostics = DiagnosticBag()
        var template = check(&self, nil)
        let strict = diagnostics
        if strict.hasErrors, strict.diagnostics.allSatisfy({ $0.severity == .warning || $0.isAboutMissingValue }) {
            diagnostics = DiagnosticBag()
            var scope = messageScope(nil)
            scope.assumesWays = true
            template = check(&self, scope)
            let missing = strict.diagnostics.filter(\.isAboutMissingValue)
            if diagnostics.hasErrors {
                // The ways can't help with all of it.
                template = nil
                missing.forEach { diagnostics.report($0) }
            } else {
                relying[document.id] = missing
            }
        }
        let found = diagnostics
        diagnostics = outside
        diagnostics.report(contentsOf: found)
        return template
    }

    /// The template of this id as one use of it sends it.
    ///
    /// - Parameter scope: what is known where it is sent.
    mutating func template(
        _ id: String, event: String?, source: JourneyScope.Source, known: Set<KnownValue>, at place: SourceSpan
    ) -> CheckedTemplate? {
        guard let template = templates[id] else { return nil }
        let isRelying = relying[id] != nil
        guard template.readsEntry || isRelying else { return template }
        let shown = template.concerned(by: known)
        let key = SpecialisedTemplate.Key(template: id, event: event, known: shown)
        let found = specialised[key] ?? specialise(id, source: source, knowing: shown)
        specialised[key] = found
        // Warnings don't depend on the use, and were given with the template.
        let findings = found.findings.filter { !isRelying || $0.severity == .error }
        for isMissing in [false, true] {
            let before = diagnostics.diagnostics.count
            for finding in findings where finding.isAboutMissingValue == isMissing {
                diagnostics.report(isMissing ? finding.advisingToAsk : finding)
            }
            guard diagnostics.diagnostics.count > before else { continue }
            let words = isMissing ? "sent here, where nothing has shown it" : "sent here"
            diagnostics.addLabel(Diagnostic.Label(place, words), from: before)
            shared.append(
                CheckedProgram.Shared(
                    key: "\(id)|\(event ?? "")|\(isMissing)", namesUses: isMissing,
                    range: before..<diagnostics.diagnostics.count))
        }
        return found.template
    }

    private mutating func specialise(
        _ id: String, source: JourneyScope.Source, knowing known: Set<KnownValue>
    ) -> SpecialisedTemplate {
        guard let index = ids[.template]?[id] else { return SpecialisedTemplate(template: nil, findings: []) }
        var scope = scope.knowing(known)
        scope.roots.insert(.entry)
        scope.journey.entry = source
        let outside = diagnostics
        diagnostics = DiagnosticBag()
        let template = checkTemplate(documents[index].node, id: id, idSpan: documents[index].idSpan, journey: scope)
        let findings = diagnostics.diagnostics
        diagnostics = outside
        return SpecialisedTemplate(template: template, findings: findings)
    }

    /// What is wrong with templates that nobody sends: no way shows anything for them.
    ///
    /// - Parameter file: findings in other files are left out.
    func unsentFindings(in file: FileID? = nil) -> [Diagnostic] {
        var found: [Diagnostic] = []
        for (id, findings) in relying.sorted(by: { $0.key < $1.key }) {
            let wanted = findings.filter { file == nil || $0.primary.span.file == file }
            if wanted.isEmpty || documents.contains(where: { $0.isProgramOrFragment && $0.node.sends(id) }) { continue }
            found += wanted
        }
        return found
    }

    // MARK: What a campaign's audience shows

    /// What is known of everybody in the audience.
    func known(in audience: CheckedAudience?) -> Set<KnownValue> {
        guard let audience else { return [] }
        var known = audience.conditions.shown
        // Being in any of the segments is enough.
        if let first = audience.include.first {
            known.formUnion(
                audience.include.dropFirst().reduce(first.conditions.shown) { $0.intersection($1.conditions.shown) })
        }
        for segment in audience.exclude where segment.conditions.count == 1 {
            known.formUnion(segment.conditions[0].narrowing.whenFalse)
        }
        return known.lasting
    }
}

/// A template compiled for one use, and what is wrong with it then.
struct SpecialisedTemplate: Sendable {
    struct Key: Hashable {
        let template: String
        let event: String?
        let known: Set<KnownValue>
    }

    let template: CheckedTemplate?
    let findings: [Diagnostic]
}

extension CheckedTemplate {
    /// Its texts read the event that the run began with, so each program has it compiled for its own event.
    var readsEntry: Bool {
        messages.values.contains { $0.values.contains { $0.uses.contains(.entry) } }
    }

    /// What of the known values its texts may look at: ways that differ in other things share a compiled text.
    fileprivate func concerned(by known: Set<KnownValue>) -> Set<KnownValue> {
        guard !known.isEmpty else { return [] }
        let texts = messages.values.flatMap(\.values)
        let slots = texts.reduce(into: Set<Int>()) { $0.formUnion($1.slots) }
        return known.filter { value in
            switch value {
            case .contact(let slot): slots.contains(slot)
            case .event(let root, _): root == .entry && readsEntry
            case .history: true
            }
        }
    }
}

extension Diagnostic {
    /// The one finding that a condition in front can answer.
    var isAboutMissingValue: Bool { code == "E0312" }

    /// In a text that programs share there is a third way to mend it.
    fileprivate var advisingToAsk: Diagnostic {
        Diagnostic(
            code: code, severity: severity, message: message, at: primary, also: secondary, path: path,
            help: help.map { "\($0); or ask whether it is known in front of the send" }, fix: fix)
    }
}

extension Document {
    fileprivate var isProgramOrFragment: Bool {
        switch kind {
        case .campaign, .sequence, .rule, .fragment: true
        case .project, .schema, .segment, .policy, .channel, .route, .template, .block, .test: false
        }
    }
}

extension SyntaxNode {
    /// Whether a step or campaign in it names this template, or hands it to a fragment.
    fileprivate func sends(_ id: String) -> Bool {
        for entry in entries ?? [] {
            switch entry.key.text {
            case "send" where entry.value.scalar?.text == id: return true
            case "with" where (entry.value.entries ?? []).contains { $0.value.scalar?.text == id }: return true
            case "inputs" where entry.value.hasDefault(id): return true
            default: if entry.value.sends(id) { return true }
            }
        }
        return (items ?? []).contains { $0.sends(id) }
    }

    private func hasDefault(_ id: String) -> Bool {
        (entries ?? []).contains { $0.value.value("default")?.scalar?.text == id }
    }
}
