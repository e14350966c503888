/// What sequences and rules write on one line: schedules, budgets, names of calls and programs.
extension Units {
    /// Five fields of digits, `*`, `,`, `-` and `/`, each within its range.
    static func cron(_ text: String) throws(Fault) -> CronSchedule {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard fields.count == 5 else { throw Fault("expected five fields: minute, hour, day, month, day of the week") }
        return CronSchedule(
            minutes: try cronField(fields[0], 0...59, "minute"), hours: try cronField(fields[1], 0...23, "hour"),
            days: try cronField(fields[2], 1...31, "day"), months: try cronField(fields[3], 1...12, "month"),
            weekDays: Set(try cronField(fields[4], 0...7, "day of the week").map { $0 % 7 }).sorted(),
            anyDay: fields[2].hasPrefix("*"), anyWeekDay: fields[4].hasPrefix("*"))
    }

    private static func cronField(_ text: String, _ range: ClosedRange<Int>, _ what: String) throws(Fault) -> [Int] {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(pieces.count) else { throw Fault("the \(what) cannot be read") }
            var first = range.lowerBound
            var last = range.upperBound
            if pieces[0] != "*" {
                let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
                guard (1...2).contains(ends.count) else { throw Fault("the \(what) cannot be read") }
                first = try integer(ends[0])
                last = ends.count == 2 ? try integer(ends[1]) : pieces.count == 2 ? range.upperBound : first
            }
            guard range.contains(first), range.contains(last), first <= last else {
                throw Fault("the \(what) must be from \(range.lowerBound) to \(range.upperBound)")
            }
            let step = pieces.count == 2 ? try integer(pieces[1]) : 1
            guard step > 0 else { throw Fault("the step of the \(what) must be greater than zero") }
            values.formUnion(stride(from: first, through: last, by: step))
        }
        return values.sorted()
    }

    /// `EUR 60`, `EUR 400 per 30d`.
    static func allowance(_ text: String) throws(Fault) -> Allowance {
        guard let range = text.firstRange(of: " per ") else { return Allowance(amount: try money(text), period: nil) }
        return Allowance(
            amount: try money(String(text[..<range.lowerBound])),
            period: try duration(String(text[range.upperBound...]).trimmed))
    }

    /// `10:00`, or `2027-03-18 10:00`.
    enum Moment {
        case clock(ClockTime)
        case day(LocalMoment)
    }

    static func moment(_ text: String) throws(Fault) -> Moment {
        if let time = try? clock(text) { return .clock(time) }
        let moment = try dateTime(text)
        guard text.utf8.contains(UInt8(ascii: ":")) else { throw Fault("the time of day is missing") }
        return .day(moment)
    }

    /// `30%/d`, as millionths a day.
    static func growth(_ text: String) throws(Fault) -> Int64 {
        guard text.hasSuffix("%/d") else { throw Fault("expected a share of the day before") }
        let millionths = try decimal(ArraySlice(text.utf8.dropLast(3))) / 100
        guard millionths > 0 else { throw Fault("it must be greater than zero") }
        guard millionths <= 10_000_000 else { throw Fault("it is more than tenfold a day") }
        return millionths
    }

    /// `3 per 7d`.
    static func frequency(_ text: String) throws(Fault) -> (count: Int, period: Int64) {
        guard let range = text.firstRange(of: " per ") else { throw Fault("expected a number, `per` and a time") }
        let count = try integer(String(text[..<range.lowerBound]).trimmed)
        guard (1...100_000).contains(count) else { throw Fault("the number must be at least 1 and at most 100000") }
        return (count, try duration(String(text[range.upperBound...]).trimmed))
    }

    /// `5000 contacts`.
    static func contactCount(_ text: String) throws(Fault) -> Int {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2, words[1] == "contacts" || words[1] == "contact" else {
            throw Fault("expected a number and `contacts`")
        }
        let count = try integer(words[0])
        guard count >= 0 else { throw Fault("it must not be negative") }
        return count
    }

    /// `2027-03-30 09:00 .. 2027-03-30 10:30`.
    static func span(_ text: String) throws(Fault) -> (from: LocalMoment, to: LocalMoment) {
        guard let dots = text.firstRange(of: "..") else { throw Fault("expected two times with `..` between them") }
        let from = try dateTime(String(text[..<dots.lowerBound]).trimmed)
        let to = try dateTime(String(text[dots.upperBound...]).trimmed)
        guard (from.day, from.time.minute) <= (to.day, to.time.minute) else {
            throw Fault("the first time is later than the second")
        }
        return (from, to)
    }

    /// `2000 generated`.
    static func generated(_ text: String) throws(Fault) -> Int {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2, words[1] == "generated" else { throw Fault("expected a number and `generated`") }
        let count = try integer(words[0])
        guard (1...1_000_000).contains(count) else { throw Fault("it must be at least 1 and at most 1000000") }
        return count
    }

    /// `never`, `always`, `after 180d`.
    static func again(_ text: String) throws(Fault) -> ReEntry {
        switch text {
        case "never": return .never
        case "always": return .always
        default:
            guard text.hasPrefix("after ") else { throw Fault("expected `never`, `always` or `after 180d`") }
            return .after(try duration(String(text.dropFirst(6)).trimmed))
        }
    }

    /// `2 attempts`.
    static func attempts(_ text: String) throws(Fault) -> Int {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2, words[1] == "attempts" || words[1] == "attempt" else {
            throw Fault("expected a number and `attempts`")
        }
        let count = try integer(words[0])
        guard (1...20).contains(count) else { throw Fault("it must be at least 1 and at most 20") }
        return count
    }

    /// What a test says that it shows.
    static func sentence(_ text: String) throws(Fault) {
        guard text.utf8.count <= 200 else { throw Fault("it is longer than 200 characters") }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw Fault("it must be one line") }
    }

    /// `crm.cart_abandoned`.
    static func call(_ text: String) throws(Fault) -> (endpoint: String, call: String) {
        guard let dot = text.firstIndex(of: ".") else { throw Fault("expected an endpoint, a point and its call") }
        let endpoint = String(text[..<dot])
        let call = String(text[text.index(after: dot)...])
        try id(endpoint)
        try property(call)
        return (endpoint, call)
    }

    /// `sequence win-back`.
    static func program(_ text: String) throws(Fault) -> (kind: DocumentKind, id: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2, let kind = DocumentKind(rawValue: words[0]), kind == .sequence || kind == .rule else {
            throw Fault("expected `sequence` or `rule` and its id")
        }
        try id(words[1])
        return (kind, words[1])
    }

    /// A name that another system gives: letters, digits and `_`.
    static func property(_ text: String) throws(Fault) {
        guard text.utf8.count <= 48 else { throw Fault("it is longer than 48 characters") }
        guard let first = text.utf8.first, isLetterByte(first),
            text.utf8.allSatisfy({ isLetterByte($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") })
        else { throw Fault("letters, digits and `_` only, a letter first") }
    }

    private static func isLetterByte(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
