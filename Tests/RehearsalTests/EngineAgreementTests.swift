import Channels
import RuleEngine
import Runner
import Storage
import Synchronization
import TestKit
import Testing

/// A rehearsal decides as the runner does: made-up programs and lives through both, over a database and a channel on one
/// side, over a few arrays on the other.
struct EngineAgreementTests {
    private struct Sent: Hashable, CustomStringConvertible {
        let at: Int64
        let what: String

        var description: String { "\(at): \(what)" }
    }

    /// Answers every call at once, and well.
    private final class WillingCalls: CallMaking {
        private let answers = Mutex<[CallAnswer]>([])

        func make(_ calls: [PreparedCall]) {
            answers.withLock { answers in
                answers += calls.map { CallAnswer(id: $0.id, isSuccess: true, answer: "200", isRetriable: false) }
            }
        }

        func takeAnswers() -> [CallAnswer] {
            answers.withLock { answers in
                defer { answers.removeAll() }
                return answers
            }
        }
    }

    private static let zones: [String: TimeZoneRules] = [
        "Europe/Berlin": (try? TimeZoneRules(rule: "CET-1CEST,M3.5.0,M10.5.0/3")) ?? .utc,
        "America/New_York": (try? TimeZoneRules(rule: "EST5EDT,M3.2.0,M11.1.0")) ?? .utc,
    ]

    @Test(arguments: 1...40)
    func `the same program and the same events: the same messages and ends`(seed: Int) throws {
        var generator = JourneyGenerator(seed: UInt64(seed))
        var found: (Compiler.Result, CheckedProject)?
        for _ in 0..<200 where found == nil {
            let result = Compiler.compile(generator.project(), catalog: JourneyGenerator.catalog)
            if let project = result.project { found = (result, project) }
        }
        let (result, project) = try #require(found)
        let folder = try VirtualFolder()
        let csv = """
            id,email,language,time_zone,seats,plan,renewal_date,tags
            p-1,anna@example.com,en,America/New_York,\(generator.random.below(60)),pro,2027-03-\(18 + generator.random.below(9)),red
            """
        let (people, file) = try contacts(csv, project.schema, in: folder)
        let start = Timestamp(microseconds: 1_804_600_000_000_000 + Int64(generator.random.below(86_400)) * 1_000_000)
        var happenings: [(at: Timestamp, name: String, n: Int64)] = [(start.advanced(by: 3_600_000_000), "began", 3)]
        for _ in 0..<generator.random.below(12) {
            happenings.append(
                (
                    start.advanced(by: Int64(generator.random.below(12 * 86_400)) * 1_000_000),
                    generator.random.pick(JourneyGenerator.events), Int64(generator.random.below(10))
                ))
        }
        happenings.sort { $0.at < $1.at }
        let end = start.advanced(by: 20 * 86_400_000_000)

        let engine = try run(result, project, file, folder, start, happenings, end)
        let stage = try RehearsalStage(project, zoneRules: { Self.zones[$0] })
        var rehearsal = Rehearsal(
            stage, scope: Set(stage.programs.indices), person: people.person(0), start: start)
        rehearsal.begin()
        for happening in happenings {
            rehearsal.advance(to: happening.at)
            rehearsal.happened(happening.name, ["n": .number(happening.n, .int)])
        }
        rehearsal.advance(to: end)
        let rehearsed = rehearsal.facts.compactMap { fact -> Sent? in
            switch fact.kind {
            case .sent: Sent(at: fact.at.microseconds / 1_000_000, what: "sent")
            case .ended(let name): Sent(at: fact.at.microseconds / 1_000_000, what: "\(fact.program) \(name)")
            default: nil
            }
        }
        let program = String(decoding: result.sources.files[2].bytes, as: UTF8.self)
        #expect(
            Self.sorted(engine) == Self.sorted(rehearsed),
            "\(program)\n\(happenings)\nengine \(engine)\nrehearsal \(rehearsed)")
    }

    private static func sorted(_ sent: [Sent]) -> [Sent] {
        sent.sorted { ($0.at, $0.what) < ($1.at, $1.what) }
    }

    /// The runner's own way: import, activate, emit, and turns of the engine.
    private func run(
        _ result: Compiler.Result, _ project: CheckedProject, _ csv: String, _ folder: VirtualFolder,
        _ start: Timestamp,
        _ happenings: [(at: Timestamp, name: String, n: Int64)], _ end: Timestamp
    ) throws -> [Sent] {
        let store = try SQLiteStore(folder: folder.path)
        _ = try ContactImport(
            file: csv, schema: project.schema, currency: "EUR", key: store.key, now: start
        ).run(into: try store.openContactWriter())
        let contact = try #require(try store.openContacts().find("p-1"))
        let journeys = try store.openJourneys()
        _ = try store.openLedger().beginEpoch(now: end)
        var versions: [LiveVersion] = []
        for id in ["other", "subject"] {
            let record = try journeys.activate(
                LaunchRecord(
                    id: LaunchID(rawValue: 0), program: id, version: "v-\(id)", channelID: "", channelKind: "",
                    purpose: .transactional, topic: nil, brand: nil, currency: "EUR", state: .running,
                    planCursor: ContactKey(rawValue: 0), isPlanned: true, createdAt: start, finishedAt: nil, source: ""),
                files: result.sources.files)
            let key = try journeys.transaction { () throws(StoreError) in try journeys.programKey(of: id) }
            versions.append(
                try LiveVersion(record, key: key, in: project, sources: result.sources, zones: { Self.zones[$0] }))
        }
        let clock = VirtualClock(start)
        let log = Log()
        let channel = FakeChannel { message, _ in
            log.add(Sent(at: clock.now.microseconds / 1_000_000, what: "sent"))
            return .accepted(providerID: "id-\(message.token)")
        }
        let declaration = try #require(project.channels["outbox"])
        let engine = JourneyEngine(
            programs: LivePrograms(versions), store: journeys,
            channels: ["outbox": OpenChannel(declaration: declaration, channel: channel)], key: store.key,
            environment: clock.environment, calls: WillingCalls(), zones: { Self.zones[$0] })
        for happening in happenings {
            try advance(engine, clock, to: happening.at)
            _ = try journeys.transaction { () throws(StoreError) in
                try journeys.emit(
                    NewEvent(
                        contact: contact, name: happening.name, at: happening.at,
                        fields: ["n": .number(happening.n, .int)]), now: clock.now)
            }
            try settle(engine)
        }
        try advance(engine, clock, to: end)
        var sent = log.all
        for version in versions {
            let runs = try journeys.transaction { () throws(StoreError) in
                try journeys.knownRuns(of: contact, in: version.key)
            }
            for run in runs {
                guard let ending = run.ending, let at = run.endedAt else { continue }
                sent.append(
                    Sent(at: at.microseconds / 1_000_000, what: "rule \(version.launch.program) \(ending.word)"))
            }
        }
        return sent
    }

    private func settle(_ engine: JourneyEngine) throws {
        var left = 10_000
        while try engine.turn(), left > 0 { left -= 1 }
    }

    private func advance(_ engine: JourneyEngine, _ clock: VirtualClock, to end: Timestamp) throws {
        try settle(engine)
        while let due = try engine.nextDue(), due <= end, due > clock.now {
            clock.move(to: due)
            try settle(engine)
        }
        clock.move(to: end)
        try settle(engine)
    }

    private final class Log: Sendable {
        private let sent = Mutex<[Sent]>([])

        func add(_ entry: Sent) { sent.withLock { $0.append(entry) } }

        var all: [Sent] { sent.withLock { $0 } }
    }
}
