import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit

/// Programs that are live in a data folder, with an engine over a provider in memory.
final class LiveProject {
    let store: SQLiteStore
    let clock = VirtualClock(Timestamp(microseconds: 1_790_000_000_000_000))
    let engine: JourneyEngine
    /// Seconds that making the programs live took.
    let activation: Double
    private let contacts: Int
    private let events: [String: EventSchema]
    private let arrivals = Arrivals()

    /// When the message of each event was handed to the provider, by the event's number.
    private final class Arrivals: Sendable {
        private let times = Mutex<[Double]>([])

        func add(_ latency: Double) {
            times.withLock { $0.append(latency) }
        }

        var count: Int { times.withLock { $0.count } }

        func takeAll() -> [Double] {
            times.withLock { times in
                defer { times.removeAll(keepingCapacity: true) }
                return times
            }
        }
    }

    struct Passage {
        var seconds: Double
        var latencies: [Double]

        /// In milliseconds.
        func latency(_ share: Double) -> Double {
            let sorted = latencies.sorted()
            return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] * 1_000
        }
    }

    init(folder: String, contacts: Int, events: String, programs: [String]) throws {
        let project = """
            project: bench
            currency: EUR
            public_url: https://bench.example
            brands: {bench: {name: Bench, postal_address: "1 Road"}}
            defaults: {brand: bench}
            language_fallback: en
            files: ["*.yaml"]
            ---
            schema: bench
            contact: {plan: optional text, seats: optional int, total: optional money}
            events:
            \(events)
            ---
            channel: mail
            kind: email
            provider: outbox
            folder: out
            from: Bench <bench@bench.example>
            ---
            template: answer
            purpose: transactional
            email:
              en: {subject: "<<entry.sent>>", body: "It happened."}
            """
        let files = ([project] + programs).enumerated().map { number, text in
            SourceFile(path: number == 0 ? "carillon.yaml" : "p\(number).yaml", bytes: Array(text.utf8))
        }
        let catalog = Catalog.standard()
        let result = Compiler.compile(files, catalog: catalog)
        guard let checked = result.project else {
            print(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))
            exit(1)
        }
        self.contacts = contacts
        self.events = checked.events
        store = try SQLiteStore(folder: folder)
        try LedgerBench.addContacts(contacts, store)
        let journeys = try store.openJourneys()
        let activation = ProgramActivation(store: journeys, environment: clock.environment)
        self.activation = try LedgerBench.timed {
            for journey in checked.journeys {
                _ = try activation.activate(journey, in: checked, files: files, source: "")
            }
        }.wall
        _ = try store.openLedger().beginEpoch(now: clock.now)
        let loader = ProgramLoader(store: journeys, catalog: catalog)
        let arrivals = arrivals
        let channel = FakeChannel(inFlight: 100_000) { message, _ in
            let digits = message.wire.prefix { $0 != 10 }
            let sent = digits.reduce(0.0) { $0 * 10 + Double($1 &- 0x30) }
            arrivals.add(RunnerEnvironment.live.monotonic() - sent / 1_000_000)
            return .accepted(providerID: "")
        }
        guard let declaration = checked.channels["mail"], let programs = try loader.load() else {
            preconditionFailure("the bench's own project is live")
        }
        engine = JourneyEngine(
            programs: programs, store: journeys,
            channels: ["mail": OpenChannel(declaration: declaration, channel: channel)], key: store.key,
            environment: clock.datedEnvironment)
    }

    /// Events as lines, taken in by one thread and worked on by another, until the last message is with its provider.
    func take(events count: Int, perSecond: Double?) throws -> Passage {
        let start = RunnerEnvironment.live.monotonic()
        let failure = Mutex<(any Error)?>(nil)
        let source = EventSource(store: store, clock: clock, contacts: contacts, schemas: events)
        let thread = try WorkerThread {
            do {
                try source.write(count, perSecond: perSecond, start: start)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        while arrivals.count < count {
            if try engine.turn() { engine.rest() } else { engine.wait(atMost: 0.001) }
        }
        let seconds = RunnerEnvironment.live.monotonic() - start
        thread.join()
        if let failure = failure.withLock({ $0 }) { throw failure }
        while try engine.turn() {}
        return Passage(seconds: seconds, latencies: arrivals.takeAll())
    }

    /// One person enters, and others sleep where they do.
    func copyRuns(_ count: Int) throws {
        let event = NewEvent(contact: ContactKey(rawValue: 1), name: "began", at: clock.now, fields: [:])
        _ = try store.openEvents().append([event], now: clock.now)
        while try engine.turn() {}
        let connection = try store.connect()
        let parts = 100
        for part in 0..<parts {
            let first = max(2, count / parts * part + 1)
            try connection.execute(
                """
                WITH RECURSIVE n (i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(count / parts * (part + 1)))
                INSERT INTO run (contact, program, occurrence, launch, key, state, node, due, started_at, steps)
                SELECT i, program, occurrence, launch, key, state, node, due, started_at, steps FROM n, run
                WHERE run.contact = 1
                """)
        }
    }
}

/// Happenings as somebody's shop would tell them, line by line.
private struct EventSource: Sendable {
    let store: SQLiteStore
    let clock: VirtualClock
    let contacts: Int
    let schemas: [String: EventSchema]

    func write(_ count: Int, perSecond: Double?, start: Double) throws {
        var intake = EventIntake(
            reader: EventLineReader(events: schemas, currency: "EUR"), contacts: try store.openContacts(),
            store: try store.openEvents(), environment: clock.environment,
            onRefusal: { preconditionFailure("the bench's own events are good: \($0.text)") })
        let names = schemas.keys.sorted()
        var taken = 0
        while taken < count {
            let now = RunnerEnvironment.live.monotonic()
            let due = perSecond.map { min(count, Int((now - start) * $0)) } ?? count
            guard due > taken else {
                usleep(1_000)
                continue
            }
            let end = min(due, taken + 2_000)
            for number in taken..<end {
                let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
                let contact = "customer-\((mixed >> 20) % UInt64(contacts) + 1)"
                let fields = #"{"kind":\#(number / names.count % 10),"sent":\#(Int(now * 1_000_000))}"#
                let name = names[number % names.count]
                try intake.take(Array(#"{"contact":"\#(contact)","event":"\#(name)","fields":\#(fields)}"#.utf8))
            }
            try intake.finish()
            taken = end
        }
    }
}
