/// The front door: text in, a checked project or diagnostics out.
package enum Compiler {
    package struct Result: Sendable {
        package let sources: SourceMap
        /// Sorted by file and place, without repetitions.
        package let diagnostics: [Diagnostic]
        /// Nil where there are errors.
        package let project: CheckedProject?

        package init(sources: SourceMap, diagnostics: [Diagnostic], project: CheckedProject?) {
            self.sources = sources
            self.diagnostics = diagnostics
            self.project = project
        }
    }

    /// Total: whatever the files hold, it comes back. The stages in their order: read, recognise, hold against the
    /// key tables, put together, analyse. A document that fails one stage takes no part in the next.
    package static func compile(_ files: [SourceFile], catalog: Catalog) -> Result {
        var sources = SourceMap()
        var diagnostics = DiagnosticBag()
        let ids = files.map { sources.add($0) }

        var documents: [Document] = []
        for id in ids {
            for node in YAMLReader.read(id, in: sources, reporting: &diagnostics) {
                guard let document = DocumentRecogniser.recognise(node, reporting: &diagnostics) else { continue }
                documents.append(document)
            }
        }

        let settings = ProjectSettings(document: documents.first { $0.kind == .project })
        let shapes = ShapeChecker(currency: settings.currency)
        for index in documents.indices {
            let keys = DocumentRecogniser.keys(of: documents[index], catalog: catalog, reporting: &diagnostics)
            documents[index].isSound =
                keys.map { shapes.check(documents[index], keys: $0, reporting: &diagnostics) } ?? false
        }

        let start = ids.first.map { SourceSpan(file: $0, start: 0, end: 0) }
        var checker = ProjectChecker(
            documents: documents,
            settings: settings,
            catalog: catalog,
            diagnostics: diagnostics
        )
        // Where the first file can't be read, a missing project is no news.
        let isReadable = !diagnostics.diagnostics.contains {
            $0.primary.span.file == ids.first && $0.severity == .error
        }
        var project = checker.check(mainFile: isReadable ? start : nil)
        if let sound = project, !ProjectAnalysis.all.isEmpty {
            let analysed = AnalysedProject(project: sound, catalog: catalog)
            for analysis in ProjectAnalysis.all { analysis.run(analysed, &checker.diagnostics) }
            if checker.diagnostics.hasErrors { project = nil }
        }
        let found = UnusedAllow.applied(
            to: DiagnosticOrder.sorted(checker.diagnostics.diagnostics, in: sources),
            in: sources,
            isSound: project != nil
        )
        return Result(sources: sources, diagnostics: found, project: files.isEmpty ? nil : project)
    }
}
