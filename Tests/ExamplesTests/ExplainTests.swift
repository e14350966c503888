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

    private static func text(of path: String) -> String? {
        FileReading.bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    private static var rewritesSnapshots: Bool { getenv("CARILLON_SNAPSHOTS") != nil }

    @Test func `every example is told as its page says`() throws {
        let explanations = try Self.explanations()
        #expect(explanations.count >= 12)
        for (id, text) in explanations {
            let path = "\(Self.pages)/\(id).txt"
            if Self.rewritesSnapshots { Self.write(text, to: path) }
            #expect(Self.text(of: path) == text, "\(path); `make snapshots` writes it")
        }
    }

    @Test func `every page belongs to an example`() throws {
        let ids = Set(try Self.explanations().map { "\($0.id).txt" })
        for file in FileReading.files(below: Self.pages) { #expect(ids.contains(file), "\(file)") }
    }

    @Test func `two runs give the same bytes`() throws {
        #expect(try Self.explanations().map(\.text) == Self.explanations().map(\.text))
    }

    @Test func `the guide shows what is really said`() throws {
        let path = Self.root + "/docs/guides/review.md"
        let page = try #require(Self.text(of: path))
        var written = ""
        var rest = page[...]
        let explanations = try Self.explanations()
        while let start = rest.firstRange(of: "```text explain=") {
            let line = rest[start.upperBound...].prefix { $0 != "\n" }
            let end = try #require(rest[line.endIndex...].firstRange(of: "```"))
            let text = try #require(explanations.first { $0.id == line }?.text, "\(line)")
            written += rest[..<line.endIndex] + "\n" + text + "```"
            rest = rest[end.upperBound...]
        }
        written += rest
        if Self.rewritesSnapshots { Self.write(written, to: path) }
        #expect(written == page || Self.rewritesSnapshots, "`make snapshots` writes it")
        #expect(written.count > 3000)
    }

    /// The pictures of all examples: nothing lies on anything else.
    @Test func `no picture of an example has overlaps`() throws {
        let files = ProjectFolder(path: Self.root + "/examples").load()
        let project = try #require(Compiler.compile(files, catalog: .standard()).project)
        let drawings =
            project.journeys.map { ($0.id, ProgramDrawing(ProgramGraph.lower($0, in: project), of: $0, in: project)) }
            + project.campaigns.values.map {
                ($0.id, ProgramDrawing(ProgramGraph.lower($0, in: project), of: $0, in: project))
            }
        for (id, drawing) in drawings {
            let areas =
                drawing.boxes.map { (x: $0.x..<($0.x + $0.width), y: $0.y..<($0.y + $0.height)) }
                + drawing.labels.map { (x: $0.x..<($0.x + $0.width), y: $0.y..<($0.y + $0.height)) }
            for (index, area) in areas.enumerated() {
                for other in areas[(index + 1)...] {
                    #expect(!(area.x.overlaps(other.x) && area.y.overlaps(other.y)), "\(id)")
                }
            }
        }
    }
}
