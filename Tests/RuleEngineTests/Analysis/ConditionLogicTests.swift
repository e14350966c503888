import RuleEngine
import TestKit
import Testing

/// The procedure says that something can't happen only where it can't: every no is tried on many contacts.
struct ConditionLogicTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_123_456)
    private static let scope: ExpressionScope = {
        var scope = ExpressionScope(schema: ConditionGenerator.schema, currency: "EUR", roots: [.contact, .now])
        scope.journey.events = ConditionGenerator.events
        for template in ConditionGenerator.templates { scope.journey.templates[template] = [] }
        return scope
    }()

    private static func compile(_ source: String) throws -> TypedExpression {
        var bag = DiagnosticBag()
        let found = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: source), expecting: .bool, in: scope, reporting: &bag)
        return try #require(found, "\(source): \(bag.diagnostics.map(\.message))")
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `no verdict is contradicted by the engine`(seed: UInt64) throws {
        var generator = ConditionGenerator(seed: seed)
        let page = ConditionGenerator.page((0..<120).map { _ in generator.contact() })
        var verdicts = (impossible: 0, open: 0, always: 0, shadowed: 0)
        for number in 0..<500 {
            // Narrow questions contradict each other often enough to be worth asking.
            let depth = number % 3
            let sources = (0..<3).map { _ in generator.condition(depth: depth).source }
            let conditions = try sources.map(Self.compile)
            var context = EvaluationContext(page: page, row: 0, now: Self.now)
            let answers = (0..<120).map { row in
                context.row = row
                return conditions.map { $0.evaluate(in: context) == .bool(true) }
            }
            let place = "seed \(seed), \(number): \(sources)"
            if ConditionLogic.areImpossible(holding: [conditions[0]]) {
                verdicts.impossible += 1
                #expect(answers.allSatisfy { !$0[0] }, "never: \(place)")
            }
            if ConditionLogic.areImpossible(holding: [], failing: [conditions[0]]) {
                verdicts.always += 1
                #expect(answers.allSatisfy { $0[0] }, "always: \(place)")
            }
            if ConditionLogic.areImpossible(holding: conditions) {
                verdicts.impossible += 1
                #expect(answers.allSatisfy { !($0[0] && $0[1] && $0[2]) }, "together: \(place)")
            } else {
                verdicts.open += 1
            }
            if ConditionLogic.areImpossible(holding: [conditions[2]], failing: Array(conditions[..<2])) {
                verdicts.shadowed += 1
                #expect(answers.allSatisfy { $0[0] || $0[1] || !$0[2] }, "shadowed: \(place)")
            }
        }
        #expect(
            verdicts.impossible > 10 && verdicts.open > 100 && verdicts.always > 2 && verdicts.shadowed > 5,
            "\(verdicts)")
    }

    @Test(arguments: [
        ("contact.seats > 3 and contact.seats < 5 and contact.seats != 4", true),
        ("contact.seats > 3 and contact.seats < 6 and contact.seats != 4", false),
        ("contact.score > 3 and contact.score is missing", true),
        ("contact.score != 3 and contact.score is missing", true),
        ("not (contact.score != 3) and contact.score is missing", false),
        ("not (contact.score == 3) and not (contact.score != 3)", false),
        ("not (contact.seats == 3) and not (contact.seats != 3)", true),
        (#"contact.plan == "free" and contact.plan == "pro""#, true),
        (#"not (contact.plan in ["free", "trial", "pro", "enterprise-plus"])"#, true),
        (#"not (contact.last_plan in ["free", "trial", "pro", "enterprise-plus"])"#, false),
        (#"contact.city starts_with "Ber" and contact.city starts_with "Ham""#, true),
        (#"contact.city starts_with "Ber" and contact.city starts_with "Berlin""#, false),
        (#"contact.city in ["Berlin", "Bern"] and contact.city ends_with "g""#, true),
        (#"contact.city < "b" and contact.city > "c""#, true), (#"contact.city < "b" and contact.city >= "b""#, true),
        (#"contact.city <= "b" and contact.city >= "b""#, false),
        (#"contact.city matches "a*" and not (contact.city matches "a*")"#, true),
        (#"tagged("x") and not tagged("x")"#, true), (#"tagged("x") and not tagged("y")"#, false),
        ("contact.vip and not contact.vip", true), ("contact.opt_in == true and contact.opt_in == false", true),
        ("not contact.opt_in and contact.opt_in != false", true),
        ("contact.seats > contact.score and contact.seats <= contact.score", true),
        ("contact.seats > contact.score and contact.score > contact.seats", true),
        ("not (contact.seats > contact.score) and not (contact.seats <= contact.score)", false),
        ("contact.seats != contact.seats", true), ("size(contact.nickname) < 0", true),
        ("size(contact.tags) >= 0", false), ("default(contact.score, 5) > 4 and contact.score < 3", true),
        ("default(contact.score, 5) < 4 and contact.score is missing", true),
        ("default(contact.score, 5) < 4 and contact.score < 3", false),
        ("contact.rating > 1.5 and contact.rating <= 1.5", true),
        ("contact.birthday < 2020-01-01 and contact.birthday > 2019-12-31", true),
        ("contact.spent >= EUR 20 and contact.spent < EUR 19.999999", true),
        ("now < 2027-01-01 00:00 and now > 2028-01-01 00:00", true),
    ])
    func `a condition is impossible, or nobody says so`(source: String, isImpossible: Bool) throws {
        #expect(ConditionLogic.areImpossible(holding: [try Self.compile(source)]) == isImpossible)
    }

    @Test(arguments: [
        "contact.seats >= 3 or contact.seats < 3", "size(contact.tags) >= 0", "contact.seats is known",
        "not (contact.score > 3 and contact.score < 3)", "contact.score is known or contact.score is missing",
        "not contact.opt_in or contact.opt_in",
    ])
    func `a condition always holds`(source: String) throws {
        #expect(ConditionLogic.areImpossible(holding: [], failing: [try Self.compile(source)]))
    }

    @Test func `a question that is too large is left open`() throws {
        // Ten times two ways, each of which contradicts the last: found only by trying all of them.
        let ways = (0..<10).map { #"(contact.city contains "a\#($0)" or contact.city contains "b\#($0)")"# }
        let source = (ways + ["contact.seats > 1", "contact.seats < 1"]).joined(separator: " and ")
        #expect(ConditionLogic.areImpossible(holding: [try Self.compile(source)]))
        let late = (ways + ["(contact.seats > 1 or contact.seats > 2)", "contact.seats < 1"]).joined(separator: " and ")
        _ = ConditionLogic.areImpossible(holding: [try Self.compile(late)])
    }
}
