import ArgumentParser
import RuleEngine

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check all files of the project.",
        discussion: """
            Prints every error and warning with its place and, where it is known, what to write instead.
            --fix carries out what cannot change a meaning; what might is named and left to you.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif, github
    }

    @OptionGroup var options: CommonOptions

    @Flag(help: "Warnings count as errors.")
    var strict = false

    @Option(help: "text, json, sarif (2.1.0) or github (workflow commands).")
    var format: Format?

    @Flag(help: "Carry out the safe fixes.")
    var fix = false

    func validate() throws {
        if options.json, let format, format != .json { throw ValidationError("--json is --format json") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let format = options.json ? .json : self.format ?? .text
        let output = Terminal.output
        let result: Compiler.Result
        if fix {
            let fixing = try Fixing(workspace)
            fixing.report(to: format == .text ? output : Terminal.error)
            result = fixing.result
        } else {
            result = try workspace.compile()
        }
        let report = DiagnosticReport(result)
        switch format {
        case .json: output.line(report.json)
        case .sarif: output.line(report.sarif(prefix: try workspace.prefix()))
        case .github: output.write(report.github(prefix: try workspace.prefix()))
        case .text:
            let text = report.text(colored: output.hasColors)
            if !text.isEmpty { output.write(text + "\n") }
            let isFine = report.errors == 0 && report.warnings == 0
            output.line(
                output.styled(isFine ? "✓" : "·", isFine ? .green : .dim)
                    + " \(Figures.count(result.sources.files.count, "file")): \(report.summary)"
            )
        }
        if report.errors > 0 || (strict && report.warnings > 0) { throw CommandFailure.silent(.failed) }
    }
}
