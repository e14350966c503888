/// The values that are left for a term once some questions are answered.
struct ConditionDomain {
    enum Values {
        /// Sorted, apart from each other. Truth values are 0 and 1.
        case numbers([ClosedRange<Int64>])
        case texts(TextValues)
        /// Nothing is known of them.
        case open
    }

    /// The texts that are left: of these few, or all that answer the questions so.
    struct TextValues {
        var few: Set<[UInt8]>?
        var excluded: Set<[UInt8]> = []
        var answers: [(question: TextQuestion, holds: Bool)] = []
    }

    var mayBeMissing: Bool
    var values: Values
    /// No value is left: it is missing, or the whole is impossible.
    private(set) var hasNoValue = false

    init(_ term: ConditionTerm) {
        mayBeMissing = term.mayBeMissing
        values = term.values
    }

    var isImpossible: Bool { hasNoValue && !mayBeMissing }

    /// Takes the answer to a question in.
    mutating func narrow(to set: ConditionSet, holds: Bool) {
        if holds { mayBeMissing = false }
        switch (set, values) {
        case (.known, _): if !holds { hasNoValue = true }
        case (.numbers(let ranges), .numbers(let own)):
            let left = Self.common(own, holds ? ranges : Self.gaps(ranges))
            values = .numbers(left)
            if left.isEmpty { hasNoValue = true }
        case (.texts(let wanted), .texts(var own)):
            if holds {
                own.few = own.few.map { $0.intersection(wanted) } ?? wanted
            } else {
                own.excluded.formUnion(wanted)
            }
            settle(own)
        case (.text(let question), .texts(var own)):
            own.answers.append((question, holds))
            settle(own)
        case (.numbers, .texts), (.numbers, .open), (.texts, .numbers), (.texts, .open),
            (.text, .numbers), (.text, .open):
            // A question that doesn't fit the term's type; nothing follows from it.
            break
        }
    }

    private mutating func settle(_ texts: TextValues) {
        var texts = texts
        if let few = texts.few {
            let left = few.filter { text in
                !texts.excluded.contains(text)
                    && texts.answers.allSatisfy { $0.question.holds(text) == $0.holds }
            }
            texts.few = left
            if left.isEmpty { hasNoValue = true }
        } else if texts.contradictThemselves {
            hasNoValue = true
        }
        values = .texts(texts)
    }

    // MARK: Ranges

    static func common(_ left: [ClosedRange<Int64>], _ right: [ClosedRange<Int64>]) -> [ClosedRange<
        Int64
    >] {
        var common: [ClosedRange<Int64>] = []
        var (first, second) = (0, 0)
        while first < left.count, second < right.count {
            let low = max(left[first].lowerBound, right[second].lowerBound)
            let high = min(left[first].upperBound, right[second].upperBound)
            if low <= high { common.append(low...high) }
            if left[first].upperBound < right[second].upperBound { first += 1 } else { second += 1 }
        }
        return common
    }

    /// Everything between the ranges.
    static func gaps(_ ranges: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
        var gaps: [ClosedRange<Int64>] = []
        var next: Int64? = .min
        for range in ranges {
            if let low = next, low < range.lowerBound { gaps.append(low...(range.lowerBound - 1)) }
            next = range.upperBound == .max ? nil : range.upperBound + 1
        }
        if let low = next { gaps.append(low...(.max)) }
        return gaps
    }
}

extension ConditionDomain.TextValues {
    /// Looks at pairs of answers. What it doesn't find may still be a contradiction: then nothing is said.
    var contradictThemselves: Bool {
        for (index, first) in answers.enumerated() {
            for second in answers[..<index] where Self.exclude(first, second) { return true }
        }
        return false
    }

    private static func exclude(
        _ first: (question: TextQuestion, holds: Bool), _ second: (question: TextQuestion, holds: Bool)
    ) -> Bool {
        if first.question == second.question { return first.holds != second.holds }
        switch (first.question, second.question) {
        case (.search(.startsWith, let left), .search(.startsWith, let right)):
            return first.holds && second.holds && !left.starts(with: right) && !right.starts(with: left)
        case (.search(.endsWith, let left), .search(.endsWith, let right)):
            return first.holds && second.holds && !left.reversed().starts(with: right.reversed())
                && !right.reversed().starts(with: left.reversed())
        case (.order(let left, let low), .order(let right, let high)):
            return areApart(left, low, first.holds, right, high, second.holds)
        case (.order, _), (.search, _), (.glob, _): return false
        }
    }

    /// Two bounds with no text between them.
    private static func areApart(
        _ left: Comparison, _ first: [UInt8], _ leftHolds: Bool, _ right: Comparison, _ second: [UInt8],
        _ rightHolds: Bool
    ) -> Bool {
        func orders(_ comparison: Comparison, _ holds: Bool) -> ConditionOrder {
            holds ? ConditionOrder(comparison) : .every.subtracting(ConditionOrder(comparison))
        }
        let (one, other) = (orders(left, leftHolds), orders(right, rightHolds))
        let order = first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { Comparison.order(first, $0) }
        }
        if order == 0 { return one.isDisjoint(with: other) }
        // Below the smaller of the two, and above the greater one.
        return order < 0
            ? !one.contains(.greater) && !other.contains(.less)
            : !other.contains(.greater) && !one.contains(.less)
    }
}
