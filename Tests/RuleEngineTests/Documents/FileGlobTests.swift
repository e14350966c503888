import RuleEngine
import Testing

struct FileGlobTests {
    @Test(
        arguments: [
            ("**/*.yaml", "a.yaml", true), ("**/*.yaml", "x/y/a.yaml", true), ("**/*.yaml", "a.yml", false),
            ("schema/**", "schema/a.yaml", true), ("schema/**", "schema/x/a.yaml", true),
            ("schema/**", "schemas/a.yaml", false),
            ("*.yaml", "x/a.yaml", false), ("*/a?.yaml", "x/a1.yaml", true), ("*/a?.yaml", "x/a.yaml", false),
            ("a?.yaml", "aö.yaml", true), ("**", "a/b/c", true), ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true),
            ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXcb", false),
        ] as [(String, String, Bool)]
    )
    func `patterns match paths`(_ pattern: String, _ path: String, _ expected: Bool) {
        #expect(FileGlob(pattern).matches(path) == expected)
    }

    @Test func `many stars take no time`() {
        let path = String(repeating: "a", count: 5_000)
        #expect(!FileGlob(String(repeating: "*a", count: 500) + "b").matches(path))
        #expect(!FileGlob(String(repeating: "**/", count: 500) + "b").matches(String(repeating: "a/", count: 500)))
    }

    @Test func `the patterns of a project file are read even where it has errors`() {
        #expect(
            ProjectFilePatterns.read(Array("project: a\nfiles: [x/**, y.yaml]\nbad: {{ x }}\n".utf8)) == [
                "x/**", "y.yaml",
            ]
        )
        #expect(ProjectFilePatterns.read(Array("project: a\n".utf8)) == ["**/*.yaml", "**/*.yml"])
        #expect(ProjectFilePatterns.read([0xFF]) == ["**/*.yaml", "**/*.yml"])
    }
}
