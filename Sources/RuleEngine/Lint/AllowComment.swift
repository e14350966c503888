/// `# allow text-cut-by-comment: the ticket's number is a comment` on the line before silences one warning.
///
/// Errors can't be silenced, and neither can anything without a reason: the exception is reviewed like code.
enum AllowComment {
    static func silences(_ diagnostic: Diagnostic, in sources: SourceMap) -> Bool {
        guard diagnostic.severity == .warning, let lint = DiagnosticTable.lintName(of: diagnostic.code) else {
            return false
        }
        let line = sources.start(of: diagnostic.primary.span).line
        guard line > 1 else { return false }
        return allows(lint, sources.lineText(line - 1, in: diagnostic.primary.span.file))
    }

    static func allows(_ lint: String, _ line: String) -> Bool {
        allowed(by: line).map { $0.lint == lint && $0.hasReason } ?? false
    }

    /// What a comment speaks of; nil where it is another comment.
    static func allowed(by line: String) -> (lint: String, hasReason: Bool)? {
        var rest = line.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        guard rest.first == UInt8(ascii: "#") else { return nil }
        rest = rest.dropFirst().drop { $0 == 0x20 }
        guard rest.starts(with: "allow ".utf8) else { return nil }
        rest = rest.dropFirst(6).drop { $0 == 0x20 }
        let name = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: ":") }
        rest = rest.dropFirst(name.count)
        let hasReason = rest.first == UInt8(ascii: ":") && rest.dropFirst().contains { $0 > 0x20 }
        return (String(decoding: Array(name), as: UTF8.self), hasReason)
    }
}
