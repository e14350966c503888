import RuleEngine
import Runner
import Storage
import TestKit
import Testing

struct EventStoreTests {
    private static let anna = ContactKey(rawValue: 1)
    private static let day: Int64 = 86_400_000_000
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private let folder: TemporaryFolder
    private let store: SQLiteStore
    private let events: any EventStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(folder: folder.path)
        events = try store.openEvents()
    }

    private static func order(
        daysAgo: Int64, total: Int64 = 1, keys: [NewEvent.Key] = [], contact: ContactKey = anna
    ) -> NewEvent {
        NewEvent(
            contact: contact, name: "order_placed", at: Timestamp(microseconds: now.microseconds - daysAgo * day),
            fields: ["total": .number(total, .money)], keys: keys)
    }

    private func history(_ source: String, of contact: ContactKey = anna) throws -> HistoryFacts {
        try events.history(of: contact, HistoryNeeds(of: [try Self.compile(source)]), now: Self.now)
    }

    private static func compile(_ source: String) throws -> TypedExpression {
        var scope = ExpressionScope(
            schema: ContactSchema(id: "test", declared: []), currency: "EUR", roots: [.contact, .now])
        let fields = [
            EventField(name: "total", type: TypeInfo(.money)), EventField(name: "note", type: TypeInfo(.text)),
        ]
        scope.journey.events = ["order_placed": EventSchema(id: "order_placed", fields: fields)]
        scope.journey.templates = ["welcome": []]
        var bag = DiagnosticBag()
        let expression = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: source), expecting: .bool, in: scope, reporting: &bag)
        return try #require(expression, "\(bag.diagnostics.map(\.message))")
    }

    @Test func `a repeated event is left out, by its id as by a unique field, and across batches`() throws {
        let first = Self.order(daysAgo: 3, keys: [.id("e1"), .field("order_id", "A-1")])
        #expect(try events.append([first, first], now: Self.now) == [.appended, .repeated])
        let later = [
            Self.order(daysAgo: 2, keys: [.id("e1")]), Self.order(daysAgo: 2, keys: [.field("order_id", "A-1")]),
            Self.order(daysAgo: 2, keys: [.id("e2"), .field("order_id", "A-2")]),
            // A value is no id, and one field's value is not another's.
            Self.order(daysAgo: 2, keys: [.id("A-2")]), Self.order(daysAgo: 2, keys: [.field("cart_id", "A-2")]),
            Self.order(daysAgo: 1), Self.order(daysAgo: 1),
        ]
        #expect(
            try events.append(later, now: Self.now) == [
                .repeated, .repeated, .appended, .appended, .appended, .appended, .appended,
            ])
        var other = first
        other.name = "order_shipped"
        #expect(try events.append([other], now: Self.now) == [.appended], "keys belong to an event's name")
        #expect(try history("any(order_placed)").events["order_placed"]?.count == 6)
    }

    @Test func `what comes back is what went in, in the order of time`() throws {
        let fields: [String: Value] = [
            "total": .number(.min, .money), "count": .number(.max, .int), "rate": .number(-1, .decimal),
            "day": .number(-1, .date), "at": .number(5, .instant), "took": .number(0, .duration), "paid": .bool(true),
            "gift": .bool(false), "note": Value("\"\\ \u{1}\n👩‍👩‍👧 e\u{301}"), "empty": Value(""), "list": .list([]),
            "items": .list([Value("a"), Value(""), Value("\"")]),
        ]
        let at = Self.now.microseconds - 5
        let late = NewEvent(contact: Self.anna, name: "order_placed", at: Self.now, fields: fields)
        let early = NewEvent(contact: Self.anna, name: "order_placed", at: Timestamp(microseconds: at))
        var second = early
        second.fields = ["note": Value("second")]
        _ = try events.append([late, early, second], now: Self.now)
        let facts = try history("any(order_placed)")
        #expect(
            facts.events["order_placed"] == [
                .init(at: early.at), .init(at: early.at, fields: second.fields), .init(at: late.at, fields: fields),
            ])
    }

    @Test func `only what the conditions look at is read`() throws {
        _ = try events.append((0..<10).map { Self.order(daysAgo: $0) }, now: Self.now)
        #expect(try history("any(order_placed, last 3d)").events["order_placed"]?.count == 3)
        #expect(
            try history("any(order_placed, last 3d) or none(order_placed, last 5d)").events["order_placed"]?.count == 5)
        #expect(try history("count(order_placed) > 3").events["order_placed"]?.count == 10)
        #expect(try history("any(order_placed)", of: ContactKey(rawValue: 2)).events.isEmpty)
        #expect(try history("sent(welcome)").events.isEmpty)
    }

    @Test func `old events go with what they were known by, and the others stay`() throws {
        let people = (1...30).map { ContactKey(rawValue: $0 * 1_000) }
        for contact in people {
            let known = (0..<4).map { age in
                Self.order(daysAgo: age, keys: [.id("\(contact.rawValue)/\(age)")], contact: contact)
            }
            _ = try events.append(known, now: Self.now)
        }
        let before = Timestamp(microseconds: Self.now.microseconds - Self.day)
        #expect(try events.forget(before: before, progress: { _ in }) == 60)
        #expect(try history("any(order_placed)", of: people[29]).events["order_placed"]?.count == 2)
        let again = [0, 1, 2].map { Self.order(daysAgo: $0, keys: [.id("1000/\($0)")], contact: people[0]) }
        #expect(try events.append(again, now: Self.now) == [.repeated, .repeated, .appended])
    }

    @Test func `an erased person has no history`() throws {
        let fixture = try LedgerFixture(contacts: 2)
        let events = try fixture.store.openEvents()
        _ = try events.append([Self.order(daysAgo: 1, keys: [.id("x")])], now: Self.now)
        try fixture.store.openConsents().erase(Self.anna, source: "letter", actor: "operator", now: Self.now)
        for table in ["event", "event_key"] {
            #expect(try fixture.connection.integer("SELECT count(*) FROM \(table)") == 0)
        }
    }

    @Test(
        arguments: [
            (
                "count(order_placed, last 365d) >= 2",
                ["SEARCH e1 USING PRIMARY KEY (contact=? AND name=? AND occurred_at>? AND occurred_at<?)"]
            ),
            (
                "none(order_placed, last 90d, where event.total > EUR 20)",
                ["SEARCH e1 USING PRIMARY KEY (contact=? AND name=? AND occurred_at>? AND occurred_at<?)"]
            ),
            (
                "default(last(order_placed.total), EUR 0) > EUR 5",
                ["SEARCH e1 USING PRIMARY KEY (contact=? AND name=? AND occurred_at>? AND occurred_at<?)"]
            ),
            (
                "sum(order_placed.total, last 30d) > EUR 5",
                ["SEARCH e1 USING PRIMARY KEY (contact=? AND name=? AND occurred_at>? AND occurred_at<?)"]
            ),
            (
                "opened(welcome, last 30d)",
                [
                    "SEARCH s USING COVERING INDEX launch_step_template (template=?)",
                    "SEARCH d USING PRIMARY KEY (tenant=? AND launch=? AND contact=? AND step=?)",
                    "SEARCH t USING PRIMARY KEY (tenant=? AND launch=? AND contact=? AND step=? AND occurrence=?)",
                ]
            ),
            ("replied(welcome)", ["SEARCH t USING INDEX channel_event_contact (contact=?)"]),
        ])
    func `a question is answered from an index`(source: String, expected: [String]) throws {
        let condition = SQLCondition(try Self.compile(source), now: Self.now) { _ in "NULL" }
        let connection = try store.connect()
        let plan = try connection.prepareOnce(
            "EXPLAIN QUERY PLAN SELECT c.id FROM contact c NOT INDEXED WHERE c.id > 5 AND \(condition.filterText)")
        var lines: [String] = []
        while try plan.step() { lines.append(plan.string(3)) }
        for line in expected { #expect(lines.contains(line), "\(lines)") }
        // Only the contacts themselves are gone through, and those by their key.
        #expect(!lines.contains { $0.hasPrefix("SCAN") }, "\(lines)")
        #expect(!lines.contains { $0.contains("TEMP B-TREE") }, "\(lines)")
    }

    @Test func `a field whose type has changed since is missing, in SQL as in the engine`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        let event = NewEvent(
            contact: Self.anna, name: "order_placed", at: Self.now, fields: ["total": Value("a lot")])
        let events = try fixture.store.openEvents()
        _ = try events.append([event], now: Self.now)
        let condition = try Self.compile("last(order_placed.total) is missing and any(order_placed)")
        let lowered = SQLCondition(condition, now: Self.now) { _ in "NULL" }
        let statement = try fixture.connection.prepareOnce("SELECT \(lowered.text) FROM contact c")
        for (index, parameter) in lowered.parameters.enumerated() {
            switch parameter {
            case .integer(let number): statement.bind(Int32(index + 1), number)
            case .text(let bytes): statement.bindText(Int32(index + 1), bytes)
            }
        }
        #expect(try statement.step() && statement.integer(0) == 1)
        let facts = try events.history(of: Self.anna, HistoryNeeds(of: [condition]), now: Self.now)
        var page = FactPage(slotCount: 0)
        page.finishRow()
        let context = EvaluationContext(page: page, row: 0, now: Self.now, history: facts)
        #expect(condition.evaluate(in: context) == .bool(true))
    }
}
