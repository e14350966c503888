import ArgumentParser
import RuleEngine
import Runner

struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what two versions do differently: changes of meaning, not of text.",
        discussion: """
            OLD and NEW are two folders with a project each, or two files, of which one belongs to the project and the other is \
            read in its place. Layout, comments, and names that only point inside make no difference. Ends with 0 where nothing \
            has changed, with 1 where something has, and with 2 where the two can't be compared.
            """
    )

    @Argument(help: "The older file or folder.")
    var old: String

    @Argument(help: "The newer file or folder.")
    var new: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let (before, after) = try versions()
        let changes = ProjectComparison.changes(from: before.project, to: after.project)
        if options.json {
            let report: JSON = [
                "changes": .array(changes.map { Self.json($0, before.sources, after.sources) })
            ]
            Terminal.output.write(report.text)
        } else {
            for change in changes { Self.write(change, before.sources, after.sources) }
            let count =
                changes.isEmpty ? "no change in meaning" : Figures.count(changes.count, "change") + " in meaning"
            Terminal.output.line(count)
        }
        if !changes.isEmpty { throw CommandFailure.silent(.failed) }
    }

    // MARK: Reading

    private typealias Version = (project: CheckedProject, sources: SourceMap)

    private func versions() throws(CommandFailure) -> (Version, Version) {
        let (first, second) = (try AbsolutePath.of(old), try AbsolutePath.of(new))
        func isProject(_ path: String) -> Bool { FileReading.isFile(path + "/" + ProjectFolder.fileName) }
        if isProject(first), isProject(second) {
            return (
                try Self.compile(
                    Workspace.files(of: ProjectFolder(path: first)), .standard(folder: first), named: old),
                try Self.compile(
                    Workspace.files(of: ProjectFolder(path: second)), .standard(folder: second), named: new)
            )
        }
        guard let before = FileReading.source(first), let after = FileReading.source(second) else {
            throw CommandFailure(
                .usage, reason: "not_found", message: "`\(old)` and `\(new)` are neither two files nor two projects",
                help: "a project is a folder that holds \(ProjectFolder.fileName)")
        }
        let workspace = try Workspace(options)
        let paths = [try workspace.pathInProject(old), try workspace.pathInProject(new)]
        // Each stands once in the place of both: their ids are the same.
        let others = try workspace.files().filter { !paths.contains($0.path) }
        let catalog = try workspace.catalog()
        return (
            try Self.compile(others + [SourceFile(path: paths[0], bytes: before)], catalog, named: old),
            try Self.compile(others + [SourceFile(path: paths[1], bytes: after)], catalog, named: new)
        )
    }

    private static func compile(
        _ files: [SourceFile], _ catalog: Catalog, named name: String
    ) throws(CommandFailure) -> Version {
        let result = Compiler.compile(files, catalog: catalog, workers: .cores)
        guard let project = result.project else {
            throw CommandFailure(
                .usage, reason: "errors", message: "`\(name)` has errors: \(DiagnosticReport(result).summary)",
                help: "only what compiles has a meaning to compare", diagnostics: DiagnosticReport(result))
        }
        return (project, result.sources)
    }

    // MARK: Telling

    private static func write(_ change: MeaningChange, _ before: SourceMap, _ after: SourceMap) {
        let output = Terminal.output
        let isWeaker = change.direction == .weakerConsent
        let direction = change.direction.map { " (\($0.rawValue))" } ?? ""
        let head = "\(change.subject): \(change.text)\(direction)"
        output.line(isWeaker ? output.styled("! " + head, .red) : head)
        if let was = change.was { output.line("  was  " + was.words + place(was, before)) }
        if let now = change.now { output.line("  now  " + now.words + place(now, after)) }
        output.line("")
    }

    private static func place(_ side: MeaningChange.Side, _ sources: SourceMap) -> String {
        side.span.map { "\n       " + sources.describe($0) } ?? ""
    }

    private static func json(_ change: MeaningChange, _ before: SourceMap, _ after: SourceMap) -> JSON {
        func side(_ side: MeaningChange.Side?, _ sources: SourceMap) -> JSON {
            guard let side else { return nil }
            guard let span = side.span else { return ["words": .string(side.words), "file": nil] }
            let place = sources.start(of: span)
            return [
                "words": .string(side.words), "file": .string(sources.path(of: span)), "line": JSON(place.line),
                "column": JSON(place.column),
            ]
        }
        return [
            "subject": .string(change.subject), "text": .string(change.text),
            "direction": JSON(change.direction?.rawValue), "was": side(change.was, before),
            "now": side(change.now, after),
        ]
    }
}
