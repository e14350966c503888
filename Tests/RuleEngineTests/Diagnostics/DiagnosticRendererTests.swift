import RuleEngine
import Testing

struct DiagnosticRendererTests {
    private func render(_ text: String, _ range: Range<Int>, help: String? = nil) -> String {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "a.yaml", bytes: Array(text.utf8)))
        let span = SourceSpan(file: file, start: Int32(range.lowerBound), end: Int32(range.upperBound))
        let diagnostic = Diagnostic(code: "E0001", message: "wrong", at: .init(span, "here"), help: help)
        return DiagnosticRenderer(sources: sources).text(diagnostic)
    }

    private func caretLine(_ text: String, _ word: String) -> String {
        let bytes = Array(text.utf8)
        let start = bytes.indices.first { bytes[$0...].starts(with: word.utf8) } ?? 0
        return String(render(text, start..<start + word.utf8.count).split(separator: "\n")[3])
    }

    @Test(
        arguments: [
            ("a: word", "word", "  |    ^^^^ here"), ("ä: word", "word", "  |    ^^^^ here"),
            ("日本: word", "word", "  |       ^^^^ here"), ("🌷: word", "word", "  |     ^^^^ here"),
            ("e\u{301}: word", "word", "  |    ^^^^ here"), ("a: 日本", "日本", "  |    ^^^^ here"),
            ("\ta: word", "word", "  | \t   ^^^^ here"), ("one\r\n", "one", "  | ^^^ here"),
        ])
    func `the caret stands under the word`(_ text: String, _ word: String, _ expected: String) {
        #expect(caretLine(text, word) == expected)
    }

    @Test func `an empty span and the end of a file have a caret, too`() {
        #expect(render("abc", 3..<3).contains("\n  |    ^ here\n"))
        #expect(render("", 0..<0).contains("\n1 | \n  | ^ here\n"))
    }

    @Test func `of a long line only a part is shown`() {
        let line = render(String(repeating: "x", count: 5_000), 3_000..<3_004).split(separator: "\n")
        #expect(line[2].hasPrefix("1 | …x"))
        #expect(line[2].hasSuffix("x…"))
        #expect(line.allSatisfy { $0.count < 200 })
    }

    @Test func `a file's control characters never reach the terminal`() {
        let rendered = render("a: \u{1B}[31mred \u{202E}evil", 0..<1)
        #expect(!rendered.contains("\u{1B}"))
        #expect(!rendered.unicodeScalars.contains("\u{202E}"))
    }

    @Test func `colour is asked for`() {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "a.yaml", bytes: Array("abc".utf8)))
        let diagnostic = Diagnostic(
            code: "E0001",
            message: "wrong",
            at: .init(SourceSpan(file: file, start: 0, end: 1))
        )
        #expect(
            DiagnosticRenderer(sources: sources, usesColour: true).text(diagnostic).contains(
                "\u{1B}[1;31merror[E0001]\u{1B}[0m"
            )
        )
    }

    @Test func `findings are JSON for programs`() {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "a\"b.yaml", bytes: Array("ä: x\n".utf8)))
        let span = SourceSpan(file: file, start: 4, end: 5)
        let diagnostic = Diagnostic(
            code: "E0001",
            message: "wrong \\ \u{1}",
            at: .init(span, "here"),
            also: [.init(span, "there")],
            help: "mend",
            fix: .init(edits: [(span, "y")], isSafe: true)
        )
        let place =
            #""file":"a\"b.yaml","start":{"line":1,"column":4,"offset":4},"end":{"line":1,"column":5,"offset":5}"#
        #expect(
            DiagnosticRenderer(sources: sources).json([diagnostic])
                == #"{"diagnostics":[{"code":"E0001","severity":"error","message":"wrong \\ \u0001",\#(place),"label":"here","also":[{\#(place),"label":"there"}],"help":"mend","fix":{"edits":[{\#(place),"replacement":"y"}],"safe":true},"docs":"docs/diagnostics/E0001.md"}],"errors":1,"warnings":0}"#
        )
    }

    @Test func `more than two hundred findings are counted`() {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "a.yaml", bytes: Array("abc".utf8)))
        let diagnostic = Diagnostic(
            code: "E0001",
            message: "wrong",
            at: .init(SourceSpan(file: file, start: 0, end: 1))
        )
        #expect(
            DiagnosticRenderer(sources: sources).text(Array(repeating: diagnostic, count: 205)).hasSuffix(
                "and 5 more\n"
            )
        )
    }
}
