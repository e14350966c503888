import ArgumentParser
import RuleEngine
import Runner

struct Prove: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that nobody is reached with less consent than the law asks.",
        discussion: """
            For every send: the gate that nobody gets around, the countries of those who can come to it, the rule packs \
            that concern them, and the consent that each asks and the gate demands. Where it is not so: one way through \
            the program, and a contact that takes it. Exit code 1 where something is not proven.
            """
    )

    @Argument(help: "The program's file, or its id; without it, every program.")
    var program: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let catalog = try workspace.catalog()
        let result = Compiler.compile(try workspace.files(), catalog: catalog, workers: .cores)
        // What the proof itself objects to is its own to tell; anything else has to be mended first.
        guard let project = result.project ?? result.unproven else {
            throw CommandFailure(
                reason: "errors", message: DiagnosticReport(result).summary, help: "`carillon check` shows them",
                diagnostics: DiagnosticReport(result))
        }
        let analysed = AnalysedProject(project: project, catalog: catalog)
        let prover = ConsentProver(analysed)
        let programs = try chosen(from: analysed, result.sources, workspace)
        let reports = programs.map { ConsentReport(proof: prover.prove($0), program: $0) }
        if options.json {
            Terminal.output.write(JSON.array(reports.map(\.json)).text)
        } else {
            Terminal.output.write(reports.map(\.text).joined(separator: "\n"))
        }
        if reports.contains(where: { !$0.proof.isProven }) { throw CommandFailure.silent(.failed) }
    }

    private func chosen(
        from analysed: AnalysedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws(CommandFailure) -> [AnalysedProject.Program] {
        guard let program else { return analysed.programs }
        let path = try workspace.pathInProject(program)
        let found = analysed.programs.filter { $0.graph.id == program || sources.path(of: $0.span) == path }
        if found.isEmpty {
            throw CommandFailure(
                .usage, reason: "not_found",
                message: FileReading.isFile(program)
                    ? "`\(program)` is no file of this project" : "there is no program and no file `\(program)`",
                help: "programs of this project: "
                    + analysed.programs.map { "`\($0.graph.id)`" }.joined(separator: ", "))
        }
        return found
    }
}
