import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Recorded weeks, put through the version that was live, and through a draft.
struct BacktestTests {
    private static let start = Timestamp(microseconds: 1_805_932_800_000_000)

    @Test func `the live version reproduces what is recorded, and a draft shows what it changes`() throws {
        let folder = try VirtualFolder()
        let result = SmallProject.compile()
        let project = try #require(result.project)
        let store = try SQLiteStore(folder: folder.path)
        try record(result, project, store, in: folder)

        let live = try backtest(project, store)
        #expect(live.contacts == 4)
        #expect(live.recordedRuns == 3)
        // Three came in, and one of them has not agreed.
        #expect(live.recordedMessages == 2)
        #expect(live.messages == 2)
        #expect(live.differing == 0, "\(live.differences)")

        let sequence = try #require(SmallProject.files.first { $0.path == "sequences/welcome.yaml" }?.text)
        let draft = try #require(
            SmallProject.compile([("sequences/welcome.yaml", sequence.replacing("wait: 2d", with: "wait: 5d"))]).project
        )
        let changed = try backtest(draft, store)
        // All three go on later; nobody gets another message.
        #expect(changed.differing == 3)
        #expect(changed.messages == 2)

        let closed = try #require(
            SmallProject.compile([
                ("sequences/welcome.yaml", sequence.replacing("\"DE\"", with: "\"FR\""))
            ]).project)
        let other = try backtest(closed, store)
        #expect(other.runs == 1)
        #expect(other.messages == 1)
        #expect(other.differing == 4)
    }

    private func backtest(_ project: CheckedProject, _ store: SQLiteStore) throws -> Backtest.Report {
        let stage = try RehearsalStage(project)
        return try Backtest(
            stage, program: try #require(stage.program(.sequence, "welcome")), store: try store.openJourneys(),
            consents: try store.openConsents(), since: Self.start, until: Self.start.advanced(by: 10 * 86_400_000_000)
        ).run()
    }

    /// Four people join; one has not agreed, one lives elsewhere.
    private func record(
        _ result: Compiler.Result, _ project: CheckedProject, _ store: SQLiteStore, in folder: VirtualFolder
    ) throws {
        let csv = """
            id,email,first_name,country,plan,seats,consent.email,consent.email.at,consent.email.source
            a,a@example.com,Anna,DE,free,1,express,2026-01-01T00:00:00Z,form
            b,b@example.com,,DE,free,2,,,
            c,c@example.com,,FR,free,3,express,2026-01-01T00:00:00Z,form
            d,d@example.com,Dora,DE,pro,4,express,2026-01-01T00:00:00Z,form
            """
        let (_, file) = try contacts(csv, project.schema, in: folder)
        _ = try ContactImport(
            file: file, schema: project.schema, currency: "EUR", key: store.key, now: Self.start
        ).run(into: try store.openContactWriter())
        _ = try store.openLedger().beginEpoch(now: Self.start)
        let journeys = try store.openJourneys()
        let record = try journeys.activate(
            LaunchRecord(
                id: LaunchID(rawValue: 0), program: "welcome", version: "v", channelID: "", channelKind: "",
                purpose: .marketing, topic: "news", brand: nil, currency: "EUR", state: .running,
                planCursor: ContactKey(rawValue: 0), isPlanned: true, createdAt: Self.start, finishedAt: nil,
                source: ""), files: result.sources.files)
        let key = try journeys.transaction { () throws(StoreError) in try journeys.programKey(of: "welcome") }
        let version = try LiveVersion(
            record, key: key, in: project, sources: result.sources, zones: TimeZoneLoader.rules(for:))
        let clock = VirtualClock(Self.start)
        let engine = JourneyEngine(
            programs: LivePrograms([version]), store: journeys,
            channels: [
                "mail": OpenChannel(declaration: try #require(project.channels["mail"]), channel: FakeChannel())
            ], key: store.key, environment: clock.environment)
        let people = try store.openContacts()
        for (index, name) in ["a", "b", "c", "d"].enumerated() {
            clock.move(to: Self.start.advanced(by: Int64(index + 1) * 3_600_000_000))
            let contact = try #require(try people.find(name))
            _ = try journeys.transaction { () throws(StoreError) in
                try journeys.emit(
                    NewEvent(contact: contact, name: "joined", at: clock.now, fields: ["plan": Value("pro")]),
                    now: clock.now)
            }
            while try engine.turn() {}
        }
        let end = Self.start.advanced(by: 10 * 86_400_000_000)
        while let due = try engine.nextDue(), due <= end, due > clock.now {
            clock.move(to: due)
            while try engine.turn() {}
        }
    }
}
