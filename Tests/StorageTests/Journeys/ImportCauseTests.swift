import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What an import changes moves whoever waits for it.
struct ImportCauseTests {
    private static let programs = """
        segment: pros
        where: contact.plan == "pro"
        ---
        sequence: for-pros
        purpose: transactional
        enter: {segment: pros, when: enters, existing: leave_out}
        via: [mail]
        steps:
          - send: hello
        ---
        sequence: lost-pros
        purpose: transactional
        enter: {segment: pros, when: leaves, existing: leave_out}
        via: [mail]
        steps:
          - send: hello
        ---
        rule: patient
        purpose: transactional
        trigger: {event: signed_up}
        via: [text]
        steps:
          - wait_until: contact.visits > 3
            up_to: 10d
            then:
              - exit: visited
            else:
              - exit: never_came
        """

    private let fixture: EngineFixture

    init() throws {
        fixture = try EngineFixture(Self.programs, people: 3)
        // Everybody was looked at once.
        try fixture.pass(hours: 1)
    }

    private func load(_ csv: String) throws {
        let path = fixture.folder.path + "/people.csv"
        let file = fopen(path, "w")
        fputs(csv, file)
        fclose(file)
        let result = Compiler.compile(fixture.files(Self.programs), catalog: .standard())
        let schema = try #require(result.project).schema
        let work = ContactImport(
            file: path, schema: schema, currency: "EUR", key: fixture.store.key, options: ImportOptions(),
            now: fixture.now)
        _ = try work.run(into: try fixture.store.openContactWriter(), onRefusal: { Issue.record("\($0)") })
    }

    private var causes: [String] {
        get throws { try fixture.text("SELECT contact || ' ' || name FROM cause ORDER BY seq") }
    }

    @Test func `who waits for a field goes on, once, and nobody else is told`() throws {
        try fixture.happen("signed_up", to: 1)
        try fixture.pass(hours: 1)
        try load("id,visits\nc1,5\nc2,6\n")
        // The second is nowhere inside, and nobody comes in by this field.
        #expect(try causes == ["1 visits"])
        try fixture.settle()
        #expect(try fixture.endings == ["exit visited"])
        try load("id,visits\nc1,5\nc2,6\n")
        #expect(try causes == [])
    }

    @Test func `segments are entered and left at once, and not twice by the look of the minute`() throws {
        try load("id,plan\nc1,pro\nc2,free\n")
        #expect(try causes == ["1 plan", "2 plan"])
        try fixture.settle()
        #expect(fixture.email.order == ["c1@example.com"])
        try fixture.pass(hours: 1)
        #expect(fixture.sent == 1)
        try load("id,plan\nc1,free\nc2,free\n")
        try fixture.settle()
        try fixture.pass(hours: 1)
        // Out again: the other program's.
        #expect(fixture.email.order == ["c1@example.com", "c1@example.com"])
        // There and back between two turns is nothing at all.
        try load("id,plan\nc2,pro\n")
        try load("id,plan\nc2,free\n")
        try fixture.pass(hours: 1)
        #expect(fixture.sent == 2)
    }

    @Test func `an import of what is there already tells nobody, and a program that has ended hears nothing`() throws {
        try load("id,plan\nc1,pro\n")
        try fixture.settle()
        try load("id,plan,visits\nc1,pro,\n")
        #expect(try causes == [])
        let activation = ProgramActivation(store: fixture.journeys, environment: fixture.environment)
        for program in ["for-pros", "lost-pros", "patient"] { _ = try activation.set(.cancelled, of: program) }
        try fixture.journeys.transaction { () throws(StoreError) in
            try fixture.journeys.watch([:], inPlaceOfOthers: true)
        }
        try load("id,plan\nc1,free\n")
        #expect(try causes == [])
    }

    @Test func `a date that moves takes the wait along, and another time zone another clock`() throws {
        try fixture.activate(
            """
            rule: morning
            purpose: transactional
            trigger: {event: visited}
            via: [mail]
            steps:
              - wait: {until: "10:00", in: contact_zone}
              - send: hello
            """)
        try fixture.happen("visited", to: 1, ["page": .words("a")])
        try fixture.settle()
        let before = try fixture.text("SELECT due FROM run").first ?? ""
        try load("id,time_zone\nc1,Asia/Tokyo\n")
        #expect(try causes == ["1 time_zone"])
        try fixture.settle()
        // Seven hours ahead of Berlin in summer.
        let after = try fixture.text("SELECT due FROM run").first ?? ""
        #expect(((Int64(before) ?? 0) - (Int64(after) ?? 0)) / 3_600_000_000 == 7)
    }
}
