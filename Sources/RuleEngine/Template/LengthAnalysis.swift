/// Runs a text on the longest values in place of a contact's. Values that only have few forms (words, dates, numbers) go
/// through the very filters that the rendering uses; free texts are counted.
struct LengthAnalysis {
    private let facts: RenderingFacts
    private let assumption: LongestRendering.Assumption
    private let writer: ValueWriter
    private(set) var assumed: [String] = []

    /// What an expression may give.
    private struct Possible {
        var samples: [Value] = []
        /// A text of free content, with its characters at most.
        var free: (length: TextLength, characters: Int)?
        var list: (item: TextLength, count: Int)?
        var canBeMissing = false
        /// Nobody has limited it, so that its length as it is written is taken for granted.
        var isAssumed = false
    }

    init(
        _ facts: RenderingFacts, _ assumption: LongestRendering.Assumption, formats: LanguageTables, currency: String
    ) {
        self.facts = facts
        self.assumption = assumption
        writer = ValueWriter(tables: formats, currency: currency, timeZone: .utc)
    }

    mutating func length(of nodes: [CheckedTextNode]) -> TextLength {
        var sum = TextLength.empty
        for node in nodes { sum = sum + length(of: node) }
        return sum
    }

    private mutating func length(of node: CheckedTextNode) -> TextLength {
        switch node {
        case .constant(let bytes): return TextLength(bytes)
        case .output(let output): return length(of: output)
        case .link(_, _, let body): return length(of: body)
        case .content: return .empty
        case .branch(let arms):
            let hasElse = arms.last?.condition == nil
            var longest: TextLength? = hasElse ? nil : .empty
            for arm in arms {
                let own = length(of: arm.body)
                longest = longest?.or(own) ?? own
            }
            return longest ?? .empty
        case .loop(_, _, let list, let body):
            assume(list.source)
            let round = length(of: body)
            return round.times(assumption == .empty ? 0 : LongestRendering.Assumption.listItems)
        }
    }

    // MARK: Values

    private mutating func length(of output: CheckedOutput) -> TextLength {
        var possible = possible(output.expression.root)
        if possible.isAssumed { assume(output.expression.source) }
        for step in output.steps { apply(step, to: &possible) }
        var longest: TextLength?
        for sample in possible.samples {
            guard case .text(let bytes) = sample else { continue }
            var written: [UInt8] = []
            guard output.escape.append(bytes, to: &written) else { continue }
            let own = TextLength(written)
            longest = longest?.or(own) ?? own
        }
        if let free = possible.free {
            let own = escaped(free.length, output.escape, isAssumed: possible.isAssumed)
            longest = longest?.or(own) ?? own
        }
        return longest ?? .empty
    }

    private mutating func assume(_ source: String) {
        if !assumed.contains(source) { assumed.append(source) }
    }

    /// An assumed length is that of what is written in the end.
    private func escaped(_ length: TextLength, _ escape: Escape, isAssumed: Bool) -> TextLength {
        if isAssumed, assumption != .anyCharacter { return length }
        switch escape {
        case .none: return length
        // `&quot;` for a character; for a byte of a URL `%C3`.
        case .html: return length.or(TextLength(plain: 6 * length.scalars))
        case .partOfURL, .wholeURL: return TextLength(plain: 3 * length.bytes)
        case .wholeURLInHTML: return TextLength(plain: 6 * length.bytes)
        }
    }

    private func possible(_ node: TypedNode) -> Possible {
        var found: Possible
        switch node.kind {
        case .constant(let value): return Possible(samples: [value])
        case .field(let field):
            let limit =
                facts.schema.fields.indices.contains(field.slot) ? facts.schema.fields[field.slot].maxLength : nil
            found = values(of: field.type.type, limit: limit, unlimited: LongestRendering.Assumption.characters)
        case .local:
            found = values(of: node.type.type, limit: nil, unlimited: LongestRendering.Assumption.itemCharacters)
        case .sender(let field):
            found = Possible(
                samples: facts.brands.map { SenderFacts(brand: $0)[field].map { .text($0) } ?? .missing })
        case .unsubscribeLink, .preferencesLink, .browserLink:
            let count =
                assumption == .anyCharacter ? RenderingFacts.referenceLength : RenderingFacts.usualReferenceLength
            let link = Array((facts.publicURL ?? "").utf8) + Array("/u/".utf8) + [UInt8](repeating: 0x61, count: count)
            return Possible(samples: [.text(link)])
        case .fallback(let first, let second):
            found = possible(first)
            let other = possible(second)
            found.samples = found.samples.filter { !$0.isMissing } + other.samples
            if let free = other.free {
                found.free = (
                    found.free?.length.or(free.length) ?? free.length,
                    max(found.free?.characters ?? 0, free.characters)
                )
            }
            found.isAssumed = found.isAssumed || other.isAssumed
        case .textLength, .listCount:
            return Possible(samples: [0, 1, 2, 5, 22, assumption == .empty ? 8 : 88_888].map { .number($0, .int) })
        default:
            found = values(of: node.type.type, limit: nil, unlimited: LongestRendering.Assumption.characters)
        }
        // Behind a guard the expression's own type says that the value is there, whatever the schema says.
        found.canBeMissing = node.type.isOptional
        return found
    }

    private func values(of type: ValueType, limit: Int?, unlimited: Int) -> Possible {
        func free(_ length: TextLength, _ characters: Int, isAssumed: Bool) -> Possible {
            Possible(free: (length, characters), isAssumed: isAssumed)
        }
        switch type {
        case .text:
            let count = limit ?? (assumption == .empty ? 0 : unlimited)
            let length = assumption == .anyCharacter ? TextLength(any: count) : TextLength(small: count)
            return free(length, count, isAssumed: limit == nil)
        case .email:
            let count = limit ?? (assumption == .empty ? 0 : unlimited)
            return free(TextLength(plain: count), count, isAssumed: limit == nil)
        case .phone: return free(TextLength(plain: 16), 16, isAssumed: false)
        case .country: return Possible(samples: [Value("DE")])
        case .locale: return free(TextLength(plain: 35), 35, isAssumed: false)
        case .channelKind: return Possible(samples: Catalog.channelKinds.map { Value($0) })
        case .oneOf(let words): return Possible(samples: words.map { Value($0) })
        case .int: return Possible(samples: numbers.map { .number($0, .int) }, isAssumed: true)
        case .decimal:
            return Possible(
                samples: numbers.map { .number($0 * 1_000_000, .decimal) } + [.number(fractional, .decimal)],
                isAssumed: true)
        case .money:
            return Possible(
                samples: numbers.map { .number($0 * 1_000_000, .money) } + [.number(fractional, .money)],
                isAssumed: true)
        case .date: return Possible(samples: Self.days.map { .number($0, .date) })
        case .instant: return Possible(samples: Self.instants.map { .number($0, .instant) })
        case .list:
            let count = assumption == .empty ? 0 : LongestRendering.Assumption.listItems
            let characters = LongestRendering.Assumption.itemCharacters
            let item = assumption == .anyCharacter ? TextLength(any: characters) : TextLength(small: characters)
            return Possible(list: (item, count), isAssumed: true)
        case .bool: return Possible(samples: [.bool(true), .bool(false)])
        case .duration, .unknown: return Possible()
        }
    }

    /// One of each plural form, and the longest that is taken for usual.
    private var numbers: [Int64] { [0, 1, 2, 5, 22] + (assumption == .empty ? [] : [8_888_888]) }
    private var fractional: Int64 { assumption == .empty ? 8_500_000 : 8_888_888_888_888 }

    /// Every month with every day of the week, on days of two digits.
    private static let days: [Int64] = (1...12).flatMap { month in
        (22...28).compactMap { CivilDate.days(year: 2028, month: month, day: $0) }
    }

    /// The same, before and after noon, at hours of two digits.
    private static let instants: [Int64] = days.flatMap { day in
        [10, 22].map { hour in day * 86_400_000_000 + hour * 3_600_000_000 + 58 * 61_000_000 }
    }

    // MARK: Filters

    private func apply(_ step: FilterStep, to possible: inout Possible) {
        if let list = possible.list {
            join(list, step, &possible)
            return
        }
        if possible.canBeMissing, step.guardsMissing {
            possible.samples.append(.missing)
            possible.canBeMissing = false
        }
        possible.samples = possible.samples.map { writer.apply(step, to: $0) }
        if let free = possible.free { possible.free = written(free, step, isAssumed: possible.isAssumed) }
    }

    private func join(_ list: (item: TextLength, count: Int), _ step: FilterStep, _ possible: inout Possible) {
        possible.list = nil
        let all = list.item.times(list.count)
        switch step {
        case .join(let separator):
            let length = all + TextLength(separator).times(max(0, list.count - 1))
            possible.free = (length, length.scalars)
        case .json:
            let length = TextLength(plain: 6 * all.scalars + 3 * list.count + 2)
            possible.free = (length, length.scalars)
        default: break
        }
    }

    private func written(
        _ free: (length: TextLength, characters: Int), _ step: FilterStep, isAssumed: Bool
    ) -> (length: TextLength, characters: Int)? {
        let keepsLength = isAssumed && assumption != .anyCharacter
        switch step {
        case .prefix(let text), .suffix(let text):
            let more = TextLength(text)
            return (free.length + more, free.characters + more.scalars)
        case .upper, .lower, .title:
            // `ß` becomes two letters, some become three, and `à` leaves the small alphabet.
            if keepsLength { return free }
            let count = 3 * free.length.scalars
            return (TextLength(any: count).or(free.length), count)
        case .truncate(let limit, let ending):
            guard free.characters > limit else { return free }
            let whole = cut(free, to: limit)
            let short = cut(free, to: limit - ending.count) + TextLength(ending.utf8)
            return (whole.or(short), limit)
        case .escape:
            return keepsLength ? free : (TextLength(plain: 6 * free.length.scalars).or(free.length), free.characters)
        case .url: return keepsLength ? free : (TextLength(plain: 3 * free.length.bytes), free.characters)
        case .json:
            let count = 12 * free.length.scalars + 2
            return (TextLength(plain: count).or(free.length + TextLength(plain: 2)), count)
        case .defaultText, .defaultNumber, .trim, .plain: return free
        case .date, .money, .number, .plural, .join, .addNumber, .addDays, .addMicroseconds: return nil
        }
    }

    private func cut(_ free: (length: TextLength, characters: Int), to count: Int) -> TextLength {
        guard count > 0, free.characters > 0 else { return .empty }
        let count = min(count, free.characters)
        return free.length.unicodeUnits == nil ? TextLength(small: count) : TextLength(any: count)
    }
}
