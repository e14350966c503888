import ArgumentParser
import RuleEngine
import Runner

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON Schema of the files, or of one kind of document.",
        discussion: """
            For editors: carillon schema > carillon.schema.json, and in a file's first line
            # yaml-language-server: $schema=carillon.schema.json
            """
    )

    @Argument(help: "project, schema, segment and so on; without it all kinds in one.")
    var kind: String?

    func run() throws {
        let writer = SchemaWriter(catalog: .standard())
        guard let kind else { return Terminal.output.write(writer.schema()) }
        let known = DocumentKind.allCases
        guard let found = known.first(where: { $0.rawValue == kind }) else {
            throw CommandFailure(
                .usage,
                reason: "unknown_kind",
                message: "no kind of document is called `\(kind)`",
                help: "the kinds are " + known.map(\.rawValue).joined(separator: ", ")
            )
        }
        Terminal.output.write(writer.schema(of: found))
    }
}
