import RuleEngine
import Runner
import Testing

/// The paper phone, by lines as somebody would type them.
struct PlayTests {
    private static func session() throws -> PlaySession {
        let (stage, project) = try SmallProject.stage()
        var given = CheckedTest.Person()
        given.fields = [
            "first_name": Value("Anna"), "email": Value("anna@example.com"), "country": Value("DE"),
            "plan": Value("free"), "seats": .number(3, .int),
        ]
        given.consent = ["email": .express]
        let scope = stage.scope(of: try #require(stage.program(.sequence, "welcome")))
        return PlaySession(
            stage, scope: scope, person: RehearsalPerson(given, id: "paper", schema: project.schema),
            start: stage.projectZone.instant(of: try #require(TestReader.moment("2027-03-26 12:00"))),
            words: { FactWords.text($0, $1) })
    }

    @Test func `a person is walked through a program`() throws {
        var session = try Self.session()
        #expect(session.begin().isEmpty)
        let first = session.take("event joined plan=pro").joined(separator: "\n")
        #expect(first.contains("entered"))
        #expect(first.contains("│ Hello, Anna"))
        #expect(first.contains("no. 1, hello via mail, en, links: door"))
        #expect(first.contains("waits until 2027-03-28 13:00"))
        #expect(session.take("open 1").isEmpty)
        let later = session.take("next").joined(separator: "\n")
        #expect(later.contains("2027-03-28 13:00"))
        #expect(later.contains("went on: yes"))
        #expect(later.contains("│ Still there?"))
        #expect(later.contains("ended as finished"))
        #expect(session.take("inbox").count == 2)
        #expect(session.take("show 1").joined().contains("Hello, Anna"))
        #expect(session.take("next")[0].hasPrefix("? "))
        _ = session.take("quit")
        #expect(session.isOver)
    }

    @Test(arguments: [
        "dance", "wait", "wait soon", "until 2020-01-01 10:00", "event", "event gone", "event joined",
        "event joined colour=red", "set", "set shoe=1", "set country=Germany", "set plan=gold", "open 3", "write fax",
        "consent email",
        "consent email maybe", "provider mail sings", "stop", "event joined plan", "show 0", "until",
    ])
    func `what can't be understood says so and changes nothing`(line: String) throws {
        var session = try Self.session()
        _ = session.begin()
        let answer = session.take(line)
        #expect(answer.count == 1)
        #expect(answer.first?.hasPrefix("? ") == true, "\(answer)")
        #expect(session.rehearsal.facts.isEmpty)
        #expect(session.clock == "2027-03-26 12:00")
    }

    @Test func `a message can't give orders to the terminal`() {
        let message = RehearsedMessage(
            template: "x", channel: "mail", kind: "email", purpose: .marketing, language: "en",
            subject: "\u{1B}[2J\u{7}", text: "wide 李李 and a\u{9B}word\n\(String(repeating: "w", count: 200))", html: "",
            recipient: "", links: [], costMicros: 0, number: 1, consent: .express, neededConsent: .none,
            isUnwanted: false)
        let lines = PaperPhone(width: 30).draw(message, number: 1, at: "")
        for line in lines {
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
        }
        #expect(Set(lines.dropLast().filter { !$0.contains("李") }.map(\.count)) == [34])
    }
}
