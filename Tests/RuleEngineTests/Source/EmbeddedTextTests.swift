import RuleEngine
import Testing

struct EmbeddedTextTests {
    /// A word of the content, and what it must cover in the file.
    @Test(
        arguments: [
            ("a: one two", "two", "two"),
            ("a: one\n  two\n\n  three", "two", "two"),
            ("a: one\n  two\n\n  three", "three", "three"),
            ("a: 'it''s two'", "two", "two"),
            ("a: 'it''s two'", "'", "''"),
            ("a: 'one\n   two'", "two", "two"),
            ("a: \"\\tone \\u00e4 two\"", "two", "two"),
            ("a: \"\\tone \\u00e4 two\"", "ä", "\\u00e4"),
            ("a: \"ö \\U0001F600 x\\\n   two\"", "two", "two"),
            ("a: \"one \\\"quoted\\\" two\"", "quoted", "quoted"),
            ("a: \"one\n\n  two\"", "two", "two"),
            ("a: |\n  one\n\n   two\n", "two", "two"),
            ("a: |2\n    one\n  two\n", "two", "two"),
            ("a: |-\r\n  one\r\n  two\r\n", "two", "two"),
            ("a: | # comment\n\n  one\n  two\n", "one", "one"),
            ("a: >\n  one\n  two\n\n  three\n", "two", "two"),
            ("a: >\n  one\n  two\n\n  three\n", "three", "three"),
            ("a: >\n  one\n    two\n  three\n\n\n  four\n", "two", "two"),
            ("a: >\n  one\n    two\n  three\n\n\n  four\n", "four", "four"),
            ("a:\n- >-\n\n ö one\n two", "two", "two"),
            ("a: &anchor # why\n  two", "two", "two"),
        ] as [(String, String, String)]
    )
    func `content leads back to the file`(_ file: String, _ word: String, _ expected: String) throws {
        var sources = SourceMap()
        let id = sources.add(SourceFile(path: "a.yaml", bytes: Array(file.utf8)))
        var diagnostics = DiagnosticBag()
        let root = try #require(YAMLReader.read(id, in: sources, reporting: &diagnostics).first)
        let node = try #require(root.value("a"))
        let embedded = try #require(node.scalar ?? node.items?.first?.scalar).embedded
        let wanted = Array(word.utf8)
        let start = try #require(
            embedded.bytes.indices.first { embedded.bytes[$0...].starts(with: wanted) },
            "\(embedded.text)"
        )
        let span = embedded.span(start..<start + wanted.count)
        #expect(String(decoding: Array(file.utf8)[Int(span.start)..<Int(span.end)], as: UTF8.self) == expected)
    }
}
