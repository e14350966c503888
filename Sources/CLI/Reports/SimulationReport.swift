import RuleEngine
import Runner

/// What a simulation has shown, as text and JSON.
struct SimulationReport {
    let tally: SimulationTally
    let title: String
    let days: Int
    let seed: UInt64
    let currency: String
    /// Names of the programs that took part, those first that did something.
    let programs: [(name: String, counts: SimulationTally.Program)]
    private let refusedContacts: Int
    private let refusedEvents: Int

    init(
        _ tally: SimulationTally, stage: RehearsalStage, scope: Set<Int>, days: Int, seed: UInt64, refusedContacts: Int,
        refusedEvents: Int
    ) {
        self.tally = tally
        self.days = days
        self.seed = seed
        self.refusedContacts = refusedContacts
        self.refusedEvents = refusedEvents
        title = stage.project.settings.id
        currency = stage.project.settings.currency
        programs = scope.sorted().map { place in
            let name = stage.programs[place].name
            return (name, tally.programs[name] ?? SimulationTally.Program())
        }
    }

    /// The last day is left out where the simulation ends at its midnight and nothing happened.
    var shownDays: Range<Int> {
        let last = tally.days.count - 1
        let isEmpty = tally.days[last].sentInAll == 0 && tally.days[last].entered == 0
        return 0..<(isEmpty ? last : last + 1)
    }

    func date(_ day: Int) -> String { FactWords.date(tally.date(ofDay: day)) }

    func money(_ micros: Int64) -> String { Figures.money(Money(micros: micros, currency: currency)) }

    static func sum(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }

    func total(_ part: (SimulationTally.Day) -> [String: Int]) -> [(name: String, count: Int)] {
        var sums: [String: Int] = [:]
        for day in tally.days { sums.merge(part(day), uniquingKeysWith: +) }
        return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (name: $0.key, count: $0.value) }
    }

    // MARK: Text

    var text: String {
        var text =
            "\(Figures.count(tally.contacts, "contact")), \(Figures.count(days, "day")) from \(date(0)), seed \(seed)\n"
        if refusedContacts + refusedEvents > 0 {
            text +=
                "left out: \(Figures.count(refusedContacts, "contact")) and \(Figures.count(refusedEvents, "event")) "
                + "that could not be read\n"
        }
        text += "\n" + overview + "\n" + calendar + "\n" + programTable
        return text
    }

    private var overview: String {
        var table = Table(.left, .right)
        table.add("messages", Figures.count(tally.sent))
        table.add("people reached", Figures.count(tally.reached))
        table.add("cost", money(tally.costMicros))
        if let worst = tally.worstHour {
            table.add("worst hour", "\(date(worst.day)) \(worst.hour):00, \(Figures.count(worst.sent, "message"))")
        }
        table.add("most to one person on a day", Figures.count(tally.mostOnADay))
        for (reason, count) in total(\.held) { table.add("held: \(reason)", Figures.count(count)) }
        for (reason, count) in total(\.skipped) { table.add("skipped: \(reason)", Figures.count(count)) }
        for (name, count) in fates where count > 0 { table.add(name, Figures.count(count)) }
        return table.text
    }

    var fates: [(String, Int)] {
        func sum(_ part: (SimulationTally.Day) -> Int) -> Int { tally.days.reduce(0) { $0 + part($1) } }
        return [
            ("delivered", sum(\.delivered)), ("opened", sum(\.opened)), ("clicked", sum(\.clicked)),
            ("replied", sum(\.replied)), ("bounced", sum(\.bounced)), ("wanted no more", sum(\.stopped)),
            ("goals", sum(\.goals)),
        ]
    }

    private var calendar: String {
        let channels = total(\.sent).map(\.name).sorted()
        var lines = [["", "came in"] + channels + ["held", "skipped", "cost"]]
        for day in shownDays {
            let counts = tally.days[day]
            lines.append(
                [date(day), Figures.count(counts.entered)] + channels.map { Figures.count(counts.sent[$0] ?? 0) }
                    + [
                        Figures.count(Self.sum(counts.held)), Figures.count(Self.sum(counts.skipped)),
                        money(counts.costMicros),
                    ])
        }
        return Self.columns(lines)
    }

    private var programTable: String {
        var lines = [["", "came in", "sent", "held", "skipped", "goals", "handed over", "cost"]]
        for (name, counts) in programs {
            lines.append([
                name, Figures.count(counts.entered), Figures.count(counts.sent), Figures.count(counts.held),
                Figures.count(Self.sum(counts.skipped)), Figures.count(counts.goals), Figures.count(counts.handedOver),
                money(counts.costMicros),
            ])
        }
        return Self.columns(lines)
    }

    /// The first column to the left, the others to the right.
    private static func columns(_ lines: [[String]]) -> String {
        var widths = [Int](repeating: 0, count: lines.map(\.count).max() ?? 0)
        for line in lines { for (place, cell) in line.enumerated() { widths[place] = max(widths[place], cell.count) } }
        return lines.map { line in
            let cells = line.enumerated().map { place, cell in
                let gap = String(repeating: " ", count: widths[place] - cell.count)
                return place == 0 ? cell + gap : gap + cell
            }
            return "  " + cells.joined(separator: "  ") + "\n"
        }.joined()
    }

    // MARK: JSON

    var json: JSON {
        let worst = tally.worstHour.map { worst -> JSON in
            ["date": .string(date(worst.day)), "hour": JSON(worst.hour), "sent": JSON(worst.sent)]
        }
        return [
            "contacts": JSON(tally.contacts), "days": JSON(days), "start": .string(Figures.instant(tally.start)),
            "seed": .string(String(seed)), "refused_contacts": JSON(refusedContacts),
            "refused_events": JSON(refusedEvents), "sent": JSON(tally.sent), "reached": JSON(tally.reached),
            "cost": ["currency": .string(currency), "micros": JSON(tally.costMicros)],
            "worst_hour": worst ?? .null, "most_on_a_day": JSON(tally.mostOnADay),
            "messages_per_person": .object(
                tally.messagesPerPerson.sorted { $0.key < $1.key }.map {
                    JSON.Entry(key: String($0.key), value: JSON($0.value))
                }),
            "calendar": .array(shownDays.map { dayJSON($0) }),
            "programs": .array(programs.map { Self.json($0.name, $0.counts) }),
        ]
    }

    private func dayJSON(_ day: Int) -> JSON {
        let counts = tally.days[day]
        return [
            "date": .string(date(day)), "entered": JSON(counts.entered), "sent": JSON(counts.sent),
            "held": JSON(counts.held), "skipped": JSON(counts.skipped), "cost_micros": JSON(counts.costMicros),
            "delivered": JSON(counts.delivered), "bounced": JSON(counts.bounced), "opened": JSON(counts.opened),
            "clicked": JSON(counts.clicked), "replied": JSON(counts.replied), "stopped": JSON(counts.stopped),
            "goals": JSON(counts.goals), "hours": .array(tally.hours[day].map { JSON($0) }),
        ]
    }

    private static func json(_ name: String, _ counts: SimulationTally.Program) -> JSON {
        [
            "program": .string(name), "entered": JSON(counts.entered), "sent": JSON(counts.sent),
            "held": JSON(counts.held), "skipped": JSON(counts.skipped), "goals": JSON(counts.goals),
            "handed_over": JSON(counts.handedOver), "cost_micros": JSON(counts.costMicros),
            "ended": JSON(counts.ended), "messages": JSON(counts.messages),
        ]
    }
}
