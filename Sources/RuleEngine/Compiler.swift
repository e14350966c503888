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
    ///
    /// - Parameter workers: files, programs and graphs are looked at side by side; how many look changes nothing.
    package static func compile(_ files: [SourceFile], catalog: Catalog, workers: Workers = .one) -> Result {
        var sources = SourceMap()
        let ids = files.map { sources.add($0) }
        var (read, settings) = readAll(ids, in: sources, catalog: catalog, workers)

        var checker = ProjectChecker(documents: read.flatMap(\.documents), settings: settings, catalog: catalog)
        checker.checkDeclarations(mainFile: read.first?.start)
        let declared = checker.diagnostics
        let programs = check(checker.programs, with: checker, workers)

        var diagnostics = DiagnosticBag()
        for file in read {
            (file.diagnostics + checker.stepFindings(of: file.documents)).forEach { diagnostics.report($0) }
        }
        diagnostics.report(contentsOf: declared)
        checker.unsentFindings().forEach { diagnostics.report($0) }
        CheckedProgram.findings(of: programs).forEach { diagnostics.report($0) }
        let sound = diagnostics.hasErrors || files.isEmpty ? nil : checker.project(of: programs)
        // The trees of ten thousand files are most of what is held so far, and nobody asks them any more.
        read = []
        checker.documents = []
        var project = sound
        if let sound {
            diagnostics.report(contentsOf: ProjectAnalysis.findings(in: sound, catalog: catalog, workers: workers))
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

    /// The project's settings say which amounts are well formed. Its file stands first, so that the others can be read
    /// and held against the key tables in one go.
    private static func readAll(
        _ ids: [FileID], in sources: SourceMap, catalog: Catalog, _ workers: Workers
    ) -> (read: [ReadFile], settings: ProjectSettings) {
        var read: [ReadFile] = []
        while read.count < ids.count, ReadFile.firstProject(of: read.suffix(1)) == nil {
            read.append(ReadFile(ids[read.count], in: sources))
        }
        let settings = ProjectSettings(document: ReadFile.firstProject(of: read))
        for index in read.indices { read[index].checkForms(settings: settings, catalog: catalog) }
        let first = read.count
        read += workers.map(ids.count - first) { number in
            var file = ReadFile(ids[first + number], in: sources)
            file.checkForms(settings: settings, catalog: catalog)
            return file
        }
        return (read, settings)
    }

    /// Each by itself: what one program finds out, such as a template for its event, no other needs.
    private static func check(
        _ programs: [Document], with checker: ProjectChecker, _ workers: Workers
    ) -> [CheckedProgram] {
        workers.map(programs.count, with: { checker }) { number, checker in checker.checkProgram(programs[number]) }
    }
}
