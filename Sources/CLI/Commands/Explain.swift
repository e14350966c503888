import ArgumentParser
import RuleEngine
import Runner

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell in plain sentences what a campaign, sequence or rule does.",
        discussion: """
            Made from the compiled program, not from its file: what is said is what will happen, and what never does. The same \
            program gives the same text.
            """
    )

    @Argument(help: "The program's file, or its id.")
    var program: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let program = try NamedProgram(program, in: project, sources, workspace)
        let explanation =
            switch program {
            case .campaign(let campaign): ProgramExplanation(campaign, in: project)
            case .journey(let journey): ProgramExplanation(journey, in: project)
            }
        guard options.json else { return Terminal.output.write(explanation.text) }
        let graph = program.graph(in: project)
        let report: JSON = [
            "id": .string(graph.id), "version": .string(MeaningHash.hex(of: graph.canonicalForm)),
            "title": .string(explanation.title), "about": JSON(explanation.about),
            "chapters": .array(
                explanation.chapters.map { chapter in
                    ["title": .string(chapter.title), "sentences": .array(chapter.sentences.map(Self.json))]
                }),
        ]
        Terminal.output.write(report.text)
    }

    private static func json(_ phrase: Phrase) -> JSON {
        let sentence: JSON = ["number": JSON(phrase.number), "text": .string(phrase.text)]
        return phrase.parts.isEmpty ? sentence : sentence.adding("parts", .array(phrase.parts.map(json)))
    }
}
