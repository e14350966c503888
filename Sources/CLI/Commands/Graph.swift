import ArgumentParser
import RuleEngine
import Runner

struct Graph: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw the graph that a campaign, sequence or rule compiles to.",
        discussion: """
            Every send stands behind a gate, every wait shows its bound. The version is the hash of the program's meaning: \
            reformatting keeps it.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case mermaid, dot, svg
    }

    @Argument(help: "The program's file, or its id.")
    var program: String

    @Option(help: "mermaid, dot, or svg: a picture that needs no other program.")
    var format = Format.mermaid

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let program = try NamedProgram(program, in: project, sources, workspace)
        let graph = program.graph(in: project)
        let printer =
            switch program {
            case .campaign(let campaign): GraphPrinter(graph, of: campaign, in: project)
            case .journey(let journey): GraphPrinter(graph, of: journey, in: project)
            }
        let text =
            switch format {
            case .mermaid: printer.mermaid()
            case .dot: printer.dot()
            case .svg: Self.picture(of: program, graph, in: project)
            }
        if options.json {
            let report: JSON = [
                "id": .string(graph.id), "version": .string(MeaningHash.hex(of: graph.canonicalForm)),
                "nodes": JSON(graph.nodes.count), "format": .string(format.rawValue), "graph": .string(text),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.write(text)
        }
    }

    private static func picture(of program: NamedProgram, _ graph: ProgramGraph, in project: CheckedProject) -> String {
        switch program {
        case .campaign(let campaign):
            SVGWriter.text(
                ProgramDrawing(graph, of: campaign, in: project), title: "campaign \(campaign.id)",
                about: campaign.about)
        case .journey(let journey):
            SVGWriter.text(
                ProgramDrawing(graph, of: journey, in: project), title: "\(journey.kind.rawValue) \(journey.id)",
                about: journey.about)
        }
    }
}
