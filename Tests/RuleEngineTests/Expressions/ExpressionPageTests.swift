import TestKit
import Testing

@testable import RuleEngine

/// The examples of `docs/language/expressions.md`: lines `expression → value`, or `→ E0312` where it is refused.
struct ExpressionPageTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let source: String
        let result: String
        var testDescription: String { "\(source) → \(result)" }
    }

    private static let examples: [Example] = {
        let folder = DiagnosticPage.folder.dropLast("/diagnostics".count)
        let lines = Repository.text(of: folder + "/language/expressions.md").split(
            separator: "\n", omittingEmptySubsequences: false)
        var examples: [Example] = []
        var isInside = false
        for line in lines {
            if line.hasPrefix("```") {
                isInside = line == "```expression"
            } else if isInside {
                let parts = line.split(separator: " → ", maxSplits: 1).map(String.init)
                examples.append(Example(source: parts[0], result: parts.last ?? ""))
            }
        }
        return examples
    }()

    @Test("The page has an example for every function and operator")
    func coverage() {
        let all = Self.examples.map { " \($0.source) " }.joined(separator: "\n")
        let functions = ExpressionFunction.allCases.map(\.rawValue) + HistoryQuery.Function.allCases.map(\.rawValue)
        for function in functions { #expect(all.contains(function + "("), "\(function)") }
        for word in [
            " or ", " and ", "not ", " == ", " != ", " < ", " <= ", " > ", " >= ", " in ", " contains ",
            " starts_with ",
            " matches ", " is known", " is missing", " + ", " - ", " * ", " / ",
        ] { #expect(all.contains(word), "\(word)") }
    }

    @Test("An example on the page is what the page says", arguments: examples)
    func example(_ example: Example) throws {
        let fixture = try ExpressionPageFixture()
        var bag = DiagnosticBag()
        let compiled = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: example.source), expecting: nil, in: fixture.scope, reporting: &bag)
        guard let expression = compiled else {
            #expect(bag.diagnostics.map(\.code) == [example.result])
            return
        }
        #expect(expression.evaluate(in: fixture.context).described == example.result)
        #expect(expression.trace(in: fixture.context).result == (example.result == "true"))
    }
}

/// The contact that the page is about.
struct ExpressionPageFixture {
    let scope: ExpressionScope
    let context: EvaluationContext

    private static let schema = ContactSchema(
        id: "page",
        declared: [
            ContactField(name: "first_name", type: TypeInfo(.text)),
            ContactField(name: "nickname", type: TypeInfo(.text, isOptional: true)),
            ContactField(name: "plan", type: TypeInfo(.oneOf(["free", "trial", "pro", "team"]))),
            ContactField(name: "seats", type: TypeInfo(.int)),
            ContactField(name: "age", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "rating", type: TypeInfo(.decimal)),
            ContactField(name: "spent", type: TypeInfo(.money)),
            ContactField(name: "since", type: TypeInfo(.date)),
            ContactField(name: "renewal_date", type: TypeInfo(.date, isOptional: true)),
            ContactField(name: "opt_in", type: TypeInfo(.bool, isOptional: true)),
        ])

    private static let order = EventSchema(
        id: "order_placed",
        fields: [
            EventField(name: "order_id", type: TypeInfo(.text), isUnique: true),
            EventField(name: "total", type: TypeInfo(.money)),
            EventField(name: "note", type: TypeInfo(.text, isOptional: true)),
            EventField(
                name: "items", type: TypeInfo(.list(.unknown), isOptional: true),
                record: [EventField(name: "sku", type: TypeInfo(.text))]),
        ])

    init() throws {
        let berlin = try TimeZoneRulesTests.rules("Europe/Berlin")
        var scope = ExpressionScope(schema: Self.schema, currency: "EUR", roots: [.contact, .now])
        scope.zone = berlin
        scope.zoneName = "Europe/Berlin"
        scope.journey.events = [
            "order_placed": Self.order,
            "page_viewed": EventSchema(
                id: "page_viewed", fields: [EventField(name: "url", type: TypeInfo(.text))]),
        ]
        scope.journey.templates = ["welcome": ["invite"], "spring-sale": []]
        scope.journey.openingHours = ["support-berlin", "night-desk"]
        var bag = DiagnosticBag()
        let trials = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: #"contact.plan == "trial""#), expecting: .bool, in: scope, reporting: &bag)
        scope.journey.segments = ["trials": .some(try #require(trials).root)]
        self.scope = scope
        context = EvaluationContext(
            page: Self.page(), row: 0, now: try Self.utc(2026, 11, 20, 11), history: try Self.history(),
            offices: OfficeClocks(Self.hours(), zones: { _ in berlin }))
    }

    private static func utc(_ year: Int, _ month: Int, _ day: Int, _ hour: Int64 = 9) throws -> Timestamp {
        let days = try #require(CalendarDate(year: year, month: month, day: day)).daysSinceEpoch
        return Timestamp(microseconds: (days * 24 + hour) * 3_600_000_000)
    }

    private static func page() -> FactPage {
        var page = FactPage(slotCount: schema.fields.count)
        let numbers: [String: Int64] = [
            "seats": 3, "rating": 4_500_000, "spent": 107_500_000, "since": 19_782, "renewal_date": 20_780,
        ]
        let texts = [
            "first_name": "Zoë", "country": "DE", "plan": "trial", "id": "c1",
            "tags": "newsletter\u{1F}key-account\u{1F}",
        ]
        for (slot, field) in schema.fields.enumerated() {
            if let number = numbers[field.name] {
                page.columns[slot].append(number)
            } else if let text = texts[field.name] {
                page.columns[slot].append(Int64(bitPattern: page.pack(text).bits))
            } else {
                page.columns[slot].appendMissing()
            }
        }
        page.finishRow()
        return page
    }

    private static func history() throws -> HistoryFacts {
        let orders = [
            HistoryFacts.Event(
                at: try utc(2025, 1, 10), fields: ["order_id": Value("A-1"), "total": .number(12_000_000, .money)]),
            HistoryFacts.Event(
                at: try utc(2026, 5, 4),
                fields: [
                    "order_id": Value("A-3"), "total": .number(20_500_000, .money), "note": Value("gift"),
                ]),
            HistoryFacts.Event(
                at: try utc(2026, 11, 18, 10),
                fields: [
                    "order_id": Value("A-17"), "total": .number(75_000_000, .money),
                    "items": .list([Value("{}"), Value("{}")]),
                ]),
        ]
        let messages = [
            HistoryFacts.Message(template: "spring-sale", sentAt: try utc(2026, 3, 18)),
            HistoryFacts.Message(
                template: "welcome", sentAt: try utc(2026, 11, 1), deliveredAt: try utc(2026, 11, 1),
                openedAt: try utc(2026, 11, 2), clicks: [.init(at: try utc(2026, 11, 2), link: "invite")]),
        ]
        return HistoryFacts(events: ["order_placed": orders], messages: messages)
    }

    private static func hours() -> [String: OpeningHours] {
        func times(_ days: UInt8, _ from: Int, _ to: Int) -> OpeningHours.Times {
            OpeningHours.Times(
                days: WeekDays(rawValue: days),
                hours: ClockRange(from: ClockTime(minute: from), to: ClockTime(minute: to)))
        }
        return [
            "support-berlin": OpeningHours(
                zone: "Europe/Berlin", open: [times(0b001_1111, 540, 1080)], closedOnHolidays: true, closed: []),
            "night-desk": OpeningHours(
                zone: "Europe/Berlin", open: [times(0b111_1111, 1320, 120)], closedOnHolidays: false, closed: []),
        ]
    }
}
