/// What one file says by itself. Nothing in it depends on another file, except that amounts must be in the project's
/// currency or one that it has a rate for.
struct ReadFile: Sendable {
    let id: FileID
    private(set) var documents: [Document] = []
    private let reading: [Diagnostic]
    private var forms: [Diagnostic] = []

    /// In the order in which they were found.
    var diagnostics: [Diagnostic] { forms.isEmpty ? reading : reading + forms }

    init(_ id: FileID, in sources: SourceMap) {
        self.id = id
        var diagnostics = DiagnosticBag()
        for node in YAMLReader.read(id, in: sources, reporting: &diagnostics) {
            guard let document = DocumentRecogniser.recognise(node, reporting: &diagnostics) else { continue }
            documents.append(document)
        }
        reading = diagnostics.diagnostics
    }

    /// Holds the documents against their key tables.
    mutating func checkForms(settings: ProjectSettings, catalog: Catalog) {
        let shapes = ShapeChecker(
            currency: settings.currency, exchangeRates: Set(settings.exchangeRates.keys))
        var diagnostics = DiagnosticBag()
        for index in documents.indices {
            let keys = DocumentRecogniser.keys(of: documents[index], catalog: catalog, reporting: &diagnostics)
            documents[index].isSound =
                keys.map { shapes.check(documents[index], keys: $0, reporting: &diagnostics) } ?? false
        }
        forms = diagnostics.diagnostics
    }

    /// Where a missing project is reported. Nil where the file has errors: that it can't be read is news enough.
    var start: SourceSpan? {
        diagnostics.contains { $0.severity == .error } ? nil : SourceSpan(file: id, start: 0, end: 0)
    }

    static func firstProject(of files: some Sequence<ReadFile>) -> Document? {
        for file in files {
            if let project = file.documents.first(where: { $0.kind == .project }) { return project }
        }
        return nil
    }
}
