import LanguageServer
import TestKit
import Testing

@Suite struct HoverTests {
    /// The first mark is what the hover is about; the cursor stands at its beginning.
    @Test(arguments: [
        (
            "rules/cart.yaml", SampleProject.rule, "send: ⟦hello⟧",
            ["template `hello`", "The first message", "> Welcome to the shop", "sms (en)"]
        ),
        ("rules/cart.yaml", SampleProject.rule, "event: ⟦cart_updated⟧", ["event `cart_updated`", "`total`: money"]),
        ("rules/cart.yaml", SampleProject.rule, "event.⟦total⟧", ["of the event `cart_updated`: money"]),
        ("rules/cart.yaml", SampleProject.rule, "contact.⟦seats⟧", ["`contact.seats`: int"]),
        ("rules/cart.yaml", SampleProject.rule, "⟦in_segment⟧(", [#"in_segment("id")"#]),
        (
            "rules/cart.yaml", SampleProject.rule, "in_segment(\"⟦staff⟧\"",
            ["segment `staff`", "Our own people", "ends_with"]
        ),
        ("rules/cart.yaml", SampleProject.rule, "delivered(⟦first⟧)", ["step `first`: send hello"]),
        ("rules/cart.yaml", SampleProject.rule, "via: ⟦best⟧", ["route `best`", "mail, texts"]),
        ("rules/cart.yaml", SampleProject.rule, "use: ⟦nudge⟧", ["fragment `nudge`", "`gap`: duration"]),
        ("rules/cart.yaml", SampleProject.rule, "{⟦waiting_for⟧: order", ["input `waiting_for`", "event"]),
        ("rules/cart.yaml", SampleProject.rule, "hand_over: ⟦sales⟧", ["team `sales`"]),
        ("rules/cart.yaml", SampleProject.rule, "⟦trigger⟧:", ["`trigger`, required", "What starts it."]),
        ("rules/cart.yaml", SampleProject.rule, "⟦hand_over⟧:", ["Gives the contact to a team."]),
        (
            "fragments.yaml", SampleProject.fragments, "up_to: input.⟦gap⟧",
            ["input `gap`", "duration, `2d` if nothing is given"]
        ),
        ("fragments.yaml", SampleProject.fragments, "⟦up_to⟧:", ["The bound of the wait.", "a duration such as `3d`"]),
        ("templates.yaml", SampleProject.templates, "contact.⟦first_name⟧", ["optional text", "Personal"]),
        ("templates.yaml", SampleProject.templates, "| ⟦default⟧:", [#"default: "there""#]),
        ("templates.yaml", SampleProject.templates, "en: ⟦Welcome to the shop!⟧", ["20 characters as GSM-7, 1 part"]),
        (
            "templates.yaml", SampleProject.templates, "en: ⟦'Your cart is worth <<entry.total | money>>.'⟧",
            ["characters as GSM-7, 1 part"]
        ),
        ("channels.yaml", SampleProject.channels, "candidates: [⟦mail⟧", ["channel `mail`", "email by outbox"]),
    ])
    func `what stands there is explained`(path: String, text: String, mark: String, says: [String]) throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let plain = mark.replacing("⟦", with: "").replacing("⟧", with: "")
        let marked = SpanMarkers(text.replacing(plain, with: mark, maxReplacements: 1))
        try #require(marked.ranges.count == 1, "\(mark) is not in the text")
        editor.open(path, marked.text)
        let result = try editor.ask("textDocument/hover", path, marked)["result"]
        let answer = result["contents"]["value"].text ?? ""
        for part in says { #expect(answer.contains(part), "\(answer)") }
        #expect(result["range"] == marked.range())
    }

    @Test func `where nothing is to be said nothing is`() throws {
        let editor = try Editor()
        _ = try editor.initialize()
        let marked = SpanMarkers("# a ⟦comment⟧\n" + SampleProject.rule)
        editor.open("rules/cart.yaml", marked.text)
        #expect(try editor.ask("textDocument/hover", "rules/cart.yaml", marked)["result"] == .null)
    }
}
