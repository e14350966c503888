/// The filters, by the name that templates write.
enum TemplateFilter: String, Sendable, CaseIterable {
    case `default`, prefix, suffix, upper, lower, title, trim, truncate, date, time, money, number, plural, join
    case escape, url, add, json

    /// How it is written, for messages.
    var usage: String {
        switch self {
        case .default: #"default: "there""#
        case .prefix: #"prefix: ", ""#
        case .suffix: #"suffix: " pieces""#
        case .truncate: "truncate: 40"
        case .date: #"date: "d MMMM y""#
        case .time: "time"
        case .money: "money"
        case .number: "number: 2"
        case .plural: #"plural: "seat", "seats""#
        case .join: #"join: ", ""#
        case .add: "add: 14d"
        case .upper, .lower, .title, .trim, .escape, .url, .json: rawValue
        }
    }

    /// What it works on, in a sentence.
    var operand: String {
        switch self {
        case .upper, .lower, .title, .trim, .truncate: "a text"
        case .date: "a date or a point in time"
        case .time: "a point in time"
        case .money: "an amount of money"
        case .number: "a number"
        case .plural: "a whole number"
        case .join: "a list"
        case .add: "a number, a date or a point in time"
        case .default, .prefix, .suffix, .escape, .url: "a value that can be shown"
        case .json: "any value"
        }
    }
}

/// One step on the way from a value to its text, with everything decided that can be before a contact is known.
enum FilterStep: Sendable {
    case defaultText([UInt8])
    case defaultNumber(Int64, Value.NumberKind)
    case prefix([UInt8])
    case suffix([UInt8])
    case upper
    case lower
    case title
    case trim
    case truncate(limit: Int, ending: String)
    /// Of a date, or of a point in time on the clock of the context's zone.
    case date(DatePattern, pattern: String)
    case money(fraction: Int?)
    case number(fraction: Int?)
    case plural([[UInt8]])
    case join([UInt8])
    case escape
    case url
    case json
    case addNumber(Int64)
    case addDays(Int64)
    case addMicroseconds(Int64)
    /// As a value is written that no filter writes.
    case plain

    /// Yields something even where the value is missing.
    var guardsMissing: Bool {
        switch self {
        case .defaultText, .defaultNumber, .prefix, .suffix, .json: true
        case .upper, .lower, .title, .trim, .truncate, .date, .money, .number, .plural, .join, .escape, .url,
            .addNumber,
            .addDays, .addMicroseconds, .plain:
            false
        }
    }

    func writeCanonical(into writer: inout CanonicalWriter) {
        func write(_ tag: StaticString, _ texts: [[UInt8]] = [], _ numbers: [Int64] = []) {
            writer.tag(tag)
            writer.list(texts) { $0.text(String(decoding: $1, as: UTF8.self)) }
            writer.list(numbers) { $0.integer($1) }
        }
        switch self {
        case .defaultText(let text): write("default", [text])
        case .defaultNumber(let number, let kind): write("default", [], [number, Int64(kind.rawValue)])
        case .prefix(let text): write("prefix", [text])
        case .suffix(let text): write("suffix", [text])
        case .upper: write("upper")
        case .lower: write("lower")
        case .title: write("title")
        case .trim: write("trim")
        case .truncate(let limit, let ending): write("truncate", [Array(ending.utf8)], [Int64(limit)])
        case .date(_, let pattern): write("date", [Array(pattern.utf8)])
        case .money(let fraction): write("money", [], fraction.map { [Int64($0)] } ?? [])
        case .number(let fraction): write("number", [], fraction.map { [Int64($0)] } ?? [])
        case .plural(let forms): write("plural", forms)
        case .join(let separator): write("join", [separator])
        case .escape: write("escape")
        case .url: write("url")
        case .json: write("json")
        case .addNumber(let number): write("add", [], [number])
        case .addDays(let days): write("add-days", [], [days])
        case .addMicroseconds(let microseconds): write("add-time", [], [microseconds])
        case .plain: write("plain")
        }
    }
}
