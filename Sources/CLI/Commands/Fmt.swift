import ArgumentParser
import Glibc
import RuleEngine
import Runner

struct Fmt: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write files in the one style of the language.",
        discussion: """
            Comments stay, the meaning stays, and so does a campaign's version. Without FILES: all files of the project.
            """
    )

    @Argument(help: "Files to format.")
    var files: [String] = []

    @Flag(help: "Write nothing; name the files that are not in the style, and end with 1 if there are any.")
    var check = false

    @Flag(help: "Format standard input to standard output.")
    var stdin = false

    @OptionGroup var options: CommonOptions

    func validate() throws {
        if stdin, !files.isEmpty { throw ValidationError("--stdin takes no files") }
    }

    func run() throws {
        if stdin { return try formatInput() }
        var changed: [String] = []
        var unreadable: [String] = []
        let files = try sources()
        for file in files {
            guard let bytes = FileReading.source(file.path) else {
                throw CommandFailure(reason: "file", message: "can't read \(file.shown)")
            }
            switch Formatter.format(bytes) {
            case .unreadable: unreadable.append(file.shown)
            case .formatted(let result) where result != bytes:
                changed.append(file.shown)
                if !check { try FileReplacing.replace(file.path, holding: bytes, with: result) }
            case .formatted: break
            }
        }
        report(files.count, changed: changed, unreadable: unreadable)
        if !unreadable.isEmpty || (check && !changed.isEmpty) { throw CommandFailure.silent(.failed) }
    }

    private func sources() throws(CommandFailure) -> [(shown: String, path: String)] {
        if !files.isEmpty { return files.map { ($0, $0) } }
        let workspace = try Workspace(options)
        return try workspace.files().map { ($0.path, workspace.folder.path + "/" + $0.path) }
    }

    private func formatInput() throws(CommandFailure) {
        guard let bytes = FileReading.source("/dev/stdin"), case .formatted(let result) = Formatter.format(bytes)
        else {
            throw CommandFailure(
                reason: "errors",
                message: "the input has mistakes that must be mended first",
                help: "`carillon check` names those of a project"
            )
        }
        if check {
            if result != bytes { throw CommandFailure.silent(.failed) }
            return
        }
        Terminal.output.write(String(decoding: result, as: UTF8.self))
    }

    private func report(_ count: Int, changed: [String], unreadable: [String]) {
        let output = Terminal.output
        if options.json {
            let report: JSON = [
                "files": JSON(count), "changed": JSON(changed), "unreadable": JSON(unreadable), "written": JSON(!check),
            ]
            return output.write(report.text)
        }
        for path in changed { output.line(check ? path : "formatted \(path)") }
        for path in unreadable {
            Terminal.error.line("\(path): has mistakes that must be mended first; `carillon check` names them")
        }
        if !check {
            let rest = changed.isEmpty ? "all in the style" : "\(changed.count) formatted"
            output.line(output.styled("✓", .green) + " \(Figures.count(count, "file")): \(rest)")
        }
    }
}
