extension IncrementalCompiler {
    /// What is known of a file right after an edit: what its own text and the declarations say. Analyses of the whole
    /// project and exceptions that except nothing come with `settled`.
    package func findings(in file: FileID) -> [Diagnostic] {
        finished(gathered(in: file, unsent: checker.unsentFindings(in: file)), of: file, isSound: false)
    }

    /// What a whole compilation finds, by file; files without findings are left out.
    package struct Settled: Sendable {
        /// With every program checked.
        package let compiler: IncrementalCompiler
        package let findings: [FileID: [Diagnostic]]
        /// Nil where there are errors.
        package let project: CheckedProject?
    }

    /// Checks what is left over from the edits and analyses the whole. A value in, a value out: it can be asked for on
    /// another thread while the editing goes on.
    package consuming func settled() -> Settled {
        var compiler = self
        compiler.checkStale()
        var found: [FileID: [Diagnostic]] = [:]
        let unsent = Dictionary(grouping: compiler.checker.unsentFindings()) { $0.primary.span.file }
        for file in compiler.order {
            let own = compiler.gathered(in: file, unsent: unsent[file] ?? [])
            if !own.isEmpty { found[file] = own }
        }
        var isSound = !compiler.order.isEmpty && !found.values.contains { $0.contains { $0.severity == .error } }
        var project: CheckedProject?
        if isSound {
            let sound = compiler.checker.project(of: compiler.checkedPrograms)
            let analyses = ProjectAnalysis.findings(in: sound, catalog: compiler.catalog)
            for finding in analyses.diagnostics { found[finding.primary.span.file, default: []].append(finding) }
            isSound = !analyses.hasErrors
            project = isSound ? sound : nil
        }
        var findings: [FileID: [Diagnostic]] = [:]
        for file in compiler.order where isSound || found[file] != nil {
            let own = compiler.finished(found[file] ?? [], of: file, isSound: isSound)
            if !own.isEmpty { findings[file] = own }
        }
        return Settled(compiler: compiler, findings: findings, project: project)
    }

    private func finished(_ findings: [Diagnostic], of file: FileID, isSound: Bool) -> [Diagnostic] {
        UnusedAllow.applied(
            to: DiagnosticOrder.sorted(findings, in: sources), in: sources, files: [file], isSound: isSound)
    }

    /// In the order in which the compiler finds them.
    private func gathered(in file: FileID, unsent: [Diagnostic]) -> [Diagnostic] {
        guard let own = read[Int(file.rawValue)] else { return [] }
        let programs = CheckedProgram.findings(of: pointingPrograms(at: file)).filter { $0.primary.span.file == file }
        return own.diagnostics + checker.stepFindings(of: own.documents) + (declared[file] ?? []) + unsent + programs
    }

    private func pointingPrograms(at file: FileID) -> [CheckedProgram] {
        guard let others = pointing[file], !others.isEmpty else { return [] }
        return programs(of: others.count == 1 ? Array(others) : order.filter { others.contains($0) })
    }

    private var checkedPrograms: [CheckedProgram] { programs(of: order) }

    /// By kind, and within a kind by file.
    private func programs(of files: [FileID]) -> [CheckedProgram] {
        ProjectChecker.programKinds.flatMap { kind in
            files.flatMap { file -> [CheckedProgram] in
                guard let documents = read[Int(file.rawValue)]?.documents, let checked = programs[file] else {
                    return []
                }
                return zip(documents, checked).compactMap { $0.kind == kind ? $1 : nil }
            }
        }
    }
}

/// What editors ask about the project besides its findings.
extension IncrementalCompiler {
    package var schema: ContactSchema { checker.schema }
    package var events: [String: EventSchema] { checker.events }
    package var settings: ProjectSettings { checker.settings }
    package var templates: [String: CheckedTemplate] { checker.templates }
    /// Every document with an id, in the project's order, those with errors included.
    package var documents: [Document] { checker.documents }

    /// The first document of this kind and id.
    package func document(_ kind: DocumentKind, _ id: String) -> Document? {
        checker.ids[kind]?[id].map { checker.documents[$0] }
    }

    /// The documents of a file.
    package func documents(in file: FileID) -> [Document] { read[Int(file.rawValue)]?.documents ?? [] }
}
