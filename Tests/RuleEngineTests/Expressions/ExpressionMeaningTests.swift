import RuleEngine
import TestKit
import Testing

@Suite("What an expression means")
struct ExpressionMeaningTests {
    private static func canonical(_ source: String, in scope: ExpressionScope = ExpressionDiagnosticsTests.scope) throws
        -> [UInt8]
    {
        var bag = DiagnosticBag()
        let expression = try #require(
            ExpressionCompiler.compile(EmbeddedText(wholeFile: source), expecting: nil, in: scope, reporting: &bag))
        var writer = CanonicalWriter()
        expression.writeCanonical(into: &writer)
        return writer.bytes
    }

    @Test(
        "Spaces, parentheses and the order of a list don't change the canonical form",
        arguments: [
            ("contact.seats>3", "  ( contact.seats  >  (3) )\n"),
            (
                "contact.seats > 1 and (contact.seats < 9 and contact.opt_in)",
                "contact.seats > 1 and contact.seats < 9 and contact.opt_in"
            ),
            ("contact.plan in [\"free\", \"pro\"]", "contact.plan in [\"pro\", \"free\", \"pro\",]"),
            ("contact.total > EUR 20", "contact.total > EUR 20.00"),
            ("contact.rating > 0.45", "contact.rating > 45%"),
        ])
    func same(left: String, right: String) throws {
        #expect(try Self.canonical(left) == Self.canonical(right))
    }

    @Test(
        "A change of meaning changes the canonical form",
        arguments: [
            ("contact.seats > 3", "contact.seats >= 3"), ("contact.seats > 3", "contact.seats > 4"),
            ("contact.seats > 3 and contact.opt_in", "contact.seats > 3 or contact.opt_in"),
            ("contact.email is known", "contact.phone is known"), ("contact.age is known", "contact.age is missing"),
            ("contact.first_name contains \"a\"", "contact.first_name starts_with \"a\""),
            ("contact.seats - 1 > 3", "1 - contact.seats > 3"),
        ])
    func different(left: String, right: String) throws {
        #expect(try Self.canonical(left) != Self.canonical(right))
    }

    @Test("The order of a schema's fields doesn't change the canonical form")
    func slots() throws {
        let fields = [ContactField(name: "a", type: TypeInfo(.int)), ContactField(name: "b", type: TypeInfo(.int))]
        let one = ExpressionScope(schema: ContactSchema(id: "x", declared: fields), currency: "EUR", roots: [.contact])
        let other = ExpressionScope(
            schema: ContactSchema(id: "x", declared: fields.reversed()), currency: "EUR", roots: [.contact])
        #expect(
            try Self.canonical("contact.a > contact.b", in: one) == Self.canonical("contact.a > contact.b", in: other))
    }

    @Test("A template's expression ends at the filter or at the closing mark")
    func prefixes() {
        let cases = [
            ("contact.first_name | default: \"x\">> rest '", 19), ("contact.plan>>", 12),
            ("default(contact.first_name, \"a|b>>c\") >> x", 38), ("contact.agee | upper>>", 13), ("contact.plan", 12),
            ("contact.plan contains \"a\\n|b\" | upper", 30),
        ]
        for (source, end) in cases {
            var bag = DiagnosticBag()
            let text = EmbeddedText(wholeFile: source)
            let prefix = ExpressionCompiler.compilePrefix(
                of: text, range: 0..<text.bytes.count, in: ExpressionDiagnosticsTests.scope, reporting: &bag)
            #expect(prefix.end == end, "\(source)")
        }
    }

    @Test("A trace names the parts, the values that decided, and what is personal")
    func trace() throws {
        let source = "contact.seats > 3 and (contact.first_name == \"Anna\" or not contact.opt_in)"
        let expression = try #require(ExpressionDiagnosticsTests.compile(EmbeddedText(wholeFile: source)).0)
        let schema = ExpressionDiagnosticsTests.scope.schema
        var page = FactPage(slotCount: schema.fields.count)
        for (slot, field) in schema.fields.enumerated() {
            switch field.name {
            case "seats": page.columns[slot].append(5)
            case "first_name": page.columns[slot].append(Int64(bitPattern: page.pack("Zoë").bits))
            default: page.columns[slot].appendMissing()
            }
        }
        page.finishRow()
        let trace = expression.trace(in: EvaluationContext(page: page, row: 0, now: Timestamp(microseconds: 0)))
        #expect(trace.result)
        #expect(
            trace.parts.map(\.source) == [
                "contact.seats > 3", "(contact.first_name == \"Anna\" or not contact.opt_in)",
            ])
        #expect(trace.parts[0].values.map(\.text) == ["5"])
        let name = trace.parts[1].parts[0]
        #expect(!name.result && name.values.map(\.text) == ["\"Zoë\""] && name.values.allSatisfy(\.isPersonal))
        #expect(trace.parts[1].parts[1].result)
        #expect(trace.parts[1].parts[1].parts[0].values.map(\.text) == ["missing"])
    }

    @Test(
        "Results are rounded half away from zero, and what doesn't fit is missing",
        arguments: [
            (Arithmetic.divide, 5, 2, 3), (.divide, -5, 2, -3), (.divide, 5, -2, -3), (.divide, 7, 3, 2),
            (.divide, 1, 0, nil), (.divide, Int64.min, -1, nil), (.divideScaled, 1, 3, 333_333),
            (.divideScaled, 2, 3, 666_667), (.multiplyScaled, 1_500_000, 1, 2), (.multiplyScaled, -1_500_000, 1, -2),
            (.multiplyScaled, Int64.max, Int64.max, nil), (.add, Int64.max, 1, nil), (.multiply, Int64.min, -1, nil),
            (.floor, -1, 0, -1), (.ceiling, -1, 0, 0), (.ceiling, 1, 0, 1), (.floor, Int64.min, 0, -9_223_372_036_855),
            (.addDays, 10, -1, 9), (.daysBetween, 2, 1, 86_400_000_000), (.daysBetween, Int64.max, 0, nil),
        ] as [(Arithmetic, Int64, Int64, Int64?)])
    func rounding(arithmetic: Arithmetic, left: Int64, right: Int64, result: Int64?) {
        #expect(arithmetic.apply(left, right) == result)
    }
}
