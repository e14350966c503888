import RuleEngine
import TestKit
import Testing

/// A rule of the base project, ready to run, and a contact for it.
struct JourneyFixture {
    let project: CheckedProject
    let journey: CheckedJourney
    let program: JourneyProgram
    let machine: JourneyMachine

    static let hour: Int64 = 3_600_000_000
    static let day: Int64 = 24 * hour

    /// 2027-03-20 09:00 UTC, a Saturday.
    static let start = Timestamp(microseconds: 1_805_533_200_000_000)

    static let berlin = try? TimeZoneRules(rule: "CET-1CEST,M3.5.0,M10.5.0/3")
    static let zones: [String: TimeZoneRules] = [
        "Europe/Berlin": berlin ?? .utc,
        "Asia/Tokyo": (try? TimeZoneRules(rule: "JST-9")) ?? .utc,
        "America/New_York": (try? TimeZoneRules(rule: "EST5EDT,M3.2.0,M11.1.0")) ?? .utc,
    ]

    /// - Parameters:
    ///   - head: keys in front of `steps:`.
    ///   - steps: as they stand in a file, without indentation.
    init(
        trigger: String = "{event: cart_updated}", _ head: String = "", steps: String,
        place: SourceLocation = #_sourceLocation
    ) throws {
        let body = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
        let text = """
            rule: subject
            purpose: transactional
            trigger: \(trigger)
            via: [outbox]
            \(head)
            steps:
            \(body.joined(separator: "\n"))

            """
        let result = BaseProject.compile([("rules/subject.yaml", text), ("templates/note.yaml", Self.note)])
        let said = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        project = try #require(result.project, "\(said)", sourceLocation: place)
        journey = try #require(project.rules["subject"], sourceLocation: place)
        program = try JourneyProgram(
            .lower(journey, in: project), projectZone: "Europe/Berlin", zones: Self.zones)
        machine = JourneyMachine(program)
    }

    private static let note = """
        template: note
        purpose: transactional
        email:
          en: {subject: A note, body: Hello!}

        """

    func facts(
        at now: Timestamp = Self.start, seats: Int64 = 1, plan: String = "free", renewal: Int64? = nil,
        contact: String = "anna", zone: TimeZoneRules = Self.zones["Europe/Berlin"] ?? .utc
    ) -> RunFacts {
        var page = FactPage(slotCount: project.schema.fields.count)
        for (slot, field) in project.schema.fields.enumerated() {
            switch (field.name, renewal) {
            case ("seats", _): page.columns[slot].append(seats)
            case ("plan", _): page.columns[slot].append(Int64(bitPattern: page.pack(plan).bits))
            case ("renewal_date", let day?): page.columns[slot].append(day)
            default: page.columns[slot].appendMissing()
            }
        }
        page.finishRow()
        return RunFacts(
            context: EvaluationContext(page: page, row: 0, now: now), contact: Array(contact.utf8), contactZone: zone)
    }

    static func at(_ offset: Int64) -> Timestamp {
        Timestamp(microseconds: start.microseconds + offset)
    }

    static func event(_ name: String, _ id: Int64, at time: Timestamp, _ fields: [String: Value] = [:]) -> RunEvent {
        RunEvent(id: EventID(rawValue: id), name: name, fields: fields, at: time)
    }
}

extension RunStep {
    /// What it does, in words that a test can compare.
    var actions: [String] {
        commands.map { command in
            switch command.action {
            case .send(let order): "send \(order.template ?? "text")"
            case .withdraw(let number): "withdraw \(number)"
            case .set(let values): "set \(values.map { "\($0.name)=\($0.value.described)" }.joined(separator: " "))"
            case .tag(let name, _): "tag \(name)"
            case .untag(let name): "untag \(name)"
            case .emit(let event, _): "emit \(event)"
            case .call(let order): "call \(order.call)"
            case .start(let kind, let id, _): "start \(kind.rawValue) \(id)"
            case .handOver(let team, let note):
                "hand over to \(team)\(note.map { ": " + String(decoding: $0, as: UTF8.self) } ?? "")"
            case .reachGoal: "goal"
            case .sleep(let due):
                "sleep \(Value.number(due.microseconds, .instant).described)"
            case .end(let ending): "end \(ending)"
            }
        }
    }
}
