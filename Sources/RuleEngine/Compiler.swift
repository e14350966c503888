/// The front door: text in, a checked project or diagnostics out.
package enum Compiler {
    package struct Result: Sendable {
        package let sources: SourceMap
        /// Sorted by file and place, without repetitions.
        package let diagnostics: [Diagnostic]
        /// Nil where there are errors.
        package let project: CheckedProject?
        /// A sound project that only analyses object to. Nothing may be sent from it; its programs can be explained.
        package let unproven: CheckedProject?

        package init(
            sources: SourceMap, diagnostics: [Diagnostic], project: CheckedProject?, unproven: CheckedProject? = nil
        ) {
            self.sources = sources
            self.diagnostics = diagnostics
            self.project = project
            self.unproven = unproven
        }
    }

    /// Total: whatever the files hold, it comes back. The stages in their order: read, recognise, hold against the
    /// key tables, put together, analyse. A document that fails one stage takes no part in the next.
    package static func compile(_ files: [SourceFile], catalog: Catalog) -> Result {
        var sources = SourceMap()
        let ids = files.map { sources.add($0) }
        var read = ids.map { ReadFile($0, in: sources) }
        let settings = ProjectSettings(document: ReadFile.firstProject(of: read))
        for index in read.indices { read[index].checkForms(settings: settings, catalog: catalog) }

        var checker = ProjectChecker(documents: read.flatMap(\.documents), settings: settings, catalog: catalog)
        checker.checkDeclarations(mainFile: read.first?.start)
        let declared = checker.diagnostics
        let programs = checker.programs.map { checker.checkProgram($0) }

        var diagnostics = DiagnosticBag()
        for file in read {
            (file.diagnostics + checker.stepFindings(of: file.documents)).forEach { diagnostics.report($0) }
        }
        diagnostics.report(contentsOf: declared)
        CheckedProgram.findings(of: programs).forEach { diagnostics.report($0) }
        let sound = diagnostics.hasErrors || files.isEmpty ? nil : checker.project(of: programs)
        var project = sound
        if let sound {
            diagnostics.report(contentsOf: ProjectAnalysis.findings(in: sound, catalog: catalog))
            if diagnostics.hasErrors { project = nil }
        }
        let found = UnusedAllow.applied(
            to: DiagnosticOrder.sorted(diagnostics.diagnostics, in: sources),
            in: sources,
            files: ids,
            isSound: project != nil
        )
        return Result(
            sources: sources, diagnostics: found, project: project, unproven: project == nil ? sound : nil)
    }
}
