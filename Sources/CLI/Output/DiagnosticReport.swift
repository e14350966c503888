import RuleEngine

/// What the compiler found, for the terminal and for machines.
struct DiagnosticReport {
    let result: Compiler.Result

    init(_ result: Compiler.Result) {
        self.result = result
    }

    var errors: Int { result.diagnostics.count { $0.severity == .error } }
    var warnings: Int { result.diagnostics.count { $0.severity == .warning } }

    /// `2 errors, 1 warning`
    var summary: String {
        var parts: [String] = []
        if errors > 0 { parts.append(Figures.count(errors, "error")) }
        if warnings > 0 { parts.append(Figures.count(warnings, "warning")) }
        return parts.isEmpty ? "no errors, no warnings" : parts.joined(separator: ", ")
    }

    func text(colored: Bool) -> String {
        result.diagnostics.map { "\($0.code): \($0.message)\n" }.joined()
    }

    var json: JSON {
        .array(
            result.diagnostics.map { diagnostic in
                let span = diagnostic.primary.span
                let start = result.sources.start(of: span)
                let end = result.sources.end(of: span)
                return [
                    "code": .string(diagnostic.code), "severity": .string(diagnostic.severity.rawValue),
                    "message": .string(diagnostic.message), "file": .string(result.sources.path(of: span)),
                    "line": JSON(start.line), "column": JSON(start.column), "end_line": JSON(end.line),
                    "end_column": JSON(end.column), "label": .string(diagnostic.primary.text),
                    "help": JSON(diagnostic.help),
                    "also": .array(
                        diagnostic.secondary.map { label in
                            let place = result.sources.start(of: label.span)
                            return [
                                "file": .string(result.sources.path(of: label.span)), "line": JSON(place.line),
                                "column": JSON(place.column), "label": .string(label.text),
                            ]
                        }),
                    "docs": .string("docs/diagnostics/\(diagnostic.code).md"),
                ]
            })
    }
}
