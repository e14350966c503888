import LanguageServer
import RuleEngine
import TestKit
import Testing

@Suite struct ActionTests {
    @Test func `a safe fix is preferred, and carries out what it says`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(SampleProject.rule.replacing("purpose:", with: "⟦purpos⟧:"))
        editor.open("rules/cart.yaml", marked.text)
        let actions = try actions(editor, "rules/cart.yaml", marked)
        #expect(actions.count == 1)
        #expect(actions.first?["isPreferred"] == true)
        #expect(actions.first?["kind"] == "quickfix")
        let edits = actions.first?["edit"]["changes"][editor.uri("rules/cart.yaml").text ?? ""].list ?? []
        #expect(RenameTests.applied(edits, to: marked.text) == SampleProject.rule)
    }

    @Test func `a fix that may change the meaning says so, and is never preferred`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(SampleProject.rule.replacing("send: hello", with: "send: ⟦helo⟧"))
        editor.open("rules/cart.yaml", marked.text)
        let actions = try actions(editor, "rules/cart.yaml", marked)
        #expect(actions.first?["isPreferred"] == false)
        #expect(actions.first?["title"].text?.hasSuffix("(may change the meaning)") == true)
        #expect(try self.actions(editor, "rules/cart.yaml", marked, only: ["refactor"]).isEmpty)
    }

    private func actions(
        _ editor: Editor, _ path: String, _ marked: SpanMarkers, only: JSONValue = ["quickfix"]
    ) throws -> [JSONValue] {
        try editor.ask(
            "textDocument/codeAction", path, marked,
            ["range": marked.range(), "context": ["diagnostics": [], "only": only]])["result"].list ?? []
    }

    @Test func `formatting gives what fmt gives`() throws {
        let text =
            "# 🌻 to the left\nrule:   cart\npurpose:    transactional  # ä\ntrigger: {event: cart_updated}\nsteps: [{exit: done}]\n"
        guard case .formatted(let wanted) = Formatter.format(Array(text.utf8)) else {
            Issue.record("the formatter can't read the text")
            return
        }
        let editor = try Editor()
        _ = try editor.initialize()
        editor.open("rules/cart.yaml", text)
        let params: JSONValue = ["textDocument": ["uri": editor.uri("rules/cart.yaml")], "options": ["tabSize": 8]]
        let edits = try editor.ask("textDocument/formatting", params)["result"].list ?? []
        #expect(RenameTests.applied(edits, to: text) == String(decoding: wanted, as: UTF8.self))
        #expect(edits.count == 1)
        editor.replace("rules/cart.yaml", with: String(decoding: wanted, as: UTF8.self))
        #expect(try editor.ask("textDocument/formatting", params)["result"] == [])
        editor.replace("rules/cart.yaml", with: "rule: [")
        #expect(try editor.ask("textDocument/formatting", params)["error"]["code"] == -32803)
    }
}
