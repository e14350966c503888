import RuleEngine
import Runner
import Storage
import TestKit

/// Generated contacts in a table of their own, one column a field, and their histories in the real tables.
final class GeneratedPeople {
    private let folder: TemporaryFolder
    private let connection: Connection
    private let events: any EventStore
    private static let fields = ConditionGenerator.schema.fields

    init() throws {
        folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        connection = try store.connect()
        events = try store.openEvents()
        let columns = Self.fields.map { field in
            let isText = field.type.type.isTextual || field.type.type == .list(.text)
            return "\(field.name) \(isText ? "TEXT" : "INTEGER")"
        }
        try connection.execute("CREATE TABLE people (row INTEGER PRIMARY KEY, \(columns.joined(separator: ", ")))")
        // Every template is sent by a launch of its own.
        for (index, template) in ConditionGenerator.templates.enumerated() {
            try connection.execute("INSERT INTO launch_step VALUES (\(index + 1), 7, '\(template)')")
        }
    }

    /// Gives the histories as the store reads them, a contact each.
    func fill(_ worlds: [GeneratedCondition.World]) throws -> [HistoryFacts] {
        try connection.transaction { () throws(StoreError) in
            for table in ["people", "event", "event_key", "delivery", "delivery_status", "channel_event"] {
                try connection.execute("DELETE FROM \(table)")
            }
            for (row, world) in worlds.enumerated() {
                try insert(world.contact, row)
                for (number, message) in world.history.messages.enumerated() { try insert(message, number, row) }
            }
        }
        let all = worlds.enumerated().flatMap { row, world in
            world.history.events.map { event in
                NewEvent(
                    contact: ContactKey(rawValue: Int64(row)), name: event.name,
                    at: Timestamp(microseconds: event.at), fields: Self.values(event))
            }
        }
        _ = try events.append(all, now: Timestamp(microseconds: 0))
        let needs = Self.everything
        return try worlds.indices.map { row in
            try events.history(
                of: ContactKey(rawValue: Int64(row)), needs, now: Timestamp(microseconds: Int64.max))
        }
    }

    private static let everything: HistoryNeeds = {
        var scope = ExpressionScope(schema: ConditionGenerator.schema, currency: "EUR", roots: [.contact, .now])
        scope.journey.events = ConditionGenerator.events
        for template in ConditionGenerator.templates { scope.journey.templates[template] = [] }
        let names = ConditionGenerator.events.keys.sorted()
        let source =
            names.map { "any(\($0))" }.joined(separator: " or ")
            + ConditionGenerator.templates.map { " or sent(\($0))" }.joined()
        var bag = DiagnosticBag()
        let expression = ExpressionCompiler.compile(
            EmbeddedText(wholeFile: source), expecting: .bool, in: scope, reporting: &bag)
        return HistoryNeeds(of: [expression].compactMap { $0 })
    }()

    private static func values(_ event: GeneratedHistory.Event) -> [String: Value] {
        var values: [String: Value] = [:]
        for field in ConditionGenerator.events[event.name]?.fields ?? [] {
            switch event.fields[field.name] ?? .missing {
            case .missing: break
            case .number(let number): values[field.name] = field.type.type.numberKind.map { .number(number, $0) }
            case .bool(let flag): values[field.name] = .bool(flag)
            case .text(let scalars): values[field.name] = Value(ConditionGenerator.text(scalars))
            case .list(let items):
                values[field.name] = .list(items.map { Value(ConditionGenerator.text($0)) })
            }
        }
        return values
    }

    private func insert(_ contact: [String: GeneratedCondition.Fact], _ row: Int) throws(StoreError) {
        let marks = Self.fields.map { _ in "?" }.joined(separator: ", ")
        let statement = try connection.prepare("INSERT INTO people VALUES (?, \(marks))")
        statement.bind(1, Int64(row))
        for (index, field) in Self.fields.enumerated() {
            let place = Int32(index + 2)
            switch contact[field.name] ?? .missing {
            case .missing: statement.bindNull(place)
            case .number(let number): statement.bind(place, number)
            case .bool(let flag): statement.bind(place, flag ? 1 : 0)
            case .text(let scalars): statement.bind(place, ConditionGenerator.text(scalars))
            case .list(let items):
                statement.bind(place, items.map { ConditionGenerator.text($0) + "\u{1F}" }.joined())
            }
        }
        try statement.run()
    }

    private func insert(_ message: GeneratedHistory.Message, _ number: Int, _ row: Int) throws(StoreError) {
        let launch = (ConditionGenerator.templates.firstIndex(of: message.template) ?? 0) + 1
        // Two messages of one template are two occurrences of its step, and each has its own replies.
        func text(_ time: Int64?) -> String { time.map(String.init) ?? "NULL" }
        try connection.execute(
            """
            INSERT INTO delivery (tenant, launch, contact, step, occurrence, state, created_at, updated_at, accepted_at)
            VALUES (1, \(launch), \(row), 7, \(number), 10, 0, 0, \(message.sent));
            INSERT INTO delivery_status (tenant, launch, contact, step, occurrence, rank, flags, delivered_at, read_at,
                clicked_at, last_at)
            VALUES (1, \(launch), \(row), 7, \(number), 0, 0, \(text(message.delivered)), \(text(message.read)),
                \(text(message.clicked)), 0)
            """)
        for (index, reply) in message.replies.enumerated() {
            try connection.execute(
                """
                INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, state, launch, contact, step,
                    occurrence)
                VALUES ('sms', '\(row)/\(number)/\(index)', 1, 'inbound', \(reply), 0, 1, \(launch), \(row), 7, \(number))
                """)
        }
    }

    /// The condition's value for every contact; -1 stands for a NULL, -2 for anything that is no integer.
    func values(of condition: SQLCondition) throws -> [Int] {
        try query(
            """
            WITH answer AS MATERIALIZED (SELECT p.row AS row, \(condition.text) AS value FROM people p)
            SELECT CASE typeof(value) WHEN 'integer' THEN value WHEN 'null' THEN -1 ELSE -2 END FROM answer ORDER BY row
            """, condition.parameters)
    }

    func rows(where condition: SQLCondition) throws -> [Int] {
        try query("SELECT p.row FROM people p WHERE \(condition.filterText) ORDER BY p.row", condition.parameters)
    }

    private func query(_ sql: String, _ parameters: [SQLCondition.Parameter]) throws -> [Int] {
        let statement = try connection.prepareOnce(sql)
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .integer(let number): statement.bind(Int32(index + 1), number)
            case .text(let bytes): statement.bindText(Int32(index + 1), bytes)
            }
        }
        var values: [Int] = []
        while try statement.step() { values.append(Int(statement.integer(0))) }
        return values
    }
}
