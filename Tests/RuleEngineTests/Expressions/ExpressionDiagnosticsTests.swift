import RuleEngine
import TestKit
import Testing

@Suite("What is wrong with an expression")
struct ExpressionDiagnosticsTests {
    static let scope: ExpressionScope = {
        var scope = contacts
        scope.journey.events["bill_paid"] = EventSchema(
            id: "bill_paid", fields: [EventField(name: "total", type: TypeInfo(.money))])
        return scope
    }()

    private static let contacts = ExpressionScope(
        schema: ContactSchema(
            id: "acme",
            declared: [
                ContactField(name: "first_name", type: TypeInfo(.text, isOptional: true), isPersonal: true),
                ContactField(name: "plan", type: TypeInfo(.oneOf(["free", "trial", "pro"]))),
                ContactField(name: "seats", type: TypeInfo(.int)),
                ContactField(name: "age", type: TypeInfo(.int, isOptional: true)),
                ContactField(name: "rating", type: TypeInfo(.decimal, isOptional: true)),
                ContactField(name: "total", type: TypeInfo(.money)),
                ContactField(name: "renewal_date", type: TypeInfo(.date, isOptional: true)),
                ContactField(name: "opt_in", type: TypeInfo(.bool, isOptional: true)),
            ]), currency: "EUR", roots: [.contact, .now])

    static func compile(_ text: EmbeddedText, expecting: ValueType? = .bool) -> (TypedExpression?, [Diagnostic]) {
        var bag = DiagnosticBag()
        let expression = ExpressionCompiler.compile(text, expecting: expecting, in: scope, reporting: &bag)
        return (expression, bag.diagnostics)
    }

    /// Each mark, in order, is the span of one diagnostic.
    @Test(
        "Every mistake has its code, at the smallest place",
        arguments: [
            // Syntax
            ("contact.seats > ⟦⟧", ["E0150"]),
            ("contact.seats > 3 ⟦5⟧", ["E0150"]),
            ("(contact.seats > 3⟦⟧", ["E0150"]),
            ("contact.seats in [1, 2⟦⟧", ["E0150"]),
            ("contact.⟦3⟧ > 3", ["E0150"]),
            ("contact.plan == ⟦\"⟧free", ["E0151"]),
            ("contact.seats > 3 ⟦#⟧ 4", ["E0152"]),
            ("⟦!⟧ contact.opt_in", ["E0153"]),
            ("contact.seats > 3 ⟦&&⟧ contact.seats < 5", ["E0153"]),
            ("contact.seats > 3 ⟦||⟧ contact.seats < 5", ["E0153"]),
            ("contact.seats ⟦=⟧ 3", ["E0153"]),
            ("contact.seats > 3 ⟦?⟧ 4 : 5", ["E0153"]),
            ("contact.plan == ⟦'⟧free'", ["E0153"]),
            ("contact.plan ⟦not⟧ in [\"free\"]", ["E0153"]),
            ("contact.seats > ⟦9223372036854775808⟧", ["E0155"]),
            ("contact.rating > ⟦0.1234567⟧", ["E0156"]),
            ("contact.seats > 5⟦min⟧", ["E0157"]),
            ("contact.first_name == \"a⟦\\n⟧b\"", ["E0158"]),
            ("contact.first_name == \"a⟦\u{1F}⟧\"", ["E0158"]),
            ("   ⟦⟧", ["E0159"]),
            ("1 < contact.seats ⟦<⟧ 5", ["E0161"]),
            ("contact.first_name ⟦is empty⟧", ["E0162"]),
            ("contact.renewal_date > ⟦2027-02-30⟧", ["E0163"]),
            // Names
            ("contact.⟦agee⟧ > 30", ["E0240"]),
            ("⟦contakt⟧.age > 30", ["E0241"]),
            ("contact.first_name == ⟦null⟧", ["E0241"]),
            ("⟦event⟧.total > 3", ["E0242"]),
            ("⟦contact⟧ is known", ["E0243"]),
            ("⟦sizes⟧(contact.tags) > 3", ["E0244"]),
            ("count(⟦order_placed⟧, last 365d) >= 2", ["E0246"]),
            ("not in_segment(⟦\"employees\"⟧)", ["E0208"]),
            // Types
            ("contact.first_name ⟦==⟧ 3", ["E0301"]),
            ("contact.seats ⟦==⟧ \"3\"", ["E0301"]),
            ("contact.total ⟦>⟧ 20", ["E0301"]),
            ("contact.renewal_date ⟦==⟧ now", ["E0301"]),
            ("⟦contact.seats⟧ starts_with \"a\"", ["E0302"]),
            ("contact.opt_in and ⟦contact.seats⟧", ["E0302"]),
            ("contact.plan == ⟦\"fre\"⟧", ["E0303"]),
            ("contact.plan in [\"free\", ⟦\"prO\"⟧]", ["E0303"]),
            ("contact.country == ⟦\"Germany\"⟧", ["E0303"]),
            ("contact.seats == ⟦1.5⟧", ["E0303"]),
            ("⟦contact.first_name⟧ + \"x\" == \"y\"", ["E0312"]),
            ("contact.plan ⟦+⟧ \"x\" == \"y\"", ["E0304"]),
            ("⟦contact.seats⟧", ["E0305"]),
            ("⟦[1, 2]⟧ == 3", ["E0306"]),
            ("contact.seats in [1, ⟦contact.seats⟧]", ["E0306"]),
            ("⟦default(contact.seats)⟧ > 1", ["E0307"]),
            ("contact.total > ⟦USD 20⟧", ["E0308"]),
            ("contact.plan matches ⟦contact.id⟧", ["E0309"]),
            ("contact.plan ⟦<⟧ \"pro\"", ["E0310"]),
            ("contact.seats / ⟦0⟧ > 1", ["E0311"]),
            ("⟦contact.age⟧ + 1 > 3", ["E0312"]),
            ("⟦contact.seats / contact.seats⟧ + 1 > 3", ["E0312"]),
            // Several mistakes are all reported, an unknown name only once.
            ("contact.⟦agee⟧ > 30 and contact.seats == ⟦1.5⟧", ["E0240", "E0303"]),
            ("contact.⟦agee⟧ + 3 > \"x\"", ["E0240"]),
        ] as [(String, [String])])
    func mistakes(marked: String, codes: [String]) {
        let markers = SpanMarkers(marked)
        let (expression, diagnostics) = Self.compile(markers.embedded)
        #expect(expression == nil)
        #expect(diagnostics.map(\.code) == codes)
        #expect(diagnostics.map { Int($0.primary.span.start)..<Int($0.primary.span.end) } == markers.ranges)
    }

    @Test(
        "Guards make a value known",
        arguments: [
            "contact.age is known and contact.age + 1 > 3",
            "contact.age is missing or contact.age + 1 > 3",
            "not (contact.age is missing) and contact.age * 2 > 3",
            "contact.age > 10 and contact.age + 1 < 30",
            "default(contact.age, 0) + 1 > 3",
            "(contact.age is known and contact.rating is known) and contact.age + contact.rating > 3",
            "last(bill_paid.total) is known and last(bill_paid.total) + EUR 1 > EUR 3",
            "last(bill_paid.total) is missing or last(bill_paid.total) + EUR 1 > EUR 3",
            "last(bill_paid.total, last 30d) > EUR 3 and last( bill_paid.total , last 720h) + EUR 1 > EUR 3",
            "first(bill_paid) < now and now - first(bill_paid) > 30d",
            "last(bill_paid, where event.total > EUR 3) is missing or "
                + "now - last(bill_paid, where (event.total > EUR 3)) > 1d",
            "default(contact.seats / contact.seats, 0) > 1",
        ])
    func guards(source: String) {
        let (expression, diagnostics) = Self.compile(EmbeddedText(wholeFile: source))
        #expect(expression != nil, "\(diagnostics.map(\.message))")
    }

    @Test(
        "Guards that show nothing don't help",
        arguments: [
            "contact.age is known or contact.age + 1 > 3",
            "not (contact.age is known) and contact.age + 1 > 3",
            "(contact.age is known or contact.opt_in) and contact.age + 1 > 3",
            "contact.age + 1 > 3 and contact.age is known",
            // Other questions have other answers.
            "last(bill_paid.total) is known and first(bill_paid.total) + EUR 1 > EUR 3",
            "last(bill_paid.total) is known and last(bill_paid.total, last 30d) + EUR 1 > EUR 3",
            "last(bill_paid, where event.total > EUR 3) is known and now - last(bill_paid) > 1d",
            "any(bill_paid) and now - last(bill_paid) > 1d",
        ])
    func uselessGuards(source: String) {
        let (expression, diagnostics) = Self.compile(EmbeddedText(wholeFile: source))
        #expect(expression == nil)
        #expect(diagnostics.map(\.code) == ["E0312"])
    }

    @Test("Depth and length are bounded, and nothing crashes on the way")
    func bounds() {
        let deep = String(repeating: "(", count: 10_000) + "true" + String(repeating: ")", count: 10_000)
        #expect(Self.compile(EmbeddedText(wholeFile: deep)).1.map(\.code) == ["E0154"])
        let nots = String(repeating: "not ", count: 3_000) + "true"
        #expect(Self.compile(EmbeddedText(wholeFile: nots)).1.map(\.code) == ["E0154"])
        let minuses = String(repeating: "- ", count: 3_000) + "contact.seats > 1"
        #expect(Self.compile(EmbeddedText(wholeFile: minuses)).1.map(\.code) == ["E0154"])
        let sum = "contact.seats" + String(repeating: " + 1", count: 1_000) + " > 1"
        #expect(Self.compile(EmbeddedText(wholeFile: sum)).1.map(\.code) == ["E0154"])
        let long = "contact.seats in [" + String(repeating: "1, ", count: 5_000) + "1]"
        #expect(Self.compile(EmbeddedText(wholeFile: long)).1.map(\.code) == ["E0160"])
        let chain = Array(repeating: "contact.seats > 1", count: 500).joined(separator: " and ")
        #expect(Self.compile(EmbeddedText(wholeFile: chain)).0 != nil)
    }

    @Test("Any bytes give an expression or a diagnostic")
    func noise() {
        var random = SeededRandom(seed: 11)
        let parts = [
            "contact.", "seats", "and", "or", "not", "in", "[", "]", "(", ")", "\"", "\\", "5", "EUR 5", "45%", "2d",
            "2027-03-18", " ", " ", "==", "<", "-", "*", "/", ",", ".", "is", "known", "é", "🎉", "|", ">>", "!", "=",
            "default", "size", "tagged", "true", "\u{0}", "9999999999999999999999",
        ]
        for _ in 0..<5_000 {
            let source = (0..<1 + random.below(12)).map { _ in random.pick(parts) }.joined()
            let text = EmbeddedText(wholeFile: source)
            let (expression, diagnostics) = Self.compile(text, expecting: nil)
            #expect((expression == nil) == !diagnostics.isEmpty, "\(source)")
            var bag = DiagnosticBag()
            let prefix = ExpressionCompiler.compilePrefix(
                of: text, range: 0..<text.bytes.count, in: Self.scope, reporting: &bag)
            #expect((0...text.bytes.count).contains(prefix.end))
        }
    }
}
