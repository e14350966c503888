import Glibc
import RuleEngine
import Runner
import Storage

/// Writing events down, and choosing an audience by them.
enum HistoryBench {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)
    private static let order = EventSchema(
        id: "order_placed",
        fields: [
            EventField(name: "order_id", type: TypeInfo(.text), isUnique: true),
            EventField(name: "total", type: TypeInfo(.money)),
        ])

    static func run(folder: String, contacts: Int = 1_000_000, events: Int = 3_000_000) throws -> [BenchResult] {
        let store = try SQLiteStore(folder: folder)
        try LedgerBench.addContacts(contacts, store)
        let writing = try LedgerBench.timed { try write(events, contacts: contacts, store) }
        var results = [
            BenchResult(
                name: "events written, with a unique field", value: Double(events) / writing.wall, unit: "1/s",
                target: "≥ 20,000")
        ]
        let questions = [
            ("two orders in a year", "count(order_placed, last 365d) >= 2"),
            (
                "lapsed buyers",
                "count(order_placed, last 365d) >= 2 and none(order_placed, last 90d)"
            ),
            ("an order over EUR 150", "any(order_placed, last 365d, where event.total > EUR 150)"),
            ("spent in a year", "sum(order_placed.total, last 365d) > EUR 200"),
        ]
        let reader = try store.openReader()
        for (name, source) in questions {
            let audience = try audience(source)
            var found = 0
            let reading = try LedgerBench.timed { found = try LedgerBench.readAudience(audience, reader) }
            results.append(
                BenchResult(
                    name: "\(name): \(found) of \(contacts), over \(events) events", value: reading.wall, unit: "s",
                    target: "≤ 8"))
        }
        return results
    }

    /// In the order in which shops tell of them: by time, every contact in turn.
    private static func write(_ count: Int, contacts: Int, _ store: SQLiteStore) throws {
        let log = try store.openEvents()
        let year: Int64 = 365 * 86_400_000_000
        for start in stride(from: 0, to: count, by: 5_000) {
            let batch = (start..<min(start + 5_000, count)).map { number in
                let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
                return NewEvent(
                    contact: ContactKey(rawValue: Int64(mixed >> 20) % Int64(contacts) + 1), name: "order_placed",
                    at: Timestamp(microseconds: now.microseconds - year * 2 + year * 2 / Int64(count) * Int64(number)),
                    fields: [
                        "order_id": Value("A-\(number)"),
                        "total": .number(Int64(mixed % 200) * 1_000_000, .money),
                    ],
                    keys: [.field("order_id", "A-\(number)")])
            }
            _ = try log.append(batch, now: now)
        }
    }

    private static func audience(_ source: String) throws -> AudienceQuery {
        let bytes = Array(source.utf8)
        let whole = SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count))
        var scope = ExpressionScope(schema: LedgerBench.schema, currency: "EUR", roots: [.contact, .now])
        scope.journey.events = [order.id: order]
        var diagnostics = DiagnosticBag()
        let condition = ExpressionCompiler.compile(
            EmbeddedText(
                bytes: bytes, whole: whole, pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]),
            expecting: .bool, in: scope, reporting: &diagnostics)
        guard let condition else { preconditionFailure("the bench's own conditions compile") }
        return AudienceQuery(
            audience: CheckedAudience(include: [], exclude: [], conditions: [condition], expect: nil),
            recipients: RecipientQuery(
                channelKind: "email", purpose: .marketing, topic: "offers", slots: [], schema: LedgerBench.schema),
            now: now)
    }
}
