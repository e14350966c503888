import ArgumentParser
import RuleEngine
import Runner

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the project's scenario tests on a virtual clock.",
        discussion: """
            Nothing is sent and nobody's data is read: a test brings its own person. Without FILES all tests run. \
            docs/guides/testing.md shows how to write them.
            """
    )

    @Argument(help: "Files of tests, or folders of them.")
    var files: [String] = []

    @Option(help: "Also write the results as JUnit XML.", completion: .file())
    var junit: String?

    @Flag(help: "List what no test has covered.")
    var coverage = false

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let tests = try selected(project, sources, workspace)
        let stage = try RehearsalStage.of(project)
        var run = TestRun(stage)
        run.run(tests)
        let report = TestReport(run, stage, sources, showsCoverage: coverage)
        if let junit { try FolderWriting.write(report.junit, to: AbsolutePath.of(junit), replacing: true) }
        let output = Terminal.output
        if options.json {
            output.write(report.json.text)
        } else {
            output.write(report.text { output.styled($0, $1) })
        }
        if report.failed > 0 { throw CommandFailure.silent(.failed) }
    }

    private func selected(
        _ project: CheckedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws(CommandFailure) -> [CheckedTest] {
        guard !files.isEmpty else { return project.tests }
        var selected: Set<String> = []
        for file in files {
            let path = try workspace.pathInProject(file)
            let found = project.tests.map { sources.path(of: $0.span) }.filter {
                $0 == path || $0.hasPrefix(path.hasSuffix("/") ? path : path + "/")
            }
            guard !found.isEmpty else {
                throw CommandFailure(
                    .usage, reason: "not_found", message: "`\(file)` holds no test of this project",
                    help: "tests are documents that begin with `test:`, in files that `files:` of carillon.yaml names")
            }
            selected.formUnion(found)
        }
        return project.tests.filter { selected.contains(sources.path(of: $0.span)) }
    }
}

extension RehearsalStage {
    /// A stage for the project, or what stands in the way.
    static func of(_ project: CheckedProject) throws(CommandFailure) -> RehearsalStage {
        do throws(JourneyProgram.MissingZone) {
            return try RehearsalStage(project)
        } catch {
            throw CommandFailure(
                reason: "time_zone", message: "the machine knows no time zone `\(error.name)`",
                help: "check the name, or install the package tzdata")
        }
    }
}
