/// Carries out the safe fixes of what the compiler found. An unsafe one may change what a file means: it stays a
/// suggestion.
package struct FixApplication: Sendable {
    /// With the edits of `applied` made.
    package private(set) var files: [SourceFile]
    /// In the order of the findings, with their places in the files as they were.
    package private(set) var applied: [Diagnostic] = []
    /// What a person must decide.
    package private(set) var unsafe: [Diagnostic] = []

    /// One round. Of two fixes that touch the same bytes the first is made; the other's finding, if it is one still,
    /// comes back when the result is compiled.
    package init(_ diagnostics: [Diagnostic], in sources: SourceMap) {
        files = sources.files
        var edits: [FileID: [(span: SourceSpan, replacement: String)]] = [:]
        for diagnostic in diagnostics {
            guard let fix = diagnostic.fix else { continue }
            guard fix.isSafe else {
                unsafe.append(diagnostic)
                continue
            }
            let touches = fix.edits.contains { edit in
                (edits[edit.span.file] ?? []).contains { Self.overlaps($0.span, edit.span) }
            }
            guard !fix.edits.isEmpty, !touches else { continue }
            for edit in fix.edits { edits[edit.span.file, default: []].append(edit) }
            applied.append(diagnostic)
        }
        for (file, changes) in edits {
            var bytes = sources.file(file).bytes
            for edit in changes.sorted(by: { $0.span.start > $1.span.start }) {
                let start = min(Int(edit.span.start), bytes.count)
                bytes.replaceSubrange(start..<min(Int(edit.span.end), bytes.count), with: Array(edit.replacement.utf8))
            }
            files[Int(file.rawValue)] = SourceFile(path: sources.file(file).path, bytes: bytes)
        }
    }

    /// Edits that meet count too: nobody can say which of two insertions at one place comes first.
    private static func overlaps(_ left: SourceSpan, _ right: SourceSpan) -> Bool {
        left.start <= right.end && right.start <= left.end
    }

    /// Rounds until nothing is left to mend: behind a mistake in YAML the rest of the document comes to light.
    package static func repeated(_ files: [SourceFile], catalog: Catalog) -> (
        result: Compiler.Result, applied: [Applied]
    ) {
        var result = Compiler.compile(files, catalog: catalog)
        var applied: [Applied] = []
        for _ in 0..<roundLimit {
            let round = FixApplication(result.diagnostics, in: result.sources)
            if round.applied.isEmpty { break }
            applied += round.applied.map { Applied($0, in: result.sources) }
            result = Compiler.compile(round.files, catalog: catalog)
        }
        return (result, applied)
    }

    /// No fix makes work for another, so this is only met where one undid the other.
    static let roundLimit = 10

    /// A fix that was made, with its place at that time.
    package struct Applied: Sendable {
        package let code: String
        package let path: String
        package let position: SourcePosition
        package let help: String

        init(_ diagnostic: Diagnostic, in sources: SourceMap) {
            code = diagnostic.code
            path = sources.path(of: diagnostic.primary.span)
            position = sources.start(of: diagnostic.primary.span)
            help = diagnostic.help ?? diagnostic.message
        }
    }
}
