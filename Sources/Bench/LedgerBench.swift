import Glibc
import RuleEngine
import Runner
import Storage

/// The ledger's own cost: planning, waves, audience pages and counts, with full durability on a real disk.
enum LedgerBench {
    static let schema = ContactSchema(
        id: "bench",
        declared: [
            ContactField(name: "plan", type: TypeInfo(.text, isOptional: true)),
            ContactField(name: "seats", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "total", type: TypeInfo(.money, isOptional: true)),
        ]
    )
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    /// `contacts` people, and waves of `waveSize`.
    static func run(folder: String, contacts: Int = 1_000_000, waveSize: Int = 500) throws -> [BenchResult] {
        let store = try SQLiteStore(folder: folder)
        try addContacts(contacts, store)
        let ledger = try store.openLedger()
        let reader = try store.openReader()
        _ = try ledger.beginEpoch(now: now)
        let slots = ["email", "language", "country", "plan", "seats", "total"].compactMap(schema.slot(of:))
        let query = RecipientQuery(
            channelKind: "email", purpose: .marketing, topic: "offers", slots: slots, schema: schema
        )
        let audience = AudienceQuery(
            audience: CheckedAudience(include: [], exclude: [], conditions: [], expect: nil), recipients: query,
            now: now
        )
        var results: [BenchResult] = []

        let pages = try timed { _ = try readAudience(audience, reader) }
        results.append(
            BenchResult(name: "audience of \(contacts), all facts", value: pages.wall, unit: "s", target: "≤ 5"))

        let narrow = try segmented(audience)
        var found = 0
        let selection = try timed { found = try readAudience(narrow, reader) }
        results.append(
            BenchResult(
                name: "segment of 4 conditions, \(found) of \(contacts)", value: selection.wall, unit: "s",
                target: "≤ 5"
            )
        )

        guard let launch = try ledger.createLaunch(launchRecord(), after: nil)?.id else { return results }
        let planning = try timed {
            while try ledger.materialise(launch, audience, step: 1, limit: 10_000, now: now) {}
        }
        results.append(
            BenchResult(
                name: "rows planned", value: Double(contacts) / planning.wall, unit: "1/s", target: "≥ 300,000"
            )
        )
        let counting = try timed { _ = try reader.counts(of: launch) }
        results.append(
            BenchResult(name: "counts over \(contacts) rows", value: counting.wall, unit: "s", target: "≤ 0.5"))

        var read = (wall: 0.0, processor: 0.0)
        let waves = try timed { read = try sendAll(launch, query, waveSize: waveSize, ledger, reader) }
        results.append(
            BenchResult(
                name: "planned to accepted, waves of \(waveSize): CPU",
                value: (waves.processor - read.processor) / Double(contacts) * 1_000_000, unit: "µs", target: "≤ 8"
            )
        )
        results.append(
            BenchResult(
                name: "planned to accepted, waves of \(waveSize)", value: Double(contacts) / (waves.wall - read.wall),
                unit: "1/s", target: "≥ 100,000"
            )
        )
        results.append(
            BenchResult(
                name: "reading planned pages: CPU", value: read.processor / Double(contacts) * 1_000_000, unit: "µs",
                target: "≤ 5"
            )
        )
        let again = try timed { _ = try reader.counts(of: launch) }
        results.append(
            BenchResult(name: "counts over \(contacts) sent rows", value: again.wall, unit: "s", target: "≤ 0.5")
        )
        var faults: [String] = []
        let check = try timed { faults = try reader.verify(launch, now: now) }
        precondition(faults.isEmpty, "the ledger breaks a rule: \(faults)")
        results.append(BenchResult(name: "verify of \(contacts) rows", value: check.wall, unit: "s", target: "≤ 2"))
        let size = Double(try reader.launch(launch) == nil ? 0 : databaseBytes(store)) / Double(contacts)
        results.append(BenchResult(name: "database", value: size, unit: "bytes a contact", target: "≤ 600"))
        return results
    }

    private static func segmented(_ audience: AudienceQuery) throws -> AudienceQuery {
        let conditions = [
            #"contact.country in ["DE", "AT"]"#, #"contact.language == "en""#, #"contact.plan != "free""#,
            "contact.seats >= 2",
        ]
        let file = FileID(rawValue: 0)
        let compiled = conditions.compactMap { text in
            let bytes = Array(text.utf8)
            let whole = SourceSpan(file: file, start: 0, end: Int32(bytes.count))
            var diagnostics = DiagnosticBag()
            return ExpressionCompiler.compile(
                EmbeddedText(
                    bytes: bytes, whole: whole, pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]
                ),
                expecting: .bool, in: ExpressionScope(schema: schema, currency: "EUR", roots: [.contact]),
                reporting: &diagnostics
            )
        }
        precondition(compiled.count == conditions.count, "the bench's own conditions compile")
        var narrow = audience
        narrow.audience.include = [
            CheckedSegment(
                id: "bench", about: nil, conditions: compiled, expect: nil,
                span: SourceSpan(file: file, start: 0, end: 0)
            )
        ]
        return narrow
    }

    /// Returns how many it read.
    static func readAudience(_ audience: AudienceQuery, _ reader: any LedgerReader) throws -> Int {
        var count = 0
        var page = RecipientPage(slotCount: schema.fields.count)
        var after: ContactKey?
        repeat {
            try reader.audiencePage(audience, after: after, limit: 2_000, into: &page)
            after = page.rows.last?.contact
            count += page.rows.count
        } while !page.rows.isEmpty
        return count
    }

    /// Outcomes of a wave travel with the intents of the next, as the runner does it. Returns what reading took.
    private static func sendAll(
        _ launch: LaunchID, _ query: RecipientQuery, waveSize: Int, _ ledger: any Ledger, _ reader: any LedgerReader
    ) throws -> (wall: Double, processor: Double) {
        var read = (wall: 0.0, processor: 0.0)
        var page = RecipientPage(slotCount: schema.fields.count)
        var after: ContactKey?
        var outcomes: [OutcomeRecord] = []
        let hash = [UInt8](repeating: 7, count: 32)
        while true {
            let part = try timed {
                try reader.plannedPage(of: launch, query, after: after, limit: waveSize, into: &page)
            }
            read.wall += part.wall
            read.processor += part.processor
            var wave = LedgerWave()
            wave.outcomes = outcomes
            wave.intents = page.rows.map { row in
                SendIntent(
                    contact: row.contact, attempt: row.attempts + 1, address: row.address.string(pool: page.facts.pool),
                    bodyHash: hash, costMicros: 100, deadline: now.adding(seconds: 60), gate: row.gate,
                    suppressionEpoch: page.suppressionEpoch
                )
            }
            let result = try ledger.commit(wave, launch: launch, step: 1, query: query, now: now) { _ in .allow }
            precondition(result.staleOutcomes == 0 && result.granted.count == wave.intents.count, "a wave went astray")
            outcomes = wave.intents.map {
                OutcomeRecord(
                    contact: $0.contact, attempt: $0.attempt, result: .accepted(providerID: "2.0.0 Ok: queued as 4ZbX1")
                )
            }
            guard let last = page.rows.last else { return read }
            after = last.contact
        }
    }

    private static func launchRecord() -> LaunchRecord {
        LaunchRecord(
            id: LaunchID(rawValue: 0), program: "bench", version: "1", channelID: "email-main", channelKind: "email",
            purpose: .marketing, topic: "offers", brand: nil, currency: "EUR", state: .running,
            planCursor: ContactKey(rawValue: 0), isPlanned: false, createdAt: now, finishedAt: nil, source: ""
        )
    }

    static func addContacts(_ count: Int, _ store: SQLiteStore) throws {
        let connection = try store.connect()
        try connection.transaction { () throws(StoreError) in
            for column in ["f_plan TEXT", "f_seats INTEGER", "f_total INTEGER"] {
                try connection.execute("ALTER TABLE contact ADD COLUMN \(column)")
            }
            let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
            try connection.execute(
                """
                \(numbers) INSERT INTO contact (
                    id, external_id, language, country, tags, created_at, updated_at, f_plan, f_seats, f_total
                ) SELECT i, 'customer-' || i, CASE i % 3 WHEN 0 THEN 'de' ELSE 'en' END,
                    CASE i % 5 WHEN 0 THEN 'AT' WHEN 1 THEN 'CH' ELSE 'DE' END, '', 1, 1,
                    CASE i % 4 WHEN 0 THEN 'trial' WHEN 1 THEN 'free' ELSE 'team' END, i % 50, i * 1000 FROM n;
                \(numbers) INSERT INTO identity (contact, kind, rank, address, address_key)
                SELECT i, 'email', 0, 'customer' || i || '@example.com', randomblob(16) FROM n;
                \(numbers) INSERT INTO consent (contact, channel, purpose, level, given_at, source)
                SELECT i, 'email', 'marketing', 2, 1, 'form' FROM n;
                \(numbers) INSERT INTO suppression (address_key, channel, reason, at)
                SELECT randomblob(16), 'email', 2, 1 FROM n WHERE i % 50 = 0;
                """
            )
        }
    }

    private static func databaseBytes(_ store: SQLiteStore) -> Int {
        var information = stat()
        return stat(store.databasePath, &information) == 0 ? Int(information.st_size) : 0
    }

    static func timed(_ body: () throws -> Void) throws -> (wall: Double, processor: Double) {
        let wall = seconds(CLOCK_MONOTONIC)
        let processor = seconds(CLOCK_PROCESS_CPUTIME_ID)
        try body()
        return (seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - processor)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
