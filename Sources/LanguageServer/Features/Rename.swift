import RuleEngine

extension Inquiry {
    func prepareRename(at offset: Int) throws(ResponseError) -> JSONValue {
        let here = try renamed(at: offset)
        return ["range": lines.range(here.span), "placeholder": .text(here.symbol.name)]
    }

    /// Every place in every file, or nothing: a rename that would leave the project with more mistakes than it has is
    /// refused.
    func rename(at offset: Int, to name: String?) throws(ResponseError) -> JSONValue {
        guard let name else { throw ResponseError(.invalidParams, "the new name is missing") }
        let here = try renamed(at: offset)
        if name == here.symbol.name { return ["changes": [:]] }
        try refuse(name, for: here.symbol)
        let places = project.occurrences(of: here.symbol)
        try compare(with: name, at: places)
        var changes: [String: JSONValue] = [:]
        var versioned: [JSONValue] = []
        for (span, edits) in Dictionary(grouping: places, by: \.span.file).sorted(by: {
            $0.key.rawValue < $1.key.rawValue
        }) {
            let source = project.sources.file(span)
            let table = LineTable(source.bytes, encoding)
            let list = JSONValue.list(edits.map { ["range": table.range($0.span), "newText": .text(name)] })
            let uri = session.uri(of: source.path)
            changes[uri] = list
            versioned.append([
                "textDocument": [
                    "uri": .text(uri), "version": session.open[source.path].map { .integer($0.version) } ?? .null,
                ],
                "edits": list,
            ])
        }
        // With versions, so that an edit that was typed meanwhile is not written over.
        return knowsVersions ? ["documentChanges": .list(versioned)] : ["changes": .object(changes)]
    }

    private func renamed(at offset: Int) throws(ResponseError) -> Occurrence {
        guard let here = project.occurrence(at: offset, in: file) else {
            throw ResponseError(.requestFailed, "there is no name here that can be changed")
        }
        switch here.symbol {
        case .document(.project, _), .document(.schema, _), .document(.policy, _), .document(.segment, _),
            .document(.channel, _), .document(.route, _), .document(.template, _), .document(.fragment, _),
            .document(.campaign, _), .document(.sequence, _), .document(.rule, _), .document(.test, _), .step,
            .event, .eventField, .input:
            break
        case .contactField(let name):
            if ContactSchema.standardFields.contains(where: { $0.name == name }) {
                throw ResponseError(.requestFailed, "`contact.\(name)` is a field that every project has")
            }
        case .team, .brand, .openingHours, .call:
            throw ResponseError(
                .requestFailed, "`\(here.symbol.name)` can't be renamed here; change it in the project file")
        }
        guard project.definition(of: here.symbol) != nil else {
            throw ResponseError(.requestFailed, "nothing is called `\(here.symbol.name)`")
        }
        return here
    }

    // MARK: Refusals

    private func refuse(_ name: String, for symbol: Symbol) throws(ResponseError) {
        let fault: String?
        switch symbol {
        case .document, .step, .input: fault = LanguageWords.faultOfID(name)
        case .contactField, .event, .eventField: fault = LanguageWords.faultOfFieldName(name)
        case .team, .brand, .openingHours, .call: fault = nil
        }
        if let fault { throw ResponseError(.requestFailed, "`\(name)` can't be a name: \(fault)") }
        if let taken = taken(name, for: symbol) { throw ResponseError(.requestFailed, taken) }
    }

    private func taken(_ name: String, for symbol: Symbol) -> String? {
        switch symbol {
        case .document(let kind, _):
            if project.document(kind, name) != nil { return "there is a \(kind.rawValue) `\(name)` already" }
            if kind == .template, name == "message" || name == "text" { return "`\(name)` is a word of the language" }
            if kind == .route, name == "reply" { return "`reply` is a word of the language" }
        case .contactField:
            if project.schema.slot(of: name) != nil { return "there is a field `contact.\(name)` already" }
        case .event: if project.events[name] != nil { return "there is an event `\(name)` already" }
        case .eventField(let event, _):
            if project.events[event]?.field(name) != nil { return "`\(event)` has a field `\(name)` already" }
        case .step(let kind, let program, _):
            guard let document = project.document(kind, program) else { return nil }
            let others = project.occurrences(in: document)
            if others.contains(where: { $0.symbol == .step(kind, program: program, name) && $0.isDefinition }) {
                return "there is a step `\(name)` already"
            }
            if others.contains(where: { $0.symbol == .document(.template, name) }) {
                return "a step that sends the template `\(name)` goes by that name already"
            }
        case .input(let fragment, _):
            if project.definition(of: .input(fragment: fragment, name)) != nil {
                return "the fragment has an input `\(name)` already"
            }
        case .team, .brand, .openingHours, .call: break
        }
        return nil
    }

    /// Names are found by the form of the text around them; that the project still says the same is asked of the compiler.
    private func compare(with name: String, at places: [Occurrence]) throws(ResponseError) {
        var renamed = project
        for (file, edits) in Dictionary(grouping: places, by: \.span.file) {
            let source = project.sources.file(file)
            var bytes = source.bytes
            for edit in edits.sorted(by: { $0.span.start > $1.span.start }) {
                bytes.replaceSubrange(Int(edit.span.start)..<Int(edit.span.end), with: Array(name.utf8))
            }
            _ = renamed.change(source.path, to: bytes)
        }
        let before = project.settled().findings.values.joined().count { $0.severity == .error }
        let after = renamed.settled().findings.values.joined().filter { $0.severity == .error }
        guard after.count > before else { return }
        let first = after.first { finding in finding.message.contains("`\(name)`") } ?? after.first
        throw ResponseError(
            .requestFailed, "`\(name)` would make the project wrong: \(first?.message ?? "an error that was not there")"
        )
    }
}
