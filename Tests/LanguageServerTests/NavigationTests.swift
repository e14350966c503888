import LanguageServer
import TestKit
import Testing

@Suite struct NavigationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// A place that names it, where it is written, and the other places that name it: each a path and a piece of its
        /// text, marked.
        let from: (String, String)
        let definition: (String, String)
        let others: [(String, String)]

        var testDescription: String { from.1 }
    }

    static let cases = [
        Case(
            from: ("rules/cart.yaml", "send: ⟦hello⟧"), definition: ("templates.yaml", "template: ⟦hello⟧"), others: []),
        Case(
            from: ("rules/cart.yaml", "reminder: ⟦left⟧"), definition: ("templates.yaml", "template: ⟦left⟧"),
            others: []),
        Case(
            from: ("rules/cart.yaml", "event: ⟦cart_updated⟧"), definition: ("schema.yaml", "  ⟦cart_updated⟧:"),
            others: []),
        Case(
            from: ("templates.yaml", "contact.⟦first_name⟧"), definition: ("schema.yaml", "  ⟦first_name⟧:"), others: []
        ),
        Case(from: ("rules/cart.yaml", "event.⟦total⟧"), definition: ("schema.yaml", ", ⟦total⟧: money"), others: []),
        Case(
            from: ("rules/cart.yaml", "delivered(⟦first⟧)"), definition: ("rules/cart.yaml", "name: ⟦first⟧"),
            others: []),
        Case(
            from: ("rules/cart.yaml", "in_segment(\"⟦staff⟧\")"), definition: ("segments.yaml", "segment: ⟦staff⟧"),
            others: []),
        Case(from: ("rules/cart.yaml", "via: ⟦best⟧"), definition: ("channels.yaml", "route: ⟦best⟧"), others: []),
        Case(
            from: ("channels.yaml", "candidates: [⟦mail⟧"), definition: ("channels.yaml", "channel: ⟦mail⟧"), others: []
        ),
        Case(
            from: ("fragments.yaml", "send: input.⟦reminder⟧"),
            definition: ("fragments.yaml", "  ⟦reminder⟧: template"),
            others: [("rules/cart.yaml", ", ⟦reminder⟧: left")]),
        Case(from: ("rules/cart.yaml", "hand_over: ⟦sales⟧"), definition: ("carillon.yaml", ", ⟦sales⟧]"), others: []),
    ]

    @Test(arguments: cases)
    func `a name leads to where it is written, and from there to all who use it`(item: Case) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let from = try place(item.from)
        let target = try place(item.definition)
        let there = try editor.ask("textDocument/definition", item.from.0, from)["result"]
        #expect(there["uri"] == editor.uri(item.definition.0))
        #expect(there["range"] == target.range())

        var expected = [location(editor, item.from.0, from), location(editor, item.definition.0, target)]
        for other in item.others { expected.append(location(editor, other.0, try place(other))) }
        let found = try editor.ask("textDocument/references", item.definition.0, target)["result"].list ?? []
        #expect(Set(found) == Set(expected))
        let uses = try editor.ask(
            "textDocument/references", item.definition.0, target, ["context": ["includeDeclaration": false]])
        #expect(uses["result"].list?.count == expected.count - 1)
    }

    private func location(_ editor: Editor, _ path: String, _ marked: SpanMarkers) -> JSONValue {
        ["uri": editor.uri(path), "range": marked.range()]
    }

    private func place(_ place: (path: String, mark: String)) throws -> SpanMarkers {
        let text = try #require(SampleProject.files.first { $0.path == place.path }?.text)
        let plain = place.mark.replacing("⟦", with: "").replacing("⟧", with: "")
        let marked = SpanMarkers(text.replacing(plain, with: place.mark, maxReplacements: 1))
        try #require(marked.ranges.count == 1, "\(place.mark) is not in \(place.path)")
        return marked
    }

    @Test func `a file's documents and steps are listed`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(
            SampleProject.rule.replacing("rule: cart", with: "rule: ⟦cart⟧").replacing(
                "hand_over:", with: "⟦hand_over⟧:"))
        editor.open("rules/cart.yaml", marked.text)
        let symbols = try editor.ask(
            "textDocument/documentSymbol", ["textDocument": ["uri": editor.uri("rules/cart.yaml")]])["result"]
        let rule = symbols.list?.first ?? .null
        #expect(rule["name"] == "cart")
        #expect(rule["detail"] == "rule")
        #expect(rule["selectionRange"] == marked.range(0))
        #expect(
            rule["children"].list?.compactMap { $0["name"].text } == [
                "send hello", "use nudge", "if delivered(first) and not in_segment(\"staff\")",
            ])
        let inner = rule["children"].list?.last?["children"].list?.first ?? .null
        #expect(inner["name"] == "hand_over sales")
        #expect(inner["selectionRange"] == marked.range(1))
    }
}
