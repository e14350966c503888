import ArgumentParser
import RuleEngine

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check all files of the project.",
        discussion: "Prints every error and warning with its place and, where it is known, what to write instead."
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Warnings count as errors.")
    var strict = false

    func run() throws {
        let result = try Workspace(options).compile()
        let report = DiagnosticReport(result)
        let output = Terminal.output
        if options.json {
            output.line(report.json)
        } else {
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
