import RuleEngine

/// What the compiler found, for the terminal and for machines.
struct DiagnosticReport {
    private let result: Compiler.Result

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
        DiagnosticRenderer(sources: result.sources, usesColour: colored).text(result.diagnostics)
    }

    /// SARIF 2.1.0.
    func sarif(prefix: String) -> String {
        DiagnosticRenderer(sources: result.sources)
            .sarif(result.diagnostics, version: CarillonVersion.text, prefix: prefix)
    }

    /// Workflow commands.
    func github(prefix: String) -> String {
        DiagnosticRenderer(sources: result.sources).github(result.diagnostics, prefix: prefix)
    }

    /// `{"diagnostics": […], "errors": …, "warnings": …}`
    var json: String {
        DiagnosticRenderer(sources: result.sources).json(result.diagnostics)
    }
}
