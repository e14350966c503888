import TestKit
import Testing

@testable import RuleEngine

@Suite("Which countries a condition lets through")
struct CountryConditionTests {
    private static let schema = ContactSchema(id: "test", declared: [])
    private static let slot = schema.slot(of: "country") ?? -1

    private func compile(_ source: String) throws -> TypedExpression {
        var diagnostics = DiagnosticBag()
        let scope = ExpressionScope(schema: Self.schema, currency: "EUR", roots: [.contact, .now])
        let compiled = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: source), expecting: .bool, in: scope, reporting: &diagnostics)
        return try #require(compiled, "\(source): \(diagnostics.diagnostics.map(\.message))")
    }

    @Test(arguments: [
        (#"contact.country == "DE""#, "DE", "any country but DE, or none"),
        (#"contact.country != "US""#, "any country but US", "US, or none"),
        (#"contact.country in ["AT", "DE"]"#, "AT, DE", "any country but AT, DE, or none"),
        (#"not contact.country in ["AT", "DE"]"#, "any country but AT, DE, or none", "AT, DE"),
        ("contact.country is missing", "none known", "any country"),
        ("contact.country is known", "any country", "none known"),
        (#"contact.country == "DE" or contact.country == "AT""#, "AT, DE", "any country but AT, DE, or none"),
        (#"contact.country == "DE" and contact.country == "AT""#, "no country", "any country, or none"),
        (#"contact.country == "DE" and contact.email is known"#, "DE", "any country, or none"),
        (#"contact.country == "DE" or contact.email is known"#, "any country, or none", "any country but DE, or none"),
        (#"default(contact.country, "US") == "US""#, "US, unlisted codes, or none", "any country but US"),
        (#"contact.email is known"#, "any country, or none", "any country, or none"),
    ])
    func `both answers`(source: String, whenTrue: String, whenFalse: String) throws {
        let shown = CountryCondition(try compile(source).root, slot: Self.slot)
        #expect(shown.whenTrue.text == whenTrue)
        #expect(shown.whenFalse.text == whenFalse)
    }

    /// Whatever the evaluator says of a contact, the contact's country is in the set of that answer.
    @Test func `no country is ever left out`() throws {
        var random = SeededRandom(seed: 421)
        let codes = ["DE", "AT", "US", "GB", "XX"]
        func condition(_ depth: Int) -> String {
            switch random.below(depth > 0 ? 9 : 6) {
            case 0: return #"contact.country == "\#(random.pick(codes))""#
            case 1: return #"contact.country != "\#(random.pick(codes))""#
            case 2: return #"contact.country in ["\#(random.pick(codes))", "\#(random.pick(codes))"]"#
            case 3: return random.chance(1, in: 2) ? "contact.country is missing" : "contact.country is known"
            case 4: return "contact.language is known"
            case 5: return #"default(contact.country, "\#(random.pick(codes))") == "\#(random.pick(codes))""#
            case 6: return "(\(condition(depth - 1)) and \(condition(depth - 1)))"
            case 7: return "(\(condition(depth - 1)) or \(condition(depth - 1)))"
            default: return "not (\(condition(depth - 1)))"
            }
        }
        var asked = 0
        for _ in 0..<400 {
            let source = condition(3)
            let expression = try compile(source)
            let shown = CountryCondition(expression.root, slot: Self.slot)
            for code in codes + ["FR", nil] {
                for language in ["de", nil] as [String?] {
                    var facts = AssumedFacts()
                    if let code { facts.contact[Self.slot] = Value(code) }
                    if let language, let slot = Self.schema.slot(of: "language") {
                        facts.contact[slot] = Value(language)
                    }
                    let context = facts.context(at: nil, slots: Self.schema.fields.count)
                    let isTrue = expression.evaluate(in: context).isTrue
                    let set = isTrue ? shown.whenTrue : shown.whenFalse
                    let isIn = code.map { set.contains($0) } ?? set.mayBeMissing
                    #expect(isIn, "\(source) is \(isTrue) with \(code ?? "no country")")
                    asked += 1
                }
            }
        }
        #expect(asked == 400 * 14)
    }
}
