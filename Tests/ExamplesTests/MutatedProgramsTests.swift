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
        return Mutation.spread(all, count: 240)
    }()

    @Test func `there are two hundred slips`() {
        #expect(Self.mutations.count >= 200)
        #expect(Set(Self.mutations.map(\.slip)).count >= 60)
    }

    @Test(arguments: mutations) func `every slip is an error at its place`(_ mutation: Mutation) {
        mutation.expectError(among: Self.files)
    }
}
