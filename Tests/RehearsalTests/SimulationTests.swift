import RuleEngine
import Runner
import Testing

struct SimulationTests {
    private static let start = Timestamp(microseconds: 1_805_932_800_000_000)

    private static func csv(_ count: Int) -> String {
        var lines = ["id,email,first_name,country,plan,seats,consent.email,consent.email.at,consent.email.source"]
        for number in 0..<count {
            let consent = number % 5 == 0 ? ",," : "express,2026-01-01T00:00:00Z,form"
            lines.append(
                "c-\(number),p\(number)@example.com,,\(number % 7 == 0 ? "FR" : "DE"),free,\(number % 9),\(consent)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func simulation(_ contacts: Int, seed: UInt64, in folder: VirtualFolder) throws -> Simulation {
        let (stage, project) = try SmallProject.stage()
        let (people, _) = try RehearsalTests.contacts(csv(contacts), project.schema, in: folder)
        let events = (0..<contacts).map { number in
            Simulation.Event(
                contact: number, name: "joined", fields: ["plan": Value("pro")],
                at: start.advanced(by: Int64(number % 20) * 43_200_000_000))
        }
        return Simulation(
            stage, scope: Set(stage.programs.indices), contacts: people, events: events, start: start, days: 30,
            seed: seed)
    }

    @Test func `a seed gives the same figures, on one worker and in any order`() throws {
        let folder = try VirtualFolder()
        let first = try Self.simulation(1200, seed: 7, in: folder).run()
        let backwards = try Self.simulation(1200, seed: 7, in: folder).run { pieces, piece in
            for place in (0..<pieces).reversed() { piece(place) }
        }
        #expect("\(first.days.map(\.sent))" == "\(backwards.days.map(\.sent))")
        #expect(first.sent == backwards.sent)
        #expect(first.hours == backwards.hours)
        #expect(first.costMicros == Int64(first.sent) * 10_000)
        let other = try Self.simulation(1200, seed: 8, in: folder).run()
        #expect(other.days.map(\.opened) != first.days.map(\.opened))
    }

    @Test func `every person is counted once, and nobody without consent gets anything`() throws {
        let folder = try VirtualFolder()
        let tally = try Self.simulation(700, seed: 3, in: folder).run()
        #expect(tally.contacts == 700)
        #expect(tally.messagesPerPerson.values.reduce(0, +) == 700)
        let people = (0..<700).filter { $0 % 7 != 0 }
        let allowed = people.filter { $0 % 5 != 0 }.count
        #expect(tally.programs["sequence welcome"]?.entered == people.count)
        #expect(tally.programs["sequence welcome"]?.messages["hello"] == allowed)
        #expect(tally.programs["sequence welcome"]?.skipped["no_consent"] == people.count - allowed)
        let fates = tally.days.reduce(0) { $0 + $1.delivered + $1.bounced }
        // The last messages may still be on their way.
        #expect(fates <= tally.sent && fates > tally.sent - 20)
    }

    @Test func `events that can't be read are named`() throws {
        let folder = try VirtualFolder()
        let (_, project) = try SmallProject.stage()
        let contacts = SimulationContacts(schema: project.schema)
        let file = try folder.write("contacts.csv", Self.csv(2))
        _ = try ContactImport(
            file: file, schema: project.schema, currency: "EUR", key: DataKey(bytes: [UInt8](repeating: 0, count: 32)),
            now: Self.start
        ).run(into: contacts)
        let lines = """
            {"contact": "c-1", "event": "joined", "at": "2031-01-01T10:00:00Z", "fields": {"plan": "pro"}}
            {"contact": "c-9", "event": "joined", "at": "2027-01-01T10:00:00Z", "fields": {"plan": "pro"}}

            {"contact": "c-1", "event": "joined", "fields": {"plan": "pro"}}
            {
            """
        let (events, refusals) = SimulationEvents.read(Array(lines.utf8), project, contacts)
        #expect(events.count == 1)
        #expect(refusals.map(\.line) == [2, 4, 5])
        #expect(refusals.map(\.reason) == [.unknownContact, .badTime, .malformed])
    }
}
