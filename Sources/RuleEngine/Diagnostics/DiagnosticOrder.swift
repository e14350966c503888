/// Findings in the order in which somebody mends them: file by file, from top to bottom, each once.
package enum DiagnosticOrder {
    /// More than this many help nobody; the rest is counted.
    package static let limit = 200

    package static func sorted(_ diagnostics: [Diagnostic], in sources: SourceMap) -> [Diagnostic] {
        struct Identity: Hashable {
            let code: String
            let span: SourceSpan
            /// Two quotes that were opened are missing at one place, the file's end.
            let other: SourceSpan?
            let message: String
        }
        var seen: Set<Identity> = []
        let unique = diagnostics.filter {
            seen.insert(
                Identity(code: $0.code, span: $0.primary.span, other: $0.secondary.first?.span, message: $0.message)
            ).inserted
        }
        return unique.enumerated().sorted { left, right in
            let (a, b) = (left.element.primary.span, right.element.primary.span)
            return (a.file.rawValue, a.start, a.end, left.offset) < (b.file.rawValue, b.start, b.end, right.offset)
        }.map(\.element)
    }
}

extension DiagnosticBag {
    /// The name that somebody probably meant. Nobody reads the suggestions of the ten-thousandth finding, and a
    /// hostile file could make the search expensive, so it ends with the findings that are shown.
    func nearest(_ name: String, among candidates: some Sequence<String>) -> String? {
        diagnostics.count < DiagnosticOrder.limit ? NearestName.of(name, among: candidates) : nil
    }
}
