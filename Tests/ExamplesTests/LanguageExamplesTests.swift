import RuleEngine
import Runner
import Testing

/// The examples of `docs/language.md` are one project, and its `test:` documents pass: the page says what happens.
@Suite struct LanguageExamplesTests {
    /// The blocks ```` ```yaml file=PATH ```` in their order.
    private static func files(of page: String) -> [SourceFile] {
        var files: [SourceFile] = []
        var rest = page[...]
        while let start = rest.firstRange(of: "```yaml file=") {
            let path = rest[start.upperBound...].prefix { $0 != "\n" }
            guard let end = rest[path.endIndex...].firstRange(of: "\n```") else { break }
            let text = String(rest[path.endIndex..<end.lowerBound].dropFirst()) + "\n"
            files.append(SourceFile(path: String(path), bytes: Array(text.utf8)))
            rest = rest[end.upperBound...]
        }
        // The project's own file stands first.
        return files.filter { $0.path == "carillon.yaml" } + files.filter { $0.path != "carillon.yaml" }
    }

    @Test func `what the language page promises comes true`() throws {
        let page = ExamplesTests.folder.dropLast("/examples".count) + "/docs/language.md"
        let files = Self.files(of: String(decoding: FileReading.bytes(of: String(page)) ?? [], as: UTF8.self))
        #expect(files.count > 35)
        let result = Compiler.compile(files, catalog: .standard())
        #expect(DiagnosticRenderer(sources: result.sources).text(result.diagnostics) == "")
        let project = try #require(result.project)
        var run = TestRun(try RehearsalStage(project))
        run.run(project.tests)
        #expect(run.outcomes.count >= 10)
        for outcome in run.outcomes { #expect(outcome.failures.isEmpty, "\(outcome.test.name): \(outcome.failures)") }
    }
}
