import RuleEngine
import Runner
import Testing

struct ExampleProgramTests {
    private static let folder = String(#filePath.prefix(upTo: #filePath.firstRange(of: "/Tests/")!.lowerBound))

    @Test func `the example programs' tests are green, and leave nothing untried`() throws {
        let result = Compiler.compile(
            ProjectFolder(path: Self.folder + "/examples").load(), catalog: .standard())
        let project = try #require(result.project)
        var run = TestRun(try RehearsalStage(project))
        run.run(project.tests)
        #expect(run.outcomes.count > 60)
        for outcome in run.outcomes { #expect(outcome.failures.isEmpty, "\(outcome.test.name): \(outcome.failures)") }
        #expect(run.programs.count >= 12)
        for program in run.programs {
            #expect(program.branches.missing.isEmpty, "\(program.program): \(program.branches.missing)")
            #expect(program.skipReasons.missing.isEmpty, "\(program.program): \(program.skipReasons.missing)")
            #expect(program.languages.missing.isEmpty, "\(program.program): \(program.languages.missing)")
        }
    }
}
