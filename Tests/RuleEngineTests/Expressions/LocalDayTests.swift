import RuleEngine
import TestKit
import Testing

/// A date against an instant: the date is its midnight on the project's clock.
struct LocalDayTests {
    private static let schema = ContactSchema(
        id: "test", declared: [ContactField(name: "renewal", type: TypeInfo(.date, isOptional: true))])

    private static func scope(_ zone: String) throws -> ExpressionScope {
        var scope = ExpressionScope(schema: schema, currency: "EUR", roots: [.contact, .now])
        scope.zone = try TimeZoneRulesTests.rules(zone)
        scope.zoneName = zone
        return scope
    }

    private static func compile(_ source: String, _ zone: String = "Europe/Berlin") throws
        -> (TypedExpression?, [String])
    {
        var bag = DiagnosticBag()
        let expression = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: source), expecting: .bool, in: try scope(zone), reporting: &bag)
        return (expression, bag.diagnostics.map { "\($0.code): \($0.help ?? "")" })
    }

    private static func holds(_ expression: TypedExpression, day: Int64, now: Int64) -> Bool {
        var page = FactPage(slotCount: schema.fields.count)
        for field in schema.fields.indices.dropLast() { page.columns[field].appendMissing() }
        page.columns[schema.fields.count - 1].append(day)
        page.finishRow()
        let now = Timestamp(microseconds: now)
        let holds = expression.evaluate(in: EvaluationContext(page: page, row: 0, now: now)).isTrue
        var selection: [UInt8] = []
        CompiledCondition(expression).select(page, now: now, into: &selection)
        #expect(selection == [holds ? 1 : 0])
        return holds
    }

    // Changes of clocks at midnight, a day that Samoa left out, a zone east and one west.
    @Test(
        arguments: [
            ("Europe/Berlin", 1_774_659_600), ("America/Havana", 1_773_550_800), ("America/Havana", 1_793_505_600),
            ("Pacific/Apia", 1_325_239_200), ("Africa/Cairo", 1_776_981_600), ("America/Santiago", 1_775_358_000),
            ("Asia/Kathmandu", 0), ("Antarctica/Troll", -1),
        ] as [(String, Int64)])
    func `a date compares as its midnight does`(zone: String, around: Int64) throws {
        let rules = try TimeZoneRulesTests.rules(zone)
        let comparisons = ["<", "<=", ">", ">="]
        let compiled = try comparisons.map { sign in
            (Comparison(rawValue: sign), try #require(Self.compile("contact.renewal \(sign) now", zone).0))
        }
        let mirrored = try #require(Self.compile("now - 36h >= contact.renewal", zone).0)
        for hour in -30...30 {
            for offset in [-1, 0, 1] as [Int64] {
                let now = (around + Int64(hour) * 3600) * 1_000_000 + offset
                let today = rules.localTime(of: Timestamp(microseconds: now)).date.daysSinceEpoch
                for day in today - 2...today + 2 {
                    let midnight = rules.microseconds(day: day, microsecondOfDay: 0)
                    for (comparison, expression) in compiled {
                        #expect(
                            Self.holds(expression, day: day, now: now) == comparison?.holds(midnight, now),
                            "\(zone), day \(day), now \(now)")
                    }
                    #expect(Self.holds(mirrored, day: day, now: now) == (now - 129_600_000_000 >= midnight))
                }
            }
        }
    }

    @Test func `the ends of time are no trap`() throws {
        let expression = try #require(Self.compile("contact.renewal < now + 3d").0)
        for now in [Int64.min, Int64.min + 1, 0, Int64.max - 1, Int64.max] {
            for day in [Int64.min, -1, 0, Int64.max] { _ = Self.holds(expression, day: day, now: now) }
        }
        #expect(Self.holds(expression, day: .min, now: 0) && !Self.holds(expression, day: .max, now: 0))
    }

    @Test(
        arguments: [
            "contact.renewal == now", "contact.renewal != now + 1d", "now - contact.renewal > 3d",
        ])
    func `what would hardly ever hold, or means nothing, is refused`(source: String) throws {
        let (expression, found) = try Self.compile(source)
        #expect(expression == nil && found.count == 1, "\(found)")
    }

    @Test func `the zone is part of what the comparison means`() throws {
        func canonical(_ zone: String) throws -> [UInt8] {
            var writer = CanonicalWriter()
            try #require(Self.compile("contact.renewal < now", zone).0).writeCanonical(into: &writer)
            return writer.bytes
        }
        #expect(try canonical("Europe/Berlin") == canonical("Europe/Berlin"))
        #expect(try canonical("Europe/Berlin") != canonical("Europe/London"))
    }
}
