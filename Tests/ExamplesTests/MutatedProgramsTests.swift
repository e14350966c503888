import RuleEngine
import Runner
import Testing

/// A slip anywhere in a program is an error, and the error points at the slip.
@Suite struct MutatedProgramsTests {
    private static let files = ProjectFolder(path: ExamplesTests.folder).load()

    private static let mutations: [Mutation] = {
        let programs = files.filter { file in
            ["campaigns/", "rules/", "segments/", "fragments/"].contains { file.path.contains($0) }
        }
        let all = programs.flatMap { Mutator.mutations(of: $0.path, String(decoding: $0.bytes, as: UTF8.self)) }
        let count = 240
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }()

    @Test func `there are two hundred slips`() {
        #expect(Self.mutations.count >= 200)
        #expect(Set(Self.mutations.map(\.slip)).count >= 60)
    }

    @Test(arguments: mutations) func `every slip is an error at its place`(_ mutation: Mutation) throws {
        let files = Self.files.map { file in
            file.path == mutation.path ? SourceFile(path: file.path, bytes: Array(mutation.text.utf8)) : file
        }
        let result = Compiler.compile(files, catalog: .standard())
        let isAtPlace = result.diagnostics.contains { diagnostic in
            let span = diagnostic.primary.span
            return diagnostic.severity == .error && result.sources.file(span.file).path == mutation.path
                && Int(span.start) < mutation.place.upperBound && mutation.place.lowerBound < Int(span.end)
        }
        #expect(isAtPlace, "\(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))")
    }
}
