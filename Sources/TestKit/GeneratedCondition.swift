/// A random condition, kept apart from the engine's own trees: it knows how it is written and, by the plainest
/// means, what it means. Engine, page loops and SQL are held against it.
package indirect enum GeneratedCondition: Sendable {
    package enum Kind: Sendable, Hashable {
        case int, decimal, money, date, instant, duration, text, bool, list
    }

    /// A value as the reference sees it. Numbers are in the engine's units.
    package enum Fact: Sendable, Equatable {
        case missing
        case number(Int64)
        case text([Unicode.Scalar])
        case bool(Bool)
        case list([[Unicode.Scalar]])

        package init(_ text: String) { self = .text(Array(text.unicodeScalars)) }
    }

    case literal(Fact, source: String)
    case field(String)
    /// Inside the condition of a history function.
    case eventField(String)
    case history(GeneratedHistory.Question)
    case message(function: String, template: String, days: Int64?)
    case now
    case calculation(String, GeneratedCondition, GeneratedCondition, left: Kind, right: Kind)
    case fallback(GeneratedCondition, GeneratedCondition)
    case size(GeneratedCondition)
    case comparison(String, GeneratedCondition, GeneratedCondition, left: Kind, right: Kind)
    case among(GeneratedCondition, [GeneratedCondition])
    /// `contains`, `starts_with`, `ends_with`.
    case search(String, GeneratedCondition, GeneratedCondition)
    case listContains(GeneratedCondition, GeneratedCondition)
    case tagged(GeneratedCondition)
    /// `open_now`, of one of the generator's offices.
    case open(String)
    case matches(GeneratedCondition, pattern: String)
    case known(GeneratedCondition)
    case missing(GeneratedCondition)
    case not(GeneratedCondition)
    case and([GeneratedCondition])
    case or([GeneratedCondition])

    // MARK: How it is written

    package var source: String { source(in: 0) }

    private var level: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .not: 3
        case .comparison, .among, .search, .listContains, .matches, .known, .missing: 4
        case .calculation("+", _, _, _, _), .calculation("-", _, _, _, _): 5
        case .calculation: 6
        case .literal, .field, .eventField, .history, .message, .now, .fallback, .size, .tagged, .open: 7
        }
    }

    private func source(in needed: Int) -> String {
        let plain =
            switch self {
            case .literal(_, let source): source
            case .field(let name): "contact.\(name)"
            case .eventField(let name): "event.\(name)"
            case .history(let question): question.source
            case .message(let function, let template, let days):
                "\(function)(\(template)\(days.map { ", last \($0)d" } ?? ""))"
            case .now: "now"
            case .calculation(let sign, let left, let right, _, _):
                "\(left.source(in: level)) \(sign) \(right.source(in: level + 1))"
            case .fallback(let first, let second): "default(\(first.source), \(second.source))"
            case .size(let inner): "size(\(inner.source))"
            case .comparison(let sign, let left, let right, _, _):
                "\(left.source(in: 5)) \(sign) \(right.source(in: 5))"
            case .among(let inner, let items):
                "\(inner.source(in: 5)) in [\(items.map(\.source).joined(separator: ", "))]"
            case .search(let word, let left, let right): "\(left.source(in: 5)) \(word) \(right.source(in: 5))"
            case .listContains(let list, let item): "\(list.source(in: 5)) contains \(item.source(in: 5))"
            case .tagged(let tag): "tagged(\(tag.source))"
            case .open(let office): "open_now(\"\(office)\")"
            case .matches(let inner, let pattern): "\(inner.source(in: 5)) matches \(Self.quoted(pattern))"
            case .known(let inner): "\(inner.source(in: 5)) is known"
            case .missing(let inner): "\(inner.source(in: 5)) is missing"
            case .not(let inner): "not \(inner.source(in: 3))"
            case .and(let parts): parts.map { $0.source(in: 3) }.joined(separator: " and ")
            case .or(let parts): parts.map { $0.source(in: 2) }.joined(separator: " or ")
            }
        return level < needed ? "(\(plain))" : plain
    }

    package static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    // MARK: What it means

    /// Everything that a condition may look at.
    package struct World: Sendable {
        package var contact: [String: Fact]
        package var history: GeneratedHistory
        package var now: Int64
        /// The fields of the event that is looked at.
        package var event: [String: Fact] = [:]

        package init(contact: [String: Fact], history: GeneratedHistory, now: Int64) {
            self.contact = contact
            self.history = history
            self.now = now
        }
    }

    package func holds(in world: World) -> Bool {
        evaluate(world) == .bool(true)
    }

    func evaluate(_ world: World) -> Fact {
        switch self {
        case .literal(let fact, _): return fact
        case .field(let name): return world.contact[name] ?? .missing
        case .eventField(let name): return world.event[name] ?? .missing
        case .history(let question): return question.answer(in: world)
        case .message(let function, let template, let days):
            return .bool(world.history.hasMessage(function, template, days: days, now: world.now))
        case .now: return .number(world.now)
        case .calculation(let sign, let left, let right, let leftKind, let rightKind):
            guard case .number(let first) = left.evaluate(world),
                case .number(let second) = right.evaluate(world)
            else { return .missing }
            return Self.calculate(sign, Int128(first), leftKind, Int128(second), rightKind)
        case .fallback(let first, let second):
            let value = first.evaluate(world)
            return value == .missing ? second.evaluate(world) : value
        case .size(let inner):
            switch inner.evaluate(world) {
            case .text(let scalars): return .number(Int64(scalars.count))
            case .list(let items): return .number(Int64(items.count))
            case .missing, .number, .bool: return .missing
            }
        case .comparison(let sign, let left, let right, let leftKind, let rightKind):
            return .bool(
                Self.compare(sign, left.evaluate(world), leftKind, right.evaluate(world), rightKind))
        case .among(let inner, let items):
            let value = inner.evaluate(world)
            return .bool(value != .missing && items.contains { $0.evaluate(world) == value })
        case .search(let word, let left, let right):
            guard case .text(let text) = left.evaluate(world),
                case .text(let part) = right.evaluate(world)
            else { return .bool(false) }
            return .bool(Self.search(word, text, part))
        case .listContains(let list, let item): return .bool(Self.contains(list, item, world))
        case .tagged(let tag): return .bool(Self.contains(.field("tags"), tag, world))
        case .open(let office): return .bool(ConditionGenerator.openOffices.contains(office))
        case .matches(let inner, let pattern):
            guard case .text(let text) = inner.evaluate(world) else { return .bool(false) }
            return .bool(Self.matches(Array(pattern.unicodeScalars)[...], text[...]))
        case .known(let inner): return .bool(inner.evaluate(world) != .missing)
        case .missing(let inner): return .bool(inner.evaluate(world) == .missing)
        case .not(let inner): return .bool(inner.evaluate(world) != .bool(true))
        case .and(let parts): return .bool(parts.allSatisfy { $0.evaluate(world) == .bool(true) })
        case .or(let parts): return .bool(parts.contains { $0.evaluate(world) == .bool(true) })
        }
    }

    private static func contains(_ list: GeneratedCondition, _ item: GeneratedCondition, _ world: World) -> Bool {
        guard case .list(let items) = list.evaluate(world), case .text(let text) = item.evaluate(world)
        else { return false }
        return items.contains(text)
    }

    private static func compare(_ sign: String, _ left: Fact, _ leftKind: Kind, _ right: Fact, _ rightKind: Kind)
        -> Bool
    {
        switch (left, right) {
        case (.number(let left), .number(let right)):
            // Wide enough for both in millionths.
            var one = Int128(left) * (leftKind == .int && rightKind == .decimal ? 1_000_000 : 1)
            var other = Int128(right) * (rightKind == .int && leftKind == .decimal ? 1_000_000 : 1)
            if leftKind == .date, rightKind == .instant { one = midnight(one) }
            if leftKind == .instant, rightKind == .date { other = midnight(other) }
            return apply(sign, one < other ? -1 : one > other ? 1 : 0)
        case (.text(let left), .text(let right)):
            return apply(sign, left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1)
        case (.bool(let left), .bool(let right)): return apply(sign, left == right ? 0 : 1)
        default: return false
        }
    }

    /// On a clock that is five and a half hours ahead all year.
    private static func midnight(_ day: Int128) -> Int128 {
        day * 86_400_000_000 - Int128(zoneOffset) * 1_000_000
    }

    /// Seconds.
    package static let zoneOffset = 19_800

    private static func apply(_ sign: String, _ order: Int) -> Bool {
        switch sign {
        case "==": order == 0
        case "!=": order != 0
        case "<": order < 0
        case "<=": order <= 0
        case ">": order > 0
        default: order >= 0
        }
    }

    private static func calculate(
        _ sign: String, _ left: Int128, _ leftKind: Kind, _ right: Int128, _ rightKind: Kind
    ) -> Fact {
        let million: Int128 = 1_000_000
        let day: Int128 = 86_400_000_000
        // Scaling an int up is a step of its own, which may overflow before a subtraction brings it back.
        var left = left
        var right = right
        let isSum = sign == "+" || sign == "-"
        if leftKind == .int, rightKind == .decimal, isSum || sign == "/" { left *= million }
        if leftKind == .decimal, rightKind == .int, isSum { right *= million }
        guard Int64(exactly: left) != nil, Int64(exactly: right) != nil else { return .missing }
        let result: Int128?
        switch (sign, leftKind, rightKind) {
        case ("+", .date, .duration): result = left + floorDivision(right, day)
        case ("-", .date, .duration): result = left - floorDivision(right, day)
        case ("-", .date, .date): result = (left - right) * day
        case ("+", _, _): result = left + right
        case ("-", _, _): result = left - right
        case ("*", _, .int), ("*", .int, _): result = left * right
        case ("*", _, _): result = halfAway(left * right, million)
        case ("/", .int, .int): result = halfAway(left * million, right)
        case ("/", _, .int): result = halfAway(left, right)
        default: result = halfAway(left * million, right)
        }
        return result.flatMap { Int64(exactly: $0) }.map { .number($0) } ?? .missing
    }

    private static func floorDivision(_ left: Int128, _ right: Int128) -> Int128 {
        var quotient = left / right
        while quotient * right > left { quotient -= 1 }
        return quotient
    }

    private static func halfAway(_ value: Int128, _ divisor: Int128) -> Int128? {
        guard divisor != 0 else { return nil }
        let size = (2 * value.magnitude + divisor.magnitude) / (2 * divisor.magnitude)
        return (value < 0) == (divisor < 0) ? Int128(size) : -Int128(size)
    }

    private static func search(_ word: String, _ text: [Unicode.Scalar], _ part: [Unicode.Scalar]) -> Bool {
        switch word {
        case "starts_with": text.starts(with: part)
        case "ends_with": text.reversed().starts(with: part.reversed())
        default: (0...text.count).contains { text[$0...].starts(with: part) }
        }
    }

    private static func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        switch first {
        case "*": return (text.startIndex...text.endIndex).contains { matches(pattern.dropFirst(), text[$0...]) }
        case "?": return !text.isEmpty && matches(pattern.dropFirst(), text.dropFirst())
        default: return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
        }
    }
}
