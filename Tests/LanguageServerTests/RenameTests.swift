import LanguageServer
import TestKit
import Testing

@Suite struct RenameTests {
    /// In every file the marked names, and only they, become the new one.
    @Test(arguments: [
        ("hello", "hi", [("rules/cart.yaml", "send: ⟦hello⟧"), ("templates.yaml", "template: ⟦hello⟧")]),
        ("first_name", "given_name", [("schema.yaml", "  ⟦first_name⟧:"), ("templates.yaml", "contact.⟦first_name⟧")]),
        ("seats", "places", [("rules/cart.yaml", "contact.⟦seats⟧"), ("schema.yaml", "  ⟦seats⟧:")]),
        ("first", "opening", [("rules/cart.yaml", "delivered(⟦first⟧)"), ("rules/cart.yaml", "name: ⟦first⟧")]),
        ("staff", "team", [("rules/cart.yaml", "in_segment(\"⟦staff⟧\")"), ("segments.yaml", "segment: ⟦staff⟧")]),
        ("nudge", "push", [("rules/cart.yaml", "use: ⟦nudge⟧"), ("fragments.yaml", "fragment: ⟦nudge⟧")]),
        (
            "gap", "pause",
            [("fragments.yaml", "up_to: input.⟦gap⟧"), ("fragments.yaml", "  ⟦gap⟧: {type")]
        ),
        (
            "order_placed", "bought",
            [("rules/cart.yaml", "waiting_for: ⟦order_placed⟧"), ("schema.yaml", "  ⟦order_placed⟧:")]
        ),
    ])
    func `a name changes wherever it is meant`(old: String, new: String, marks: [(String, String)]) throws {
        let editor = try Editor()
        _ = try editor.initialize(["workspace": ["workspaceEdit": ["documentChanges": true]]])
        var expected: [String: String] = [:]
        for (path, mark) in marks {
            let text = try #require(expected[path] ?? SampleProject.files.first { $0.path == path }?.text)
            let plain = mark.replacing("⟦", with: "").replacing("⟧", with: "")
            let renamed = mark.replacing("⟦\(old)⟧", with: new)
            try #require(text.contains(plain))
            expected[path] = text.replacing(plain, with: renamed, maxReplacements: 1)
        }
        let from = try marked(marks[0])
        let prepared = try editor.ask("textDocument/prepareRename", marks[0].0, from)["result"]
        #expect(prepared["range"] == from.range())
        #expect(prepared["placeholder"] == .text(old))
        let result = try editor.ask("textDocument/rename", marks[0].0, from, ["newName": .text(new)])["result"]
        var changed: [String: String] = [:]
        for change in result["documentChanges"].list ?? [] {
            let uri = change["textDocument"]["uri"].text ?? ""
            let path = String((FileURI.path(of: uri) ?? "").dropFirst(editor.folder.utf8.count + 1))
            let text = SampleProject.files.first { $0.path == path }?.text ?? ""
            changed[path] = Self.applied(change["edits"].list ?? [], to: text)
        }
        #expect(changed == expected)
    }

    @Test(arguments: [
        ("rules/cart.yaml", "send: ⟦hello⟧", "left", "there is a template `left` already"),
        ("rules/cart.yaml", "send: ⟦hello⟧", "Hello", "small letters"),
        ("rules/cart.yaml", "send: ⟦hello⟧", "", "it is empty"),
        ("rules/cart.yaml", "send: ⟦hello⟧", "text", "a word of the language"),
        ("rules/cart.yaml", "name: ⟦first⟧", "a b", "small letters"),
        ("rules/cart.yaml", "contact.⟦seats⟧", "email", "there is a field `contact.email` already"),
        ("rules/cart.yaml", "contact.⟦seats⟧", "se-ats", "small letters"),
        ("rules/cart.yaml", "event: ⟦cart_updated⟧", "order_placed", "there is an event `order_placed` already"),
        ("rules/cart.yaml", "event.⟦total⟧", "cart_id", "has a field `cart_id` already"),
        ("segments.yaml", "contact.⟦email⟧", "mail", "a field that every project has"),
        ("rules/cart.yaml", "hand_over: ⟦sales⟧", "sellers", "change it in the project file"),
        ("rules/cart.yaml", "⟦about⟧:", "x", "no name here"),
        ("fragments.yaml", "  ⟦gap⟧: {", "reminder", "has an input `reminder` already"),
    ])
    func `a name that can't be is refused, with the reason`(
        path: String, mark: String, new: String, reason: String
    ) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let answer = try editor.ask("textDocument/rename", path, try marked((path, mark)), ["newName": .text(new)])
        #expect(answer["error"]["code"] == -32803)
        #expect(answer["error"]["message"].text?.contains(reason) == true, "\(answer)")
    }

    @Test func `a rename that would break something that no index sees is refused`() throws {
        // A template that goes by the step's new name would be asked for in its place.
        let text = SampleProject.rule.replacing("delivered(first)", with: "delivered(first) and not sent(left)")
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(text.replacing("name: first", with: "name: ⟦first⟧"))
        editor.open("rules/cart.yaml", marked.text)
        let answer = try editor.ask("textDocument/rename", "rules/cart.yaml", marked, ["newName": "left"])
        #expect(answer["error"]["code"] == -32803)
    }

    private func marked(_ place: (path: String, mark: String)) throws -> SpanMarkers {
        let text = try #require(SampleProject.files.first { $0.path == place.path }?.text)
        let plain = place.mark.replacing("⟦", with: "").replacing("⟧", with: "")
        return SpanMarkers(text.replacing(plain, with: place.mark, maxReplacements: 1))
    }

    static func applied(_ edits: [JSONValue], to text: String) -> String {
        var bytes = Array(text.utf8)
        let lines = LineTable(bytes, .utf16)
        let ranges = edits.map { edit in
            (
                lines.offset(of: edit["range"]["start"]) ?? 0, lines.offset(of: edit["range"]["end"]) ?? 0,
                edit["newText"].text ?? ""
            )
        }
        for (start, end, new) in ranges.sorted(by: { $0.0 > $1.0 }) {
            bytes.replaceSubrange(start..<end, with: Array(new.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
