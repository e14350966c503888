import RuleEngine

/// Findings as the protocol has them.
struct DiagnosticMessage {
    private let session: ProjectSession
    private let encoding: LineTable.Encoding

    /// Where the pages of the codes are read, ending with `/`; nil where nobody said.
    private let pages: String?

    init(session: ProjectSession, _ encoding: LineTable.Encoding) {
        self.session = session
        self.encoding = encoding
        pages = session.disk.pages
    }

    func diagnostics(_ findings: [Diagnostic]) -> [JSONValue] {
        var tables: [FileID: LineTable] = [:]
        return findings.map { diagnostic($0, &tables) }
    }

    func range(_ span: SourceSpan) -> JSONValue {
        var tables: [FileID: LineTable] = [:]
        return range(span, &tables)
    }

    private func diagnostic(_ finding: Diagnostic, _ tables: inout [FileID: LineTable]) -> JSONValue {
        var message = finding.message
        if !finding.primary.text.isEmpty { message += ": " + finding.primary.text }
        if !finding.path.isEmpty { message += "\npath: " + finding.path.joined(separator: " > ") }
        if let help = finding.help { message += "\nhelp: " + help }
        var related: [JSONValue] = []
        for label in finding.secondary {
            related.append([
                "location": [
                    "uri": .text(session.uri(of: session.compiler.sources.path(of: label.span))),
                    "range": range(label.span, &tables),
                ],
                "message": .text(label.text.isEmpty ? finding.message : label.text),
            ])
        }
        return .fields([
            "range": range(finding.primary.span, &tables),
            "severity": finding.severity == .error ? 1 : 2,
            "code": .text(finding.code),
            "codeDescription": pages.map { ["href": .text($0 + finding.code + ".md")] },
            "source": "carillon",
            "message": .text(message),
            "tags": Self.unnecessary.contains(finding.code) ? [1] : nil,
            "relatedInformation": related.isEmpty ? nil : .list(related),
        ])
    }

    /// What stands there does nothing: editors fade it.
    private static let unnecessary: Set<String> = Set(
        DiagnosticTable.all.filter { $0.code == "E0415" || $0.code == "L019" || $0.title.hasPrefix("unreachable") }
            .map(\.code))

    private func range(_ span: SourceSpan, _ tables: inout [FileID: LineTable]) -> JSONValue {
        let table = tables[span.file] ?? LineTable(session.compiler.sources.file(span.file).bytes, encoding)
        tables[span.file] = table
        return table.range(span)
    }
}
