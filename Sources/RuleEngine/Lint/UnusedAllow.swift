/// `unused-allow`: an exception that excepts nothing any more hides the next finding of its kind.
///
/// Only asked of projects without errors: where there are some, warnings may not have been looked for.
enum UnusedAllow {
    /// The findings without those that comments silence, and with those about comments of these files that silence
    /// nothing. A comment and what it silences are in one file, so each file can be asked alone.
    static func applied(
        to found: [Diagnostic], in sources: SourceMap, files: some Sequence<FileID>, isSound: Bool
    ) -> [Diagnostic] {
        var used: Set<Place> = []
        var kept = keep(found, in: sources, using: &used)
        guard isSound else { return kept }
        let comments = files.flatMap { Self.comments(of: $0, in: sources) }
        // A comment may allow that another one is unused, so those that do are asked last.
        for isAboutItself in [false, true] {
            let unused = comments.filter { comment in
                (comment.lint == name) == isAboutItself && !used.contains(comment.place)
            }
            kept += keep(unused.compactMap(diagnostic), in: sources, using: &used)
        }
        return DiagnosticOrder.sorted(kept, in: sources)
    }

    private static let name = "unused-allow"

    private struct Place: Hashable {
        let file: FileID
        let line: Int
    }

    private struct Comment {
        let place: Place
        let span: SourceSpan
        let lint: String
        let hasReason: Bool
    }

    private static func keep(_ found: [Diagnostic], in sources: SourceMap, using used: inout Set<Place>) -> [Diagnostic]
    {
        found.filter { diagnostic in
            guard AllowComment.silences(diagnostic, in: sources) else { return true }
            let span = diagnostic.primary.span
            used.insert(Place(file: span.file, line: sources.start(of: span).line - 1))
            return false
        }
    }

    /// Every `# allow` that is a comment, not a line of a text.
    private static func comments(of file: FileID, in sources: SourceMap) -> [Comment] {
        let bytes = sources.file(file).bytes
        guard holdsAllow(bytes), let scan = CommentScan(bytes) else { return [] }
        return scan.comments.compactMap { comment in
            guard comment.isOwnLine, let (lint, hasReason) = AllowComment.allowed(by: comment.text) else { return nil }
            let end = comment.offset + comment.text.utf8.count
            let span = SourceSpan(file: file, start: Int32(comment.offset), end: Int32(end))
            let place = Place(file: file, line: sources.start(of: span).line)
            return Comment(place: place, span: span, lint: lint, hasReason: hasReason)
        }
    }

    private static func holdsAllow(_ bytes: [UInt8]) -> Bool {
        let word = Array("allow ".utf8)
        return bytes.indices.contains { index in
            bytes[index] == UInt8(ascii: "#") && bytes[index...].dropFirst().drop { $0 == 0x20 }.starts(with: word)
        }
    }

    /// Nil for what is no exception but a sentence that begins like one.
    private static func diagnostic(_ comment: Comment) -> Diagnostic? {
        let lints = DiagnosticTable.all.filter { $0.severity == .warning }.map(\.title)
        if lints.contains(comment.lint) {
            return .unusedAllow(comment.span, comment.lint, hasReason: comment.hasReason)
        }
        return NearestName.of(comment.lint, among: lints).map { .unknownAllow(comment.span, comment.lint, nearest: $0) }
    }
}

extension Diagnostic {
    static func unusedAllow(_ span: SourceSpan, _ lint: String, hasReason: Bool) -> Diagnostic {
        Diagnostic(
            code: "L019",
            severity: .warning,
            message: "`unused-allow`: "
                + (hasReason ? "nothing on the next line is `\(lint)`" : "the reason is missing"),
            at: Label(span),
            help: hasReason ? "remove the comment" : "write `# allow \(lint): ` and why"
        )
    }

    static func unknownAllow(_ span: SourceSpan, _ lint: String, nearest: String) -> Diagnostic {
        Diagnostic(
            code: "L019",
            severity: .warning,
            message: "`unused-allow`: no warning is called `\(lint)`",
            at: Label(span),
            help: "rename to `\(nearest)`"
        )
    }
}
