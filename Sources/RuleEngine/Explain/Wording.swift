/// Words for the small things: names, values, times, numbers. Every one of them can be read back without a doubt.
struct Wording: Sendable {
    let project: CheckedProject
    var renaming = Renaming()

    init(project: CheckedProject) {
        self.project = project
    }

    // MARK: Names

    /// A name as files write it.
    static func name(_ name: String) -> String {
        "`\(name)`"
    }

    /// A field's name: one that is a word stands as a word, any other as files write it; so do words that would be read as
    /// a part of the sentence.
    static func field(_ name: String) -> String {
        name.utf8.contains(UInt8(ascii: "_")) || joiningWords.contains(name) ? self.name(name) : name
    }

    private static let joiningWords: Set<String> = [
        "a", "an", "and", "are", "at", "been", "before", "by", "does", "for", "from", "had", "has", "have", "if", "in",
        "is",
        "last", "minus", "new", "next", "no", "not", "now", "of", "old", "on", "once", "or", "plus", "since", "than",
        "that",
        "the", "then", "times", "to", "until", "was", "were", "when", "where", "with",
    ]

    /// `legitimate_interests` and the like, which are fixed words.
    static func words(_ term: String) -> String {
        term.replacing("_", with: " ")
    }

    /// `seats are`, `status is`.
    static func isPlural(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "_")) && !joiningWords.contains(name) && name.hasSuffix("s")
            && !["ss", "us", "is"].contains { name.hasSuffix($0) }
    }

    static func list(_ items: [String], _ last: String) -> String {
        switch items.count {
        case 0: ""
        case 1: items[0]
        default: items.dropLast().joined(separator: ", ") + " " + last + " " + items[items.count - 1]
        }
    }

    func channel(_ id: String) -> String {
        let kind = project.channels[id].map { " (\(Self.channelKind($0.kind)))" } ?? ""
        return Self.name(alias(.channel, id)) + kind
    }

    static func channelKind(_ kind: String) -> String {
        switch kind {
        case "sms": "SMS"
        case "whatsapp": "WhatsApp"
        case "telegram": "Telegram"
        case "messenger": "Messenger"
        case "instagram": "Instagram"
        case "webchat": "web chat"
        case "voice_live": "a call by a person"
        case "voice_recorded": "a recorded call"
        default: kind
        }
    }

    // MARK: Values

    func value(_ value: Value) -> String {
        switch value {
        case .missing: "a missing value"
        case .bool(let flag): flag ? "true" : "false"
        case .text(let bytes): Self.text(String(decoding: bytes, as: UTF8.self))
        case .list(let items): Self.list(items.map { self.value($0) }, "and")
        case .number(let number, .money): money(Money(micros: number, currency: project.settings.currency))
        case .number(let number, .duration): Self.duration(number)
        case .number: value.described
        }
    }

    /// Short words stand in backquotes, everything that these could blur in double quotes with its signs spelled out.
    static func text(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && !text.hasPrefix(" ") && !text.hasSuffix(" ")
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "`" && $0 != "\"" }
        if isPlain { return "`\(text)`" }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\0"..<" ", "\u{7F}": quoted += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    func money(_ money: Money) -> String {
        money.currency + " " + Value.number(money.micros, .money).described
    }

    static func share(_ millionths: Int64) -> String {
        NodeLabel.percent(millionths)
    }

    /// `12,345`: long numbers are read wrong without it.
    static func number(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.utf8.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        self.number(number) + " " + (number == 1 ? one : many ?? one + "s")
    }

    static func times(_ number: Int) -> String {
        switch number {
        case 1: "once"
        case 2: "twice"
        default: self.number(number) + " times"
        }
    }

    // MARK: Time

    /// In the largest unit that says it in whole numbers, or in two.
    static func duration(_ microseconds: Int64) -> String {
        guard microseconds >= 0 else {
            return microseconds == .min ? "\(microseconds) microseconds" : "minus " + duration(-microseconds)
        }
        let units: [(String, Int64)] = [("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000)]
        for (index, (unit, length)) in units.enumerated() where microseconds >= length {
            let whole = plural(microseconds / length, unit)
            let rest = microseconds % length
            if rest == 0 { return whole }
            if index < 2, rest % units[index + 1].1 == 0 {
                return whole + " and " + plural(rest / units[index + 1].1, units[index + 1].0)
            }
        }
        let seconds = Value.number(microseconds, .decimal).described
        return seconds + (seconds == "1" ? " second" : " seconds")
    }

    private static func plural(_ number: Int64, _ unit: String) -> String {
        "\(number) \(unit)" + (number == 1 ? "" : "s")
    }

    static let dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    static func days(_ days: WeekDays) -> [String] {
        let names = dayNames.enumerated().filter { days.contains(WeekDays(day: $0.offset)) }.map(\.element)
        return names + (days.contains(.holidays) ? ["public holiday"] : [])
    }

    static func clock(_ clock: Clockwork) -> String {
        switch clock {
        case .contactZone: "on the contact's own clock"
        case .zone(let name): "on the clock of \(name)"
        }
    }

    func schedule(_ schedule: Schedule) -> String {
        let rhythm =
            switch schedule.rhythm {
            case .once(let moment): "once, on \(CivilDate.text(day: moment.day)) at \(moment.time.text)"
            case .daily(let time): "every day at \(time.text)"
            case .weekly(let days, let time): "every \(Self.list(Self.days(days), "and")) at \(time.text)"
            case .monthly(let day, let time):
                "every month on day \(day)"
                    + (day > 28 ? " (in a shorter month on its last day)" : "") + " at \(time.text)"
            case .cron(let cron): Self.cron(cron)
            }
        let end = schedule.until.map { ", for the last time on \(CivilDate.text(day: $0))" } ?? ""
        return rhythm + ", " + Self.clock(schedule.clock) + end
    }

    private static func cron(_ cron: CronSchedule) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var text: String
        if cron.minutes.count * cron.hours.count <= 6 {
            text = "at " + list(cron.hours.flatMap { hour in cron.minutes.map { two(hour) + ":" + two($0) } }, "and")
        } else {
            let minutes = cron.minutes.count == 60 ? "every minute" : "minute " + list(cron.minutes.map(two), "and")
            let hours = cron.hours.count == 24 ? "every hour" : "the hours " + list(cron.hours.map(two), "and")
            text = "at \(minutes) of \(hours)"
        }
        var days: [String] = []
        if !cron.anyDay { days.append("on day " + list(cron.days.map { "\($0)" }, "and") + " of the month") }
        if !cron.anyWeekDay {
            let names = cron.weekDays.map { dayNames[($0 + 6) % 7] }
            days.append("on every " + list(names, "and"))
        }
        // Cron's own rule: where both are named, either will do.
        text += days.isEmpty ? ", every day" : ", " + list(days, "and also")
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December",
        ]
        if cron.months.count < 12 { text += ", in " + list(cron.months.map { months[($0 + 11) % 12] }, "and") }
        return text
    }

    func openingHours(_ hours: OpeningHours) -> Phrase {
        let open = hours.open.map { times in
            let days = Self.list(Self.days(times.days), "and")
            return times.hours == .allDay
                ? "\(days): all day" : "\(days): from \(times.hours.from.text) to \(times.hours.to.text)"
        }
        var closed = hours.closedOnHolidays ? ["public holidays"] : []
        closed += hours.closed.sorted().map { CivilDate.text(day: $0) }
        return Phrase(
            "is open at these times, \(Self.clock(.zone(hours.zone))):",
            open.map { Phrase($0) } + (closed.isEmpty ? [] : [Phrase("closed on " + Self.list(closed, "and"))]))
    }
}
