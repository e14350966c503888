package import RuleEngine

/// Facts in a few words, for reports.
package enum FactWords {
    /// `2027-04-06 18:00`, on a clock of the zone.
    package static func time(_ instant: Timestamp, _ zone: TimeZoneRules) -> String {
        let local = zone.localTime(of: instant)
        return "\(date(local.date)) \(two(local.hour)):\(two(local.minute))"
    }

    package static func date(_ date: CalendarDate) -> String {
        let year = String(date.year)
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-\(two(date.month))-\(two(date.day))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    package static func text(_ fact: RehearsalFact, _ zone: TimeZoneRules) -> String {
        switch fact.kind {
        case .entered: return "entered"
        case .leftOut(let reason, _): return "left out: \(reason)"
        case .sent(let message): return "sent \(message.template ?? "message") via \(message.channel)"
        case .held(let template, let via, let reason, let until):
            return "held \(template ?? "message") via \(via): \(reason), until \(time(until, zone))"
        case .skipped(let template, let via, let reason):
            return "skipped \(template ?? "message")" + (via.map { " via \($0)" } ?? "") + ": \(reason)"
        case .waits(let until): return "waits" + (until.map { " until \(time($0, zone))" } ?? "")
        case .went(let way, _): return "went on: \(way)"
        case .took(let event): return "\(event) has come"
        case .passedOver(let event, let reason): return "\(event) passed over: \(reason)"
        case .wrote(let values): return "set " + values.map(\.name).joined(separator: ", ")
        case .tagged(let name, let until):
            return "tagged \(name)" + (until.map { " until \(time($0, zone))" } ?? "")
        case .untagged(let name): return "untagged \(name)"
        case .emitted(let event): return "emitted \(event)"
        case .called(let call, let isAnswered): return "called \(call)" + (isAnswered ? "" : ": no answer")
        case .started(let program): return "started \(program)"
        case .handedOver(let team, let note):
            return "handed over to \(team)" + (note.map { ": \($0)" } ?? "")
        case .reachedGoal: return "reached the goal"
        case .ended(let name): return "ended as \(name)"
        }
    }

    /// What a test asks for.
    static func expected(_ fact: CheckedTest.Fact) -> String {
        switch fact {
        case .entered(let wanted): "entered" + details(wanted)
        case .leftOut(let wanted): "left out" + (wanted.name.map { ": \($0)" } ?? "") + details(wanted)
        case .sent(let message): "sent" + details(message)
        case .notSent(let message): "nothing sent" + details(message)
        case .held(let message): "held" + details(message)
        case .skipped(let message): "skipped" + details(message)
        case .handedOver(let wanted): "handed over" + (wanted.name.map { " to \($0)" } ?? "") + details(wanted)
        case .tagged(let wanted): "tagged" + (wanted.name.map { " \($0)" } ?? "") + details(wanted)
        case .called(let wanted): "called" + (wanted.name.map { " \($0)" } ?? "") + details(wanted)
        case .ended(let wanted): "ended" + (wanted.name.map { " as \($0)" } ?? "") + details(wanted)
        case .cost, .moreThan, .sentWithoutConsent, .sentInQuietHours: ""
        }
    }

    private static func details(_ wanted: CheckedTest.NamedFact) -> String {
        (wanted.at.map { " at \(moment($0))" } ?? "") + (wanted.contains.map { " with \"\($0)\"" } ?? "")
    }

    private static func details(_ wanted: CheckedTest.MessageFact) -> String {
        var text = wanted.template.map { " \($0)" } ?? ""
        if let via = wanted.via { text += " via \(via)" }
        if let reason = wanted.reason { text += ": \(reason)" }
        if let at = wanted.at { text += " at \(moment(at))" }
        if let (from, to) = wanted.between { text += " between \(moment(from)) and \(moment(to))" }
        if let until = wanted.until { text += " until \(moment(until))" }
        if let part = wanted.contains { text += " with \"\(part)\"" }
        return text
    }

    private static func moment(_ moment: LocalMoment) -> String {
        date(CalendarDate(daysSinceEpoch: moment.day)) + " " + moment.time.text
    }
}
