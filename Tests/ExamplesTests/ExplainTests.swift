import Glibc
import RuleEngine
import Runner
import Testing

/// What reviewers read of each example. `make snapshots` writes the pages anew; the difference is reviewed like code.
@Suite struct ExplainTests {
    private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    private static let pages = root + "/Tests/ExamplesTests/Explained"

    private static func explanations() throws -> [(id: String, text: String)] {
        let files = ProjectFolder(path: root + "/examples").load()
        let project = try #require(Compiler.compile(files, catalog: .standard()).project)
        let campaigns = project.campaigns.values.map { ($0.id, ProgramExplanation($0, in: project).text) }
        let journeys = project.journeys.map { ($0.id, ProgramExplanation($0, in: project).text) }
        return (campaigns + journeys).map { (id: $0.0, text: $0.1) }.sorted { $0.id < $1.id }
    }

    @Test func `every example is told as its page says`() throws {
        for (id, text) in try Self.explanations() {
            let path = "\(Self.pages)/\(id).txt"
            if getenv("CARILLON_SNAPSHOTS") != nil {
                guard let file = fopen(path, "w") else { continue }
                fputs(text, file)
                fclose(file)
            }
            let page = FileReading.bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
            #expect(page == text, "\(path); `make snapshots` writes it")
        }
    }

    @Test func `every page belongs to an example`() throws {
        let ids = Set(try Self.explanations().map { "\($0.id).txt" })
        for file in FileReading.files(below: Self.pages) { #expect(ids.contains(file), "\(file)") }
    }

    @Test func `two runs give the same bytes`() throws {
        let first = try Self.explanations()
        let second = try Self.explanations()
        #expect(first.map(\.text) == second.map(\.text))
    }
}
