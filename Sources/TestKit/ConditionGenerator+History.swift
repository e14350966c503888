package import RuleEngine

/// Histories, and questions about them.
extension ConditionGenerator {
    package static let events: [String: EventSchema] = {
        var fields: [EventField] = []
        for (kind, names) in eventFields {
            let type: ValueType =
                switch kind {
                case .int: .int
                case .decimal: .decimal
                case .money: .money
                case .date: .date
                case .instant: .instant
                case .duration: .duration
                case .text: .text
                case .bool: .bool
                case .list: .list(.text)
                }
            for name in names.present { fields.append(EventField(name: name, type: TypeInfo(type))) }
            for name in names.optional {
                fields.append(EventField(name: name, type: TypeInfo(type, isOptional: true)))
            }
        }
        fields.sort { $0.name < $1.name }
        return Dictionary(uniqueKeysWithValues: eventNames.map { ($0, EventSchema(id: $0, fields: fields)) })
    }()

    package static let templates = ["welcome", "spring-sale"]
    static let eventNames = ["order_placed", "page_viewed"]
    static let eventFields: [GeneratedCondition.Kind: (present: [String], optional: [String])] = [
        .text: (["label"], ["note"]), .int: (["quantity"], ["rank"]), .decimal: (["rate"], ["weight"]),
        .money: (["total"], ["refund"]), .date: (["day"], ["due"]), .instant: (["placed"], ["shipped"]),
        .duration: (["took"], ["delay"]), .bool: (["paid"], ["gift"]), .list: (["items"], ["extras"]),
    ]

    /// Names and lengths; the last is longer than all of time.
    private static let windows: [(source: String, length: Int64)] = [
        ("1s", 1_000_000), ("1h", 3_600_000_000), ("1d", 86_400_000_000), ("30d", 30 * 86_400_000_000),
        ("365d", 365 * 86_400_000_000), ("100000000d", 100_000_000 * 86_400_000_000),
    ]

    /// Events at the edges of every window, several at one instant, some in the future, fields left out.
    package mutating func history(now: Int64) -> GeneratedHistory {
        var history = GeneratedHistory()
        for _ in 0..<pick([0, 0, 1, 2, 3, 5]) {
            var fields: [String: GeneratedCondition.Fact] = [:]
            for (kind, names) in Self.eventFields.sorted(by: { $0.value.present[0] < $1.value.present[0] }) {
                for name in names.present { fields[name] = anyFact(kind) }
                for name in names.optional where pick([true, false]) { fields[name] = anyFact(kind) }
            }
            history.events.append(
                GeneratedHistory.Event(name: pick(Self.eventNames), at: time(near: now), fields: fields))
        }
        for _ in 0..<pick([0, 0, 1, 2]) {
            history.messages.append(
                GeneratedHistory.Message(
                    template: pick(Self.templates), sent: time(near: now), delivered: maybeTime(near: now),
                    read: maybeTime(near: now), clicked: maybeTime(near: now),
                    replies: pick([0, 0, 1, 2]) == 1 ? [time(near: now)] : []))
        }
        return history
    }

    private mutating func maybeTime(near now: Int64) -> Int64? {
        pick([true, false]) ? time(near: now) : nil
    }

    private mutating func time(near now: Int64) -> Int64 {
        let window = pick(Array(Self.windows.dropLast())).length
        return now + pick([0, 1, -1, -window, 1 - window, -1 - window, window, -window / 2])
    }

    // MARK: Questions

    /// A question whose answer is of the kind; nil where no function gives one. It may be missing.
    mutating func history(_ kind: GeneratedCondition.Kind) -> GeneratedCondition? {
        switch kind {
        case .bool: return historyTest()
        case .int where pick([true, false]): return question("count", field: nil)
        case .instant where pick([true, false]): return question(pick(["first", "last"]), field: nil)
        case .int, .decimal, .money, .date, .instant, .duration, .text, .list:
            guard let names = Self.eventFields[kind] else { return nil }
            return question(pick(["first", "last"]), field: pick(names.present + names.optional))
        }
    }

    /// A question that always has an answer, short of an overflow.
    mutating func certainHistory(_ kind: GeneratedCondition.Kind) -> GeneratedCondition? {
        switch kind {
        case .int, .decimal, .money, .duration:
            guard let names = Self.eventFields[kind] else { return nil }
            return question("sum", field: pick(names.present + names.optional))
        case .date, .instant, .text, .bool, .list: return nil
        }
    }

    /// On Friday, 2027-01-15 at 08:00:00.123456 UTC, at the edges of their hours.
    package static let offices: [String: OpeningHours] = {
        let friday = WeekDays(day: 4)
        let everyDay = WeekDays(rawValue: 0x7F)
        func hours(_ days: WeekDays, _ from: Int, _ to: Int, closed: [Int64] = []) -> OpeningHours {
            let range = ClockRange(from: ClockTime(minute: from * 60), to: ClockTime(minute: to * 60))
            return OpeningHours(
                zone: "Etc/UTC", open: [OpeningHours.Times(days: days, hours: range)], closedOnHolidays: false,
                closed: closed)
        }
        return [
            "always": hours(everyDay, 0, 24), "morning": hours(friday, 8, 12), "ended": hours(friday, 0, 8),
            "night": hours(friday, 20, 24), "shut": hours(everyDay, 0, 24, closed: [20_833]),
        ]
    }()
    /// Those that are open then, by nothing but reading their hours.
    static let openOffices: Set<String> = ["always", "morning"]

    mutating func historyTest() -> GeneratedCondition {
        if pick([true, false, false, false]) { return guardedCalculation() }
        if asksOffices, pick([true, false, false]) { return .open(pick(Self.offices.keys.sorted())) }
        if pick([true, false, false]) {
            return .message(
                function: pick(["sent", "delivered", "opened", "clicked", "replied"]), template: pick(Self.templates),
                days: pick([nil, 1, 30, 365]))
        }
        return question(pick(["any", "none"]), field: nil)
    }

    /// Calculates with an answer that may be missing, where something in front has shown that it is there.
    private mutating func guardedCalculation() -> GeneratedCondition {
        let kinds: [GeneratedCondition.Kind] = [.int, .decimal, .money, .duration, .date, .instant]
        let kind = pick(kinds)
        let names = Self.eventFields[kind].map { $0.present + $0.optional } ?? []
        let field = kind == .instant && pick([true, false]) ? nil : pick(names)
        let answer = question(pick(["first", "last"]), field: field)
        let other: GeneratedCondition.Kind = kind == .date || kind == .instant ? .duration : kind
        let sum = GeneratedCondition.calculation(
            pick(["+", "-"]), answer, numberLiteral(other), left: kind, right: other)
        let signs = ["==", "!=", "<", "<=", ">", ">="]
        let comparison = GeneratedCondition.comparison(
            pick(signs), sum, numberLiteral(kind), left: kind, right: kind)
        switch pick([0, 1, 2, 3, 4]) {
        case 0: return .and([.known(answer), comparison])
        case 1: return .or([.missing(answer), comparison])
        case 2: return .and([.not(.missing(answer)), comparison])
        case 3: return .or([.not(.known(answer)), .and([historyTestWithoutGuard(), comparison])])
        default:
            let shown = GeneratedCondition.comparison(
                pick(signs), answer, numberLiteral(kind), left: kind, right: kind)
            return .and([shown, comparison])
        }
    }

    private mutating func historyTestWithoutGuard() -> GeneratedCondition {
        question(pick(["any", "none"]), field: nil)
    }

    private mutating func question(_ function: String, field: String?) -> GeneratedCondition {
        .history(
            GeneratedHistory.Question(
                function: function, event: pick(Self.eventNames), field: field,
                window: pick([true, false]) ? pick(Self.windows) : nil, filter: filter()))
    }
}
