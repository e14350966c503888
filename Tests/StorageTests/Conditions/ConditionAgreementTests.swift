import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// The engine's three evaluators, SQL on a real SQLite and a plain reference: one meaning.
@Suite("Conditions mean the same everywhere")
struct ConditionAgreementTests {
    private static let conditionsPerSeed = 260
    private static let contactsPerPage = 100
    private static let now = Timestamp(microseconds: 1_800_000_000_123_456)

    @Test("Generated conditions select the same contacts in engine, page and SQL", arguments: [1, 2, 3, 4] as [UInt64])
    func agreement(seed: UInt64) throws {
        var generator = ConditionGenerator(seed: seed)
        generator.asksOffices = true
        let offices = OfficeClocks(ConditionGenerator.offices) { $0 == "Etc/UTC" ? .utc : nil }
        var scope = ExpressionScope(schema: ConditionGenerator.schema, currency: "EUR", roots: [.contact, .now])
        scope.journey.events = ConditionGenerator.events
        for template in ConditionGenerator.templates { scope.journey.templates[template] = [] }
        scope.journey.openingHours = Set(ConditionGenerator.offices.keys)
        scope.zone = TimeZoneRules(
            fixed: TimeZoneRules.Offset(
                seconds: GeneratedCondition.zoneOffset, isDaylightSaving: false, abbreviation: "+0530"))
        scope.zoneName = "+0530"
        var worlds: [GeneratedCondition.World] = []
        var histories: [HistoryFacts] = []
        var page = FactPage(slotCount: 0)
        let database = try GeneratedPeople()
        var selection: [UInt8] = []
        var trueCount = 0
        for number in 0..<Self.conditionsPerSeed {
            if number % 26 == 0 {
                let now = Self.now.microseconds
                worlds = (0..<Self.contactsPerPage).map { _ in
                    .init(contact: generator.contact(), history: generator.history(now: now), now: now)
                }
                page = ConditionGenerator.page(worlds.map(\.contact))
                // What the engine knows is what the store gives back.
                histories = try database.fill(worlds)
            }
            let generated = generator.condition()
            var bag = DiagnosticBag()
            let compiled = ExpressionCompiler.compile(
                EmbeddedText(wholeFile: generated.source), expecting: .bool, in: scope, reporting: &bag)
            guard let expression = compiled else {
                Issue.record("seed \(seed), \(number): \(generated.source): \(bag.diagnostics.map(\.message))")
                return
            }
            let wanted = worlds.map { generated.holds(in: $0) }
            trueCount += wanted.count { $0 }

            let condition = CompiledCondition(expression)
            condition.select(page, now: Self.now, histories: histories, offices: offices, into: &selection)
            let single = worlds.indices.map {
                condition.holds(for: $0, in: page, now: Self.now, history: histories[$0], offices: offices)
            }
            var context = EvaluationContext(page: page, row: 0, now: Self.now, offices: offices)
            let whole = worlds.indices.map { row in
                context.row = row
                context.history = histories[row]
                return expression.evaluate(in: context) == .bool(true)
            }
            let lowered = SQLCondition(expression, contact: "p.row", now: Self.now, offices: offices) {
                "p." + ConditionGenerator.schema.fields[$0].name
            }
            let values = try database.values(of: lowered)
            let rows = try database.rows(where: lowered)

            let place = "seed \(seed), \(number): \(generated.source)"
            #expect(whole == wanted, "evaluate: \(place)")
            #expect(single == wanted, "single: \(place)")
            #expect(selection == wanted.map { $0 ? 1 : 0 }, "page: \(place)")
            #expect(values == wanted.map { $0 ? 1 : 0 }, "SQL value: \(place): \(lowered.text)")
            #expect(rows == wanted.indices.filter { wanted[$0] }, "SQL filter: \(place): \(lowered.filterText)")
            if whole != wanted || single != wanted || values != wanted.map({ $0 ? 1 : 0 }) { return }
        }
        // A generator whose conditions nearly all fail would show nothing.
        let total = Self.conditionsPerSeed * Self.contactsPerPage
        #expect(trueCount > total / 5 && trueCount < total * 4 / 5)
    }
}
