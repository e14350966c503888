import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What becomes of people when their program gets a new version.
struct VersionChangeTests {
    private static let old = """
        sequence: trial
        purpose: transactional
        enter: {event: signed_up, again: always}
        via: [mail]
        steps:
          - send: hello
            name: first
          - wait_for: bought
            name: decision
            up_to: 3d
            then:
              - exit: customer
          - wait: 10d
            name: rest
          - send: hello
            name: last
        """

    private static func new(_ rule: String, answer: String = "answered") -> String {
        """
        sequence: trial
        purpose: transactional
        enter: {event: signed_up, again: always}
        via: [mail]
        steps:
          - send: hello
            name: greeting
          - wait_for: bought
            name: patience
            up_to: 5d
            then:
              - exit: customer
          - if: sent(greeting)
            then:
              - exit: \(answer)
        when_changed: \(rule)
        """
    }

    private func rows(_ map: ChangeMap?) -> [String] {
        (map?.rows ?? []).map { "\($0.step): \($0.count) \($0.fate)" }.sorted()
    }

    @Test func `people go on at the step that the file names, having waited as long as they have`() throws {
        let fixture = try EngineFixture(Self.old, people: 3)
        for person in 1...2 { try fixture.happen("signed_up", to: person) }
        try fixture.pass(hours: 24)
        var map: ChangeMap?
        let file = Self.new("{move: {first: greeting, decision: patience}, otherwise: keep}")
        let outcomes = try fixture.activate(file) { map = $0 }
        #expect(outcomes == [.replaced(inside: 2)])
        #expect(rows(map) == [#"decision: 2 moves(to: "patience")"#])
        // Five days from when they came to the step, not from now.
        try fixture.pass(hours: 24 * 4 - 1)
        #expect(try fixture.endings == ["open", "open"])
        try fixture.happen("bought", to: 2, ["order_id": .words("A"), "total": .number(1, .money)])
        try fixture.pass(hours: 2)
        // The new version asks about a message that the old one sent.
        #expect(try fixture.endings == ["exit answered", "exit customer"])
        #expect(fixture.sent == 2)
        #expect(
            try fixture.decisions.filter { $0.hasPrefix("moved") }.allSatisfy {
                $0.hasPrefix("moved from `decision` to `patience`, version ")
            })
        #expect(try fixture.decisions.filter { $0.hasPrefix("moved") }.count == 2)
        try fixture.engine.retire()
        #expect(try fixture.text("SELECT state FROM launch ORDER BY id") == ["3", "1"])
    }

    @Test(arguments: [("keep", "keeps", "exit finished"), ("end", "ends", "cancelled")])
    func `who can't be moved stays or ends, as the file says, and is named`(
        otherwise: String, fate: String, ending: String
    ) throws {
        let fixture = try EngineFixture(Self.old, people: 2)
        try fixture.happen("signed_up", to: 1)
        try fixture.pass(hours: 4 * 24)
        try fixture.happen("signed_up", to: 2)
        try fixture.pass(hours: 1)
        var map: ChangeMap?
        let file = Self.new("{move: {decision: patience}, otherwise: \(otherwise)}")
        try fixture.activate(file) { map = $0 }
        #expect(rows(map) == [#"decision: 1 moves(to: "patience")"#, "rest: 1 \(fate)"])
        #expect(map?.rows.first { $0.step == "rest" }?.contacts == [ContactKey(rawValue: 1)])
        try fixture.pass(hours: 30 * 24)
        // The file doesn't say that its `greeting` is what was called `first`.
        #expect(try fixture.endings == [ending, "exit finished"])
        #expect(fixture.sent == (otherwise == "keep" ? 3 : 2))
    }

    @Test func `who waits for an outcome moves behind it`() throws {
        let fixture = try EngineFixture(
            Self.old, email: FakeChannel { _, message in .throttled(code: "slow", retryAfter: nil) })
        try fixture.happen("signed_up")
        try fixture.settle()
        var map: ChangeMap?
        try fixture.activate(Self.new("{move: {first: greeting, decision: patience}, otherwise: keep}")) { map = $0 }
        #expect(rows(map) == ["first: 1 later"])
        #expect(try fixture.text("SELECT count(*) FROM pending_move") == ["1"])
        // The provider never takes it; the step is over then, and the next one is in the new version.
        try fixture.pass(hours: 24 * 3)
        #expect(try fixture.text("SELECT count(*) FROM pending_move") == ["0"])
        #expect(try fixture.decisions.contains { $0.hasPrefix("moved from `decision` to `patience`") })
        try fixture.pass(hours: 24 * 6)
        #expect(try fixture.endings == ["exit finished"])
    }

    @Test func `a process that ends in the middle is followed by one that goes on`() throws {
        let fixture = try EngineFixture(Self.old, people: 5)
        for person in 1...5 { try fixture.happen("signed_up", to: person) }
        try fixture.pass(hours: 24)
        // It went live, and nobody was looked at.
        let files = fixture.files(Self.new("{move: {first: greeting, decision: patience}, otherwise: keep}"))
        let record = LaunchRecord(
            id: LaunchID(rawValue: 0), program: "trial", version: "second", channelID: "", channelKind: "",
            purpose: .transactional, topic: nil, brand: nil, currency: "EUR", state: .running,
            planCursor: ContactKey(rawValue: 0), isPlanned: true, createdAt: fixture.now, finishedAt: nil, source: "")
        _ = try fixture.journeys.activate(record, files: files, replacing: [LaunchID(rawValue: 1)], moves: true)
        #expect(try fixture.text("SELECT DISTINCT launch FROM run") == ["1"])
        let loader = ProgramLoader(store: fixture.journeys, catalog: .standard())
        #expect(
            try VersionChange.finishMoves(store: fixture.journeys, loader: loader, now: fixture.now).isEmpty)
        #expect(try fixture.text("SELECT is_done FROM version_move") == ["1"])
        #expect(try fixture.text("SELECT DISTINCT launch FROM run") == ["2"])
        try fixture.restart()
        try fixture.pass(hours: 24 * 5)
        // They have had their message in the version before.
        #expect(Set(try fixture.endings) == ["exit answered"])
    }

    @Test func `nobody misses what happens while the runner has not heard of the new version`() throws {
        let fixture = try EngineFixture(Self.old)
        try fixture.happen("signed_up")
        try fixture.pass(hours: 1)
        let engine = fixture.engine
        try fixture.activate(Self.new("{move: {first: greeting, decision: patience}, otherwise: keep}"))
        try fixture.happen("bought", ["order_id": .words("A"), "total": .number(1, .money)])
        // The engine of the old process sees that something is new, and leaves it alone.
        _ = try engine.turn()
        #expect(engine.isOutdated)
        #expect(try fixture.text("SELECT count(*) FROM cause") == ["1"])
        try fixture.settle()
        #expect(try fixture.endings == ["exit customer"])
    }

    @Test func `what the file would do is told before it does it`() throws {
        let fixture = try EngineFixture(Self.old, people: 2)
        try fixture.happen("signed_up", to: 1)
        try fixture.pass(hours: 4 * 24)
        try fixture.happen("signed_up", to: 2)
        try fixture.pass(hours: 1)
        let file = Self.new("{move: {decision: patience}, otherwise: end}")
        let result = Compiler.compile(fixture.files(file), catalog: .standard())
        let project = try #require(result.project)
        let activation = ProgramActivation(store: fixture.journeys, environment: fixture.environment)
        let journey = try #require(project.sequences["trial"])
        let preview = try activation.preview(journey, in: project, sources: result.sources)
        #expect(preview.isLive && preview.isChanged)
        #expect(rows(preview.map) == [#"decision: 1 moves(to: "patience")"#, "rest: 1 ends"])
        #expect(try fixture.text("SELECT DISTINCT launch FROM run") == ["1"])
        #expect(try fixture.endings == ["open", "open"])
    }
}
