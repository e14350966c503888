import LanguageServer
import TestKit
import Testing

@Suite struct FindingsTests {
    private static let wrong = SampleProject.rule.replacing("send: hello", with: "send: ⟦helo⟧")

    @Test func `a project is looked at as soon as it is opened, whole`() throws {
        let marked = SpanMarkers(Self.wrong)
        let files = SampleProject.files.map { $0.path == "rules/cart.yaml" ? ($0.path, marked.text) : $0 }
        let editor = try Editor(files: files, arguments: ["--docs", "https://docs.example/codes"])
        _ = try editor.initialize()
        let found = try editor.wait(for: "rules/cart.yaml")
        #expect(found["version"] == .null)
        let first = found["diagnostics"].list?.first ?? .null
        #expect(first["range"] == marked.range())
        #expect(first["code"] == "E0211")
        #expect(first["severity"] == 1)
        #expect(first["source"] == "carillon")
        #expect(first["codeDescription"]["href"] == "https://docs.example/codes/E0211.md")
        #expect(first["message"].text?.contains("help: rename to `hello`") == true)
    }

    @Test func `what is typed counts, not what lies on the disk, and each version has its answer`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.open("rules/cart.yaml", SampleProject.rule)
        #expect(try editor.wait(for: "rules/cart.yaml")["diagnostics"] == [])
        let marked = SpanMarkers(Self.wrong)
        editor.replace("rules/cart.yaml", with: marked.text)
        let found = try editor.wait(for: "rules/cart.yaml")
        #expect(found["version"] == 2)
        #expect(found["diagnostics"].list?.map { $0["range"] } == [marked.range()])
        // One letter goes in where it is missing.
        let lines = LineTable(Array(marked.text.utf8), .utf16)
        let place = lines.position(of: marked.ranges[0].lowerBound + 2)
        editor.change("rules/cart.yaml", [["range": ["start": place, "end": place], "text": "l"]])
        let mended = try editor.wait(for: "rules/cart.yaml")
        #expect(mended["version"] == 3)
        #expect(mended["diagnostics"] == [])
    }

    @Test func `edits of one message follow each other, counted in UTF-16`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.open("rules/cart.yaml", "# 🌻\n" + SampleProject.rule)
        _ = try editor.wait(for: "rules/cart.yaml")
        // Behind the flower, which is two units; then the line that has come into being.
        func range(_ line: Int, _ start: Int, _ end: Int) -> JSONValue {
            [
                "start": ["line": .integer(line), "character": .integer(start)],
                "end": ["line": .integer(line), "character": .integer(end)],
            ]
        }
        editor.change(
            "rules/cart.yaml",
            [["range": range(0, 4, 4), "text": "\r\n# ä"], ["range": range(2, 0, 4), "text": "rul"]])
        let found = try editor.wait(for: "rules/cart.yaml")
        #expect(found["diagnostics"].list?.first?["range"] == range(2, 0, 3))
        #expect(found["diagnostics"].list?.first?["code"] == "E0203")
    }

    @Test func `an edit of one file is felt in the others, with a place that it points to`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(SampleProject.segments.replacing("segment: staff", with: "segment: ⟦team⟧"))
        editor.open("segments.yaml", marked.text)
        let found = try editor.wait(for: "rules/cart.yaml")
        #expect(found["diagnostics"].list?.first?["code"] == "E0208")
        editor.replace("segments.yaml", with: SampleProject.segments)
        #expect(try editor.wait(for: "rules/cart.yaml")["diagnostics"] == [])
    }

    @Test func `a second place is told with the finding`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(
            SampleProject.segments.replacing("segment: staff", with: "segment: ⟦staff⟧")
                + "---\nsegment: ⟦staff⟧\nwhere: contact.seats > 1\n")
        editor.open("segments.yaml", marked.text)
        let found = try editor.wait(for: "segments.yaml")["diagnostics"].list?.first ?? .null
        #expect(found["range"] == marked.range(1))
        let related = found["relatedInformation"].list?.first ?? .null
        #expect(related["location"]["uri"] == editor.uri("segments.yaml"))
        #expect(related["location"]["range"] == marked.range(0))
    }

    @Test func `what nobody reaches is faded`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.open("rules/cart.yaml", SampleProject.rule + "  - exit: done\n  - tag: late\n")
        let found = try editor.wait(for: "rules/cart.yaml")["diagnostics"].list?.first ?? .null
        #expect(found["code"] == "E0415")
        #expect(found["tags"] == [1])
    }

    @Test func `closing a file gives the disk its say back`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.open("rules/cart.yaml", "rule: cart\n")
        #expect(try editor.wait(for: "rules/cart.yaml")["diagnostics"] != [])
        editor.notify("textDocument/didClose", ["textDocument": ["uri": editor.uri("rules/cart.yaml")]])
        let found = try editor.wait(for: "rules/cart.yaml")
        #expect(found["diagnostics"] == [])
        #expect(found["version"] == .null)
    }

    @Test func `files that come, change and go outside of the editor are seen`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        func tell(_ path: String, _ type: Int) {
            let change: JSONValue = ["uri": editor.uri(path), "type": .integer(type)]
            editor.notify("workspace/didChangeWatchedFiles", ["changes": [change]])
        }
        try editor.write("more/new.yaml", "segment: staff\nwhere: contact.seats > 1\n")
        tell("more/new.yaml", 1)
        // In the order of paths it comes first, so the other one is the second.
        #expect(try editor.wait(for: "segments.yaml")["diagnostics"].list?.first?["code"] == "E0207")
        try editor.write("more/new.yaml", "segment: others\nwhere: contact.seat > 1\n")
        tell("more/new.yaml", 2)
        #expect(try editor.wait(for: "more/new.yaml") { $0["diagnostics"] != [] }["diagnostics"].list?.count == 1)
        editor.delete("more/new.yaml")
        tell("more/new.yaml", 3)
        #expect(try editor.wait(for: "more/new.yaml")["diagnostics"] == [])
    }

    @Test func `files of no project are left alone`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        editor.notify(
            "textDocument/didOpen",
            ["textDocument": ["uri": "untitled:1", "languageId": "yaml", "version": 1, "text": "rule: x"]])
        let hover = try editor.ask(
            "textDocument/hover", ["textDocument": ["uri": "untitled:1"], "position": ["line": 0, "character": 0]])
        #expect(hover["result"] == .null)
        #expect(hover["error"] == .null)
    }
}
