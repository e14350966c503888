import RuleEngine
import Testing

struct YAMLReaderTests {
    private func read(_ bytes: [UInt8]) -> (documents: [SyntaxNode], diagnostics: [Diagnostic], sources: SourceMap) {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "a.yaml", bytes: bytes))
        var diagnostics = DiagnosticBag()
        let documents = YAMLReader.read(file, in: sources, reporting: &diagnostics)
        return (documents, diagnostics.diagnostics, sources)
    }

    private func read(_ text: String) -> (documents: [SyntaxNode], diagnostics: [Diagnostic], sources: SourceMap) {
        read(Array(text.utf8))
    }

    @Test(
        arguments: [
            "20:00", "09:00", "no", "2026-13-45", "0123", "0999", "+4915112345678", "1.10", "~", "null", "0x1F",
            "1_000",
        ])
    func `a scalar stays the text that was written`(_ text: String) throws {
        let document = try #require(read("a: \(text)\n").documents.first)
        #expect(document.value("a")?.scalar?.text == text)
    }

    @Test func `on and no are keys like any other`() throws {
        let document = try #require(read("on: x\nno: y\n").documents.first)
        #expect(document.entries?.map(\.key.text) == ["on", "no"])
    }

    @Test func `keys and values have exact places`() throws {
        let text = "ä: [ö, 'ü x']\nblock: |\n  a\n  b\n\n# end\nlast: {k: v}\n"
        let (documents, diagnostics, sources) = read(text)
        #expect(diagnostics.isEmpty)
        func slice(_ span: SourceSpan) -> String {
            String(decoding: sources.file(span.file).bytes[Int(span.start)..<Int(span.end)], as: UTF8.self)
        }
        let root = try #require(documents.first)
        #expect(slice(root.span) == String(text.dropLast()))
        #expect(root.entries?.map { slice($0.key.span) } == ["ä", "block", "last"])
        #expect(root.entries?.map { slice($0.value.span) } == ["[ö, 'ü x']", "|\n  a\n  b", "{k: v}"])
        #expect(root.value("ä")?.items?.map { slice($0.span) } == ["ö", "'ü x'"])
    }

    @Test func `a byte-order mark is skipped and line breaks may be CRLF`() throws {
        let (documents, diagnostics, _) = read([0xEF, 0xBB, 0xBF] + Array("a: ö\r\nb: |\r\n  x\r\n  y\r\n".utf8))
        #expect(diagnostics.isEmpty)
        let root = try #require(documents.first)
        #expect(root.value("a")?.scalar?.text == "ö")
        #expect(root.value("b")?.scalar?.text == "x\ny\n")
        #expect(root.value("a").map { Int($0.span.start) } == 6)
    }

    @Test func `aliases stand for their anchors`() throws {
        let (documents, diagnostics, _) = read("a: &x [1, 2]\nb: *x\nc: &y text\nd: *y\n")
        #expect(diagnostics.isEmpty)
        #expect(documents.first?.value("b")?.texts == ["1", "2"])
        #expect(documents.first?.value("d")?.scalar?.text == "text")
    }

    /// Each mistake with its code; the mark is where it must be found.
    @Test(
        arguments: [
            ("a: 1\n⟦a⟧: 2\n", "E0102"), ("a: {b: Willkommen, ⟦Anna⟧}\n", "E0103"),
            ("a: <<x | default⟦:⟧ \"y\">>\n", "E0107"), ("a:\n  - <<x | truncate⟦:⟧ 20>>\n", "E0107"),
            ("a: {s: <<x | truncate⟦:⟧ 20>>}\n", "E0107"), ("a: ⟦{{ x }}⟧\n", "E0108"), ("a: ⟦{{ x }}⟧ y\n", "E0108"),
            ("⟦<<⟧: {a: 1}\n", "E0114"), ("a: ⟦!!str⟧ x\n", "E0115"), ("⟦%YAML⟧ 1.1\n---\na: 1\n", "E0115"),
            ("a: ⟦*x⟧\n", "E0116"), ("a: &x [⟦*x⟧]\n", "E0116"), ("⟦[a]⟧: 1\n", "E0117"), ("a: 'b⟦\n⟧", "E0101"),
            ("a: [b\nc: d⟦\n⟧", "E0101"), ("a: b\n ⟦c:⟧ d\n", "E0101"), ("a: x\n⟦\t⟧b: y\n", "E0101"),
        ] as [(String, String)]
    )
    func `a mistake is found in its place`(_ text: String, _ code: String) throws {
        let bytes = Array(text.utf8)
        let open = Array("⟦".utf8)
        let close = Array("⟧".utf8)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: open) })
        let plain = Array(text.replacing("⟦", with: "").replacing("⟧", with: "").utf8)
        let diagnostics = read(plain).diagnostics
        #expect(diagnostics.map(\.code) == [code])
        guard code != "E0101", let found = diagnostics.first, found.help?.contains("%") != true else { return }
        let end = try #require(bytes.indices.first { bytes[$0...].starts(with: close) })
        #expect(Int(found.primary.span.start) == start)
        #expect(Int(found.primary.span.end) == end - open.count)
    }

    @Test func `a mistake ends its own document only`() {
        let (documents, diagnostics, _) = read("a: [1\n---\nb: 2\n---\nc: 'x\n---\nd: 4\n")
        #expect(diagnostics.map(\.code) == ["E0101", "E0101"])
        #expect(documents.compactMap { $0.entries?.first?.key.text } == ["b", "d"])
    }

    @Test func `a hostile file is refused at once`() {
        let files: [(bytes: [UInt8], code: String)] = [
            (Array(String(repeating: "[", count: 100_000).utf8), "E0109"),
            (Array(String(repeating: "{a: ", count: 100_000).utf8), "E0109"),
            (Array(String(repeating: "- ", count: 50_000).utf8), "E0109"),
            (Array(("a: " + String(repeating: "x", count: 1_000_000)).utf8), "E0112"),
            (Array(String(repeating: "a", count: 1_100_000).utf8), "E0106"),
            (Array(String(repeating: "---\na: 1\n", count: 10_000).utf8), "E0113"),
            (Array("a: b\u{1}".utf8), "E0105"), (Array("a: \u{2028}".utf8), "E0105"),
            ([0x61, 0x3A, 0x20, 0xFF], "E0104"),
            ([0x61, 0x3A, 0x20, 0xC0, 0x80], "E0104"), ([0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "E0104"),
            ([0xFF, 0xFE, 0x61, 0x00], "E0104"),
        ]
        for file in files { #expect(read(file.bytes).diagnostics.map(\.code) == [file.code]) }
    }

    @Test func `a file of nothing but mistakes is given up`() {
        #expect(read(String(repeating: "a: 'x\n---\n", count: 5_000)).diagnostics.count == 100)
        #expect(read(String(repeating: "k: 1\n", count: 20_000)).diagnostics.count == 1_000)
    }

    @Test func `an alias bomb is counted, not expanded`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(read(text).diagnostics.map(\.code) == ["E0110"])
    }

    @Test func `too many anchors and aliases are refused`() {
        #expect(read("a: &x 1\nb: [" + String(repeating: "*x, ", count: 100) + "]\n").diagnostics.isEmpty)
        #expect(
            read("a: &x 1\nb: [" + String(repeating: "*x, ", count: 101) + "]\n").diagnostics.map(\.code) == ["E0111"]
        )
        let anchors = (0...100).map { "k\($0): &a\($0) 1\n" }.joined()
        #expect(read(anchors).diagnostics.map(\.code) == ["E0111"])
    }
}

extension SyntaxNode {
    fileprivate var texts: [String] { items?.compactMap { $0.scalar?.text } ?? [] }
}
