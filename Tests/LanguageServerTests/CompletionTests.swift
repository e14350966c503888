import LanguageServer
import TestKit
import Testing

/// ⟦⟧ is the cursor, and what stands between is what a suggestion takes the place of. Most texts are no sound YAML: that is
/// how it is while somebody types.
@Suite struct CompletionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let path: String
        let text: String
        let has: [String]
        var hasNot: [String] = []

        var testDescription: String { text.suffix(60) + " → " + has.joined(separator: ", ") }
    }

    private static func rule(_ more: String) -> String { SampleProject.rule + more }

    static let keys = [
        Case(path: "rules/cart.yaml", text: "⟦⟧", has: ["rule", "template", "campaign"]),
        Case(
            path: "rules/cart.yaml", text: "rule: x\n⟦⟧", has: ["trigger", "steps", "purpose"],
            hasNot: ["rule", "enter"]),
        Case(
            path: "rules/cart.yaml", text: "rule: x\npurpose: otp\n⟦to⟧\ntopic: tips\n", has: ["trigger"],
            hasNot: ["purpose", "topic"]),
        Case(
            path: "rules/cart.yaml", text: "rule: x\ntrigger:\n  ⟦⟧", has: ["event", "inbound", "where"],
            hasNot: ["steps"]),
        Case(
            path: "rules/cart.yaml", text: "rule: x\ntrigger: {event: cart_updated, ⟦⟧", has: ["where"],
            hasNot: ["event"]),
        Case(path: "rules/cart.yaml", text: rule("  - ⟦se⟧"), has: ["send", "wait_for", "hand_over"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - send: hello\n    ⟦⟧"), has: ["via", "valid_for", "name"],
            hasNot: ["send", "up_to"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - wait_for: order_placed\n    ⟦u⟧"),
            has: ["up_to", "then", "else", "where"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - choose:\n      - when: contact.seats > 1\n        ⟦⟧"),
            has: ["do"], hasNot: ["when"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - use: nudge\n    with: {waiting_for: order_placed, ⟦⟧"),
            has: ["reminder", "gap"], hasNot: ["waiting_for"]),
        Case(path: "rules/cart.yaml", text: rule("  - set:\n      ⟦⟧"), has: ["seats", "first_name"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - emit: {event: order_placed, with: {⟦⟧"),
            has: ["order_id", "cart_id"], hasNot: ["total"]),
        Case(
            path: "channels.yaml", text: "channel: x\nkind: email\nprovider: smtp\n⟦⟧", has: ["host", "tls", "from"],
            hasNot: ["kind", "folder"]),
        Case(path: "templates.yaml", text: "template: x\n⟦⟧", has: ["email", "sms", "about"]),
        Case(path: "templates.yaml", text: "template: x\nemail:\n  en:\n    ⟦⟧", has: ["subject", "body", "html"]),
        Case(path: "carillon.yaml", text: "project: x\ndefaults:\n  ⟦⟧", has: ["policy", "brand"]),
    ]

    static let values = [
        Case(path: "rules/cart.yaml", text: "rule: x\npurpose: ⟦⟧", has: ["marketing", "otp"]),
        Case(path: "rules/cart.yaml", text: "rule: x\ntrigger:\n  event: ⟦ca⟧", has: ["cart_updated", "order_placed"]),
        Case(path: "rules/cart.yaml", text: "rule: x\ntrigger:\n  inbound: ⟦⟧", has: ["mail", "texts"]),
        Case(path: "rules/cart.yaml", text: "rule: x\nvia: ⟦⟧", has: ["best", "reply"], hasNot: ["mail"]),
        Case(path: "rules/cart.yaml", text: "rule: x\nvia: [mail, ⟦⟧", has: ["mail", "texts"], hasNot: ["best"]),
        Case(path: "rules/cart.yaml", text: "rule: x\nvia:\n  - ⟦m⟧", has: ["mail", "texts"]),
        Case(path: "rules/cart.yaml", text: rule("  - send: ⟦he⟧"), has: ["hello", "left", "message", "text"]),
        Case(path: "rules/cart.yaml", text: rule("  - hand_over: ⟦⟧"), has: ["support", "sales"]),
        Case(path: "rules/cart.yaml", text: rule("  - call: ⟦⟧"), has: ["crm.cart_left"]),
        Case(path: "rules/cart.yaml", text: rule("  - start: ⟦⟧"), has: ["rule cart"]),
        Case(path: "rules/cart.yaml", text: rule("  - use: ⟦⟧"), has: ["nudge"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - use: nudge\n    with:\n      reminder: ⟦⟧"),
            has: ["hello", "left"], hasNot: ["mail"]),
        Case(path: "rules/cart.yaml", text: rule("when_changed:\n  move:\n    old: ⟦⟧"), has: ["first", "hello"]),
        Case(
            path: "fragments.yaml", text: SampleProject.fragments + "  - send: ⟦⟧", has: ["input.reminder", "hello"],
            hasNot: ["input.gap"]),
        Case(path: "schema.yaml", text: "schema: x\ncontact:\n  plan: ⟦⟧", has: ["text", "money", "list of text"]),
        Case(path: "channels.yaml", text: "channel: x\nprovider: ⟦⟧", has: ["smtp", "outbox"]),
        Case(path: "campaigns.yaml", text: "campaign: x\naudience:\n  include: [⟦⟧", has: ["staff"]),
        Case(path: "campaigns.yaml", text: "campaign: x\naudience:\n  include:\n    - ⟦st⟧", has: ["staff"]),
        Case(path: "campaigns.yaml", text: "campaign: x\nbrand: ⟦⟧", has: ["shop"]),
    ]

    static let expressions = [
        Case(path: "segments.yaml", text: "segment: x\nwhere: contact.⟦se⟧", has: ["seats", "first_name", "email"]),
        Case(path: "segments.yaml", text: "segment: x\nwhere:\n  - contact.⟦⟧", has: ["seats"]),
        Case(
            path: "segments.yaml", text: "segment: x\nwhere: ⟦⟧", has: ["contact.", "count", "in_segment", "not"],
            hasNot: ["event."]),
        Case(path: "segments.yaml", text: "segment: x\nwhere: count(⟦⟧", has: ["cart_updated", "order_placed"]),
        Case(
            path: "segments.yaml", text: "segment: x\nwhere: count(cart_updated, where event.⟦⟧", has: ["total"],
            hasNot: ["order_id"]),
        Case(path: "segments.yaml", text: "segment: x\nwhere: sum(cart_updated.⟦⟧", has: ["total"]),
        Case(path: "more.yaml", text: "segment: x\nwhere: in_segment(\"⟦⟧", has: ["staff"]),
        Case(path: "segments.yaml", text: "segment: x\nwhere: open_now(\"⟦⟧", has: ["office"]),
        Case(
            path: "rules/cart.yaml", text: "rule: x\ntrigger:\n  event: cart_updated\n  where: event.⟦⟧",
            has: ["total"], hasNot: ["order_id"]),
        Case(path: "rules/cart.yaml", text: rule("  - if: entry.⟦⟧"), has: ["cart_id", "total"], hasNot: ["order_id"]),
        Case(
            path: "rules/cart.yaml", text: rule("  - wait_for: order_placed\n    where: event.⟦⟧"), has: ["order_id"],
            hasNot: ["total"]),
        Case(path: "rules/cart.yaml", text: rule("  - if: clicked(⟦⟧"), has: ["first", "hello", "left"]),
        Case(path: "rules/cart.yaml", text: rule("  - if: conversation.⟦⟧"), has: ["id"]),
        Case(path: "templates.yaml", text: "template: x\nsms:\n  en: Hi <<contact.⟦⟧", has: ["first_name"]),
        Case(
            path: "templates.yaml", text: "template: x\nsms:\n  en: Hi <<⟦⟧",
            has: ["contact.", "sender.", "if", "unsubscribe.link", "browser.link"]),
        Case(
            path: "templates.yaml",
            text: "template: x\nemail:\n  en:\n    body: |\n      Dear\n      <<contact.first_name | ⟦de⟧",
            has: ["default", "prefix"], hasNot: ["contact."]),
        Case(
            path: "templates.yaml", text: "template: x\nemail:\n  en:\n    body: |\n      Worth <<entry.⟦⟧>>",
            has: ["total", "order_id"]),
        Case(path: "templates.yaml", text: "template: x\nsms:\n  en: Hi <<sender.⟦⟧", has: ["name", "website"]),
    ]

    @Test(arguments: [keys, values, expressions])
    func `what may stand there is offered, what may not is not`(cases: [Case]) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        for item in cases {
            let marked = SpanMarkers(item.text)
            editor.open(item.path, marked.text)
            // The cursor stands behind what is there of the word.
            let lines = LineTable(Array(marked.text.utf8), .utf16)
            let answer = try editor.ask(
                "textDocument/completion",
                [
                    "textDocument": ["uri": editor.uri(item.path)],
                    "position": lines.position(of: marked.ranges[0].upperBound),
                ])
            let items = answer["result"]["items"].list ?? []
            let labels = items.compactMap { $0["label"].text }
            for name in item.has { #expect(labels.contains(name), "\(item.text.suffix(70)): \(labels)") }
            for name in item.hasNot { #expect(!labels.contains(name), "\(item.text.suffix(70)): \(labels)") }
            #expect(items.first?["textEdit"]["range"] == marked.range(), "\(item.text.suffix(70))")
            editor.notify("textDocument/didClose", ["textDocument": ["uri": editor.uri(item.path)]])
        }
        #expect(try editor.leave() == 0)
    }

    @Test(arguments: [
        "# ⟦⟧", "segment: x\nwhere: contact.seats > 1 # contact.⟦⟧", "template: x\nsms:\n  en: contact.⟦⟧",
        "campaign: x\nabout: ⟦⟧", "nothing: x\n⟦⟧", "- ⟦⟧", "segment: x\nunknown:\n  ⟦⟧",
    ])
    func `where nothing is known nothing is offered, or kinds of documents`(text: String) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers(text)
        editor.open("more.yaml", marked.text)
        let items = try editor.ask("textDocument/completion", "more.yaml", marked)["result"]["items"].list ?? []
        let labels = items.compactMap { $0["label"].text }
        #expect(labels.isEmpty || labels.first == "project", "\(labels)")
    }
}
