import CSystemSQLite
import RuleEngine
import Storage
import TestKit
import Testing

/// The engine's three evaluators, SQL on a real SQLite and a plain reference: one meaning.
@Suite("Conditions mean the same everywhere")
struct ConditionAgreementTests {
    private static let conditionsPerSeed = 2_500
    private static let contactsPerPage = 6
    private static let now = Timestamp(microseconds: 1_800_000_000_123_456)

    @Test("Generated conditions select the same contacts in engine, page and SQL", arguments: [1, 2, 3, 4] as [UInt64])
    func agreement(seed: UInt64) throws {
        var generator = ConditionGenerator(seed: seed)
        let scope = ExpressionScope(schema: ConditionGenerator.schema, currency: "EUR", roots: [.contact, .now])
        var contacts: [[String: GeneratedCondition.Fact]] = []
        var page = FactPage(slotCount: 0)
        let database = try ContactTable()
        var selection: [UInt8] = []
        var trueCount = 0
        for number in 0..<Self.conditionsPerSeed {
            if number % 25 == 0 {
                contacts = (0..<Self.contactsPerPage).map { _ in generator.contact() }
                page = ConditionGenerator.page(contacts)
                try database.fill(contacts)
            }
            let generated = generator.condition()
            var bag = DiagnosticBag()
            let compiled = ExpressionCompiler.compile(
                EmbeddedText(wholeFile: generated.source), expecting: .bool, in: scope, reporting: &bag)
            guard let expression = compiled else {
                Issue.record("seed \(seed), \(number): \(generated.source): \(bag.diagnostics.map(\.message))")
                return
            }
            let wanted = contacts.map { generated.holds(for: $0, now: Self.now.microseconds) }
            trueCount += wanted.count { $0 }

            let condition = CompiledCondition(expression)
            condition.select(page, now: Self.now, into: &selection)
            let single = contacts.indices.map { condition.holds(for: $0, in: page, now: Self.now) }
            var context = EvaluationContext(page: page, row: 0, now: Self.now)
            let whole = contacts.indices.map { row in
                context.row = row
                return expression.evaluate(in: context) == .bool(true)
            }
            let lowered = SQLCondition(expression, now: Self.now) { ConditionGenerator.schema.fields[$0].name }
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

/// The contacts in a table of their own, one column a field.
private final class ContactTable {
    private let database: OpaquePointer
    private static let fields = ConditionGenerator.schema.fields
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    struct Failure: Error {
        let message: String
    }

    init() throws {
        var opened: OpaquePointer?
        guard sqlite3_open(":memory:", &opened) == SQLITE_OK, let opened else { throw Failure(message: "open") }
        database = opened
        #expect(ConditionFunctions.register(on: database) == SQLITE_OK)
        let columns = Self.fields.map { field in
            let isText = field.type.type.isTextual || field.type.type == .list(.text)
            return "\(field.name) \(isText ? "TEXT" : "INTEGER")"
        }
        try run("CREATE TABLE contact (row INTEGER PRIMARY KEY, \(columns.joined(separator: ", ")))")
    }

    deinit {
        sqlite3_close(database)
    }

    func fill(_ contacts: [[String: GeneratedCondition.Fact]]) throws {
        try run("DELETE FROM contact")
        let marks = Self.fields.map { _ in "?" }.joined(separator: ", ")
        for (row, contact) in contacts.enumerated() {
            try query("INSERT INTO contact VALUES (\(row), \(marks))") { statement in
                for (index, field) in Self.fields.enumerated() {
                    let place = Int32(index + 1)
                    switch contact[field.name] ?? .missing {
                    case .missing: sqlite3_bind_null(statement, place)
                    case .number(let number): sqlite3_bind_int64(statement, place, number)
                    case .bool(let flag): sqlite3_bind_int64(statement, place, flag ? 1 : 0)
                    case .text(let scalars): bind(ConditionGenerator.text(scalars), statement, place)
                    case .list(let items):
                        bind(items.map { ConditionGenerator.text($0) + "\u{1F}" }.joined(), statement, place)
                    }
                }
            }
        }
    }

    /// The condition's value for every contact; -1 stands for a NULL, -2 for anything that is no integer.
    func values(of condition: SQLCondition) throws -> [Int] {
        try query("SELECT \(condition.text) FROM contact ORDER BY row", condition.parameters)
    }

    func rows(where condition: SQLCondition) throws -> [Int] {
        try query("SELECT row FROM contact WHERE \(condition.filterText) ORDER BY row", condition.parameters)
    }

    private func query(_ sql: String, _ parameters: [SQLCondition.Parameter]) throws -> [Int] {
        try query(sql) { statement in
            for (index, parameter) in parameters.enumerated() {
                switch parameter {
                case .integer(let number): sqlite3_bind_int64(statement, Int32(index + 1), number)
                case .text(let bytes): bind(String(decoding: bytes, as: UTF8.self), statement, Int32(index + 1))
                }
            }
        }
    }

    private func run(_ sql: String) throws {
        _ = try query(sql) { _ in }
    }

    @discardableResult
    private func query(_ sql: String, bind: (OpaquePointer) -> Void) throws -> [Int] {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &prepared, nil) == SQLITE_OK, let statement = prepared else {
            throw Failure(message: String(cString: sqlite3_errmsg(database)) + ": " + sql)
        }
        defer { sqlite3_finalize(statement) }
        bind(statement)
        var values: [Int] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return values
            case SQLITE_ROW:
                switch sqlite3_column_type(statement, 0) {
                case SQLITE_INTEGER: values.append(Int(sqlite3_column_int64(statement, 0)))
                case SQLITE_NULL: values.append(-1)
                default: values.append(-2)
                }
            default: throw Failure(message: String(cString: sqlite3_errmsg(database)) + ": " + sql)
            }
        }
    }

    private func bind(_ text: String, _ statement: OpaquePointer, _ place: Int32) {
        sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), Self.copied)
    }
}
