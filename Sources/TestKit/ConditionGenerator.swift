package import RuleEngine

/// Makes conditions that are well typed, and contacts that are hard on them: nothing, empty texts and lists, emoji,
/// combining characters, the ends of Int64, halves that must be rounded.
package struct ConditionGenerator: Sendable {
    private var random: SeededRandom
    /// Set while the condition of a history function is made: fields of the event may stand there.
    private var isInside = false

    /// Whether conditions ask about `offices`, which their scope must know then.
    package var asksOffices = false

    package init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        random.pick(elements)
    }

    mutating func anyFact(_ kind: GeneratedCondition.Kind) -> GeneratedCondition.Fact {
        fact(kind, "")
    }

    /// A condition on the event that is looked at; often none, and none inside of another.
    mutating func filter() -> GeneratedCondition? {
        guard !isInside, random.chance(2, in: 5) else { return nil }
        isInside = true
        defer { isInside = false }
        return condition(depth: 1)
    }

    // MARK: Contacts

    package static let schema = ContactSchema(
        id: "generated",
        declared: [
            ContactField(name: "city", type: TypeInfo(.text)),
            ContactField(name: "nickname", type: TypeInfo(.text, isOptional: true)),
            ContactField(name: "plan", type: TypeInfo(.oneOf(plans))),
            ContactField(name: "last_plan", type: TypeInfo(.oneOf(plans), isOptional: true)),
            ContactField(name: "seats", type: TypeInfo(.int)),
            ContactField(name: "score", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "rating", type: TypeInfo(.decimal)),
            ContactField(name: "factor", type: TypeInfo(.decimal, isOptional: true)),
            ContactField(name: "spent", type: TypeInfo(.money)),
            ContactField(name: "credit", type: TypeInfo(.money, isOptional: true)),
            ContactField(name: "birthday", type: TypeInfo(.date, isOptional: true)),
            ContactField(name: "since", type: TypeInfo(.date)),
            ContactField(name: "seen", type: TypeInfo(.instant, isOptional: true)),
            ContactField(name: "joined", type: TypeInfo(.instant)),
            ContactField(name: "session", type: TypeInfo(.duration)),
            ContactField(name: "pause", type: TypeInfo(.duration, isOptional: true)),
            ContactField(name: "opt_in", type: TypeInfo(.bool, isOptional: true)),
            ContactField(name: "vip", type: TypeInfo(.bool)),
            ContactField(name: "wishes", type: TypeInfo(.list(.text), isOptional: true)),
        ])

    private static let plans = ["free", "trial", "pro", "enterprise-plus"]
    private static let fields: [GeneratedCondition.Kind: (present: [String], optional: [String])] = [
        .text: (["city", "plan"], ["nickname", "last_plan"]), .int: (["seats"], ["score"]),
        .decimal: (["rating"], ["factor"]), .money: (["spent"], ["credit"]), .date: (["since"], ["birthday"]),
        .instant: (["joined"], ["seen"]), .duration: (["session"], ["pause"]), .bool: (["vip"], ["opt_in"]),
        .list: (["tags"], ["wishes"]),
    ]

    private static let texts = [
        "", "a", "A", "Anna", "ann", "Berlin", "Bern", "Berlin-Mitte", "free", "trial", "enterprise-plus", "🎉", "🎉🎉",
        "e\u{301}", "é", "Zoë", "ß", "Ärger im Büro", "[x]", "a*b?c", "1234567", "12345678", "\u{10FFFF}", "\u{FFFD}",
        "say \"hi\"", "back\\slash", "%_'", "日本語テキスト", "👩‍👩‍👧",
    ]
    private static let numbers: [Int64] = [
        0, 1, -1, 2, 3, 5, -7, 10, 50, 1_000_000, -1_000_000, 500_000, 499_999, 500_001, -500_000, 1_500_000,
        2_500_000, -2_500_000, 20_530, 86_400_000_000, -86_400_000_001, 1_800_000_000_000_000, 9_223_372_036_854,
        9_223_372_036_855, -9_223_372_036_855, 3_037_000_500, Int64.max, Int64.min, Int64.max - 1, Int64.min + 1,
    ]

    package mutating func contact() -> [String: GeneratedCondition.Fact] {
        var contact: [String: GeneratedCondition.Fact] = [:]
        for (kind, names) in Self.fields.sorted(by: { $0.value.present[0] < $1.value.present[0] }) {
            for name in names.present { contact[name] = fact(kind, name) }
            for name in names.optional { contact[name] = random.chance(2, in: 5) ? .missing : fact(kind, name) }
        }
        return contact
    }

    private mutating func fact(_ kind: GeneratedCondition.Kind, _ name: String) -> GeneratedCondition.Fact {
        switch kind {
        case .text: GeneratedCondition.Fact(random.pick(name.hasSuffix("plan") ? Self.plans : Self.texts))
        case .bool: .bool(random.chance(1, in: 2))
        case .list:
            .list((0..<random.below(4)).map { _ in Array(random.pick(Self.texts).unicodeScalars) })
        case .int, .decimal, .money, .date, .instant, .duration: .number(random.pick(Self.numbers))
        }
    }

    // MARK: Pages

    /// The contacts as the engine sees them.
    package static func page(_ contacts: [[String: GeneratedCondition.Fact]]) -> FactPage {
        var page = FactPage(slotCount: schema.fields.count)
        for contact in contacts {
            for (slot, field) in schema.fields.enumerated() {
                switch contact[field.name] ?? .missing {
                case .missing: page.columns[slot].appendMissing()
                case .number(let number): page.columns[slot].append(number)
                case .bool(let flag): page.columns[slot].append(flag ? 1 : 0)
                case .text(let scalars):
                    let packed = page.pack(text(scalars))
                    page.columns[slot].append(Int64(bitPattern: packed.bits))
                case .list(let items):
                    let packed = page.pack(items.map { text($0) + "\u{1F}" }.joined())
                    page.columns[slot].append(Int64(bitPattern: packed.bits))
                }
            }
            page.finishRow()
        }
        return page
    }

    package static func text(_ scalars: [Unicode.Scalar]) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    // MARK: Conditions

    package mutating func condition(depth: Int = 3) -> GeneratedCondition {
        if depth > 0 {
            switch random.below(8) {
            case 0: return .not(condition(depth: depth - 1))
            case 1, 2: return .and((0..<2 + random.below(3)).map { _ in condition(depth: depth - 1) })
            case 3, 4: return .or((0..<2 + random.below(3)).map { _ in condition(depth: depth - 1) })
            default: break
            }
        }
        return test(depth: depth)
    }

    private mutating func test(depth: Int) -> GeneratedCondition {
        if !isInside, random.chance(1, in: 4) { return historyTest() }
        switch random.below(14) {
        case 0, 1, 2, 3: return numberComparison(depth: depth)
        case 4: return .comparison(random.pick(Self.signs), free(), free(), left: .text, right: .text)
        case 5: return planComparison()
        case 6: return amongTexts()
        case 7: return amongNumbers()
        case 8:
            return .search(random.pick(["contains", "starts_with", "ends_with"]), free(), free())
        case 9: return random.chance(1, in: 3) ? .tagged(literal()) : .listContains(list(), free())
        case 10: return .matches(free(), pattern: pattern())
        case 11:
            let kind = random.pick([GeneratedCondition.Kind.text, .int, .decimal, .money, .date, .bool, .list])
            let subject = random.chance(1, in: 4) && kind == .int ? number(.int, depth: 1) : anyField(kind)
            return random.chance(1, in: 2) ? .known(subject) : .missing(subject)
        case 12:
            let size = GeneratedCondition.size(random.chance(1, in: 2) ? list() : free())
            return .comparison(
                random.pick(Self.signs), size, .literal(.number(Int64(random.below(4))), source: ""), left: .int,
                right: .int
            ).withSources
        default:
            let field = anyField(.bool)
            if random.chance(1, in: 2) { return field }
            let flag = random.chance(1, in: 2)
            return .comparison(
                random.pick(["==", "!="]), field, .literal(.bool(flag), source: "\(flag)"), left: .bool, right: .bool)
        }
    }

    private static let signs = ["==", "!=", "<", "<=", ">", ">="]

    private mutating func numberComparison(depth: Int) -> GeneratedCondition {
        if random.chance(1, in: 12) {
            // A date and the time, which compare by their order only.
            let offset = numberLiteral(.duration)
            let time = GeneratedCondition.calculation(
                random.pick(["+", "-"]), .now, offset, left: .instant, right: .duration)
            let instant = random.chance(1, in: 3) ? .now : time
            let sign = random.pick(["<", "<=", ">", ">="])
            return random.chance(1, in: 2)
                ? .comparison(sign, anyField(.date), instant, left: .date, right: .instant)
                : .comparison(sign, instant, number(.date, depth: depth), left: .instant, right: .date)
        }
        let left = random.pick([GeneratedCondition.Kind.int, .decimal, .money, .date, .instant, .duration])
        var right = left
        if left == .int, random.chance(1, in: 3) { right = .decimal }
        if left == .decimal, random.chance(1, in: 3) { right = .int }
        let first = random.chance(1, in: 2) ? anyField(left) : number(left, depth: depth)
        let second: GeneratedCondition =
            if left != right {
                // A whole number that is compared with a fixed fraction is refused by the checker.
                random.chance(1, in: 2) ? anyField(right) : number(right, depth: max(1, depth))
            } else {
                random.chance(1, in: 2) ? numberLiteral(right) : anyField(right)
            }
        return .comparison(random.pick(Self.signs), first, second, left: left, right: right)
    }

    private mutating func anyField(_ kind: GeneratedCondition.Kind) -> GeneratedCondition {
        if random.chance(1, in: 5), let answer = history(kind) { return answer }
        if isInside, random.chance(2, in: 3), let names = Self.eventFields[kind] {
            return .eventField(random.pick(names.present + names.optional))
        }
        guard let names = Self.fields[kind] else { return .now }
        return .field(random.pick(names.present + names.optional))
    }

    /// A number that is never statically missing. Its leftmost leaf is no constant, so that nothing is folded into
    /// an error.
    private mutating func number(_ kind: GeneratedCondition.Kind, depth: Int) -> GeneratedCondition {
        guard depth > 0, random.chance(2, in: 3) else {
            if random.chance(1, in: 6), let sum = certainHistory(kind) { return sum }
            if isInside, random.chance(1, in: 2), let names = Self.eventFields[kind] {
                return .eventField(random.pick(names.present))
            }
            guard let names = Self.fields[kind] else { return .now }
            if kind == .instant, random.chance(1, in: 4) { return .now }
            if random.chance(1, in: 2) { return .field(random.pick(names.present)) }
            return .fallback(.field(random.pick(names.optional)), numberLiteral(kind))
        }
        typealias Shape = (sign: String, left: GeneratedCondition.Kind, right: GeneratedCondition.Kind)
        let shapes: [Shape] =
            switch kind {
            case .int: [("+", .int, .int), ("-", .int, .int), ("*", .int, .int)]
            case .decimal:
                [
                    ("+", .decimal, .decimal), ("-", .int, .decimal), ("+", .decimal, .int),
                    ("*", .decimal, .decimal), ("*", .decimal, .int), ("*", .int, .decimal), ("/", .int, .int),
                    ("/", .decimal, .decimal), ("/", .decimal, .int), ("/", .int, .decimal),
                    ("/", .money, .money), ("/", .duration, .duration),
                ]
            case .money:
                [
                    ("+", .money, .money), ("-", .money, .money), ("*", .money, .decimal), ("*", .decimal, .money),
                    ("*", .money, .int), ("*", .int, .money), ("/", .money, .int), ("/", .money, .decimal),
                ]
            case .date: [("+", .date, .duration), ("-", .date, .duration)]
            case .instant: [("+", .instant, .duration), ("-", .instant, .duration)]
            case .duration:
                [
                    ("+", .duration, .duration), ("-", .duration, .duration), ("-", .date, .date),
                    ("-", .instant, .instant), ("*", .duration, .int), ("*", .decimal, .duration),
                    ("/", .duration, .int), ("/", .duration, .decimal),
                ]
            case .text, .bool, .list: [("+", .int, .int)]
            }
        let shape = random.pick(shapes)
        let left = number(shape.left, depth: depth - 1)
        let right =
            random.chance(1, in: 2) && shape.sign != "/"
            ? numberLiteral(shape.right) : number(shape.right, depth: depth - 1)
        let result = GeneratedCondition.calculation(shape.sign, left, right, left: shape.left, right: shape.right)
        // A division may be by zero, which the checker wants to see handled.
        return shape.sign == "/" ? .fallback(result, numberLiteral(kind)) : result
    }

    mutating func numberLiteral(_ kind: GeneratedCondition.Kind) -> GeneratedCondition {
        let value = random.pick(Self.numbers)
        switch kind {
        case .decimal: return .literal(.number(value), source: Self.decimal(value))
        case .money:
            let sign = value < 0 ? "-" : ""
            return .literal(.number(value), source: "\(sign)EUR \(Self.decimal(value).drop { $0 == "-" })")
        case .duration:
            let seconds = Int64(random.below(400_000)) - 100_000
            return .literal(.number(seconds * 1_000_000), source: "\(seconds)s")
        case .date:
            let (day, source) = random.pick([
                (Int64(0), "1970-01-01"), (20_530, "2026-03-18"), (-1, "1969-12-31"), (11_016, "2000-02-29"),
            ])
            return .literal(.number(day), source: source)
        case .instant:
            let (second, source) = random.pick([
                (-Int64(GeneratedCondition.zoneOffset), "1970-01-01 00:00"), (951_782_399, "2000-02-28T23:59:59Z"),
                (1_800_000_000, "2027-01-15T09:00:00+01:00"),
            ])
            return .literal(.number(second * 1_000_000), source: source)
        case .int, .text, .bool, .list: return .literal(.number(value), source: "\(value)")
        }
    }

    private static func decimal(_ millionths: Int64) -> String {
        let digits = String(millionths.magnitude % 1_000_000 + 1_000_000).dropFirst()
        return "\(millionths < 0 ? "-" : "")\(millionths.magnitude / 1_000_000).\(digits)"
    }

    // MARK: Texts and lists

    /// A text that no enumeration restricts.
    private mutating func free() -> GeneratedCondition {
        switch random.below(6) {
        case 5: recordedText()
        case 0: .field("city")
        case 1: .field("nickname")
        case 2: .fallback(.field("nickname"), random.chance(1, in: 2) ? .field("city") : literal())
        case 3: .fallback(.field("last_plan"), literal())
        default: literal()
        }
    }

    /// Of the event that is looked at, or of one that happened.
    private mutating func recordedText() -> GeneratedCondition {
        if isInside, random.chance(1, in: 2) { return .eventField(random.pick(["label", "note"])) }
        return history(.text) ?? .field("city")
    }

    private mutating func literal() -> GeneratedCondition {
        let text = random.pick(Self.texts)
        return .literal(GeneratedCondition.Fact(text), source: GeneratedCondition.quoted(text))
    }

    private mutating func planLiteral() -> GeneratedCondition {
        let plan = random.pick(Self.plans)
        return .literal(GeneratedCondition.Fact(plan), source: GeneratedCondition.quoted(plan))
    }

    private mutating func planComparison() -> GeneratedCondition {
        let field = GeneratedCondition.field(random.pick(["plan", "last_plan"]))
        let other = random.chance(1, in: 4) ? .field("plan") : planLiteral()
        let sign = random.pick(["==", "!="])
        return random.chance(1, in: 3)
            ? .comparison(sign, other, field, left: .text, right: .text)
            : .comparison(sign, field, other, left: .text, right: .text)
    }

    private mutating func amongTexts() -> GeneratedCondition {
        if random.chance(1, in: 2) {
            return .among(.field(random.pick(["plan", "last_plan"])), (0..<random.below(4)).map { _ in planLiteral() })
        }
        return .among(free(), (0..<random.below(14)).map { _ in literal() })
    }

    private mutating func amongNumbers() -> GeneratedCondition {
        let kind = random.pick([GeneratedCondition.Kind.int, .decimal, .money, .date, .duration])
        let subject = random.chance(2, in: 3) ? anyField(kind) : number(kind, depth: 1)
        return .among(subject, (0..<random.below(14)).map { _ in numberLiteral(kind) })
    }

    private mutating func list() -> GeneratedCondition {
        switch random.below(4) {
        case 3: anyField(.list)
        case 0: .field("tags")
        case 1: .field("wishes")
        default: .fallback(.field("wishes"), .field("tags"))
        }
    }

    private mutating func pattern() -> String {
        random.pick([
            "*", "", "?", "??", "*?", "A*", "*n", "*e*", "B?r*n", "[x]", "[*", "*🎉", "?🎉*", "*a*b*c*", "e?", "*\\*",
        ])
    }
}

extension GeneratedCondition {
    /// Fills in the spelling of int literals that were made without one.
    fileprivate var withSources: GeneratedCondition {
        guard case .comparison(let sign, let first, .literal(.number(let number), _), let left, let right) = self else {
            return self
        }
        return .comparison(
            sign, first, .literal(.number(number), source: "\(number)"), left: left, right: right)
    }
}
