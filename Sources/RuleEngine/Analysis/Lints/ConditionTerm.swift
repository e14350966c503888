/// Something that has a value, or none, in a condition: a field, a count, a sum of the two.
///
/// Two terms of one key have the same value wherever they are asked at one moment.
struct ConditionTerm {
    enum Key: Hashable {
        /// A contact field by its slot.
        case field(Int)
        /// Fields of the incoming event, and of the one that the run began with.
        case event(String)
        case entry(String)
        /// Anything else, by its canonical form.
        case other([UInt8])
    }

    let key: Key
    let mayBeMissing: Bool
    let values: ConditionDomain.Values
    /// Terms without which this one has no value.
    let needs: [ConditionTerm]
}

/// A condition as and, or and questions, with every `not` worked into the questions. Each question is whether a term has
/// a value of a set: it holds where the value is known and in the set, and fails where it is missing or outside. That is
/// the language's own rule for missing values, so nothing needs a third truth value.
indirect enum ConditionFormula {
    case constant(Bool)
    case question(ConditionTerm, ConditionSet, holds: Bool)
    /// How two terms stand to each other: a set of less, equal, greater.
    case relation(ConditionTerm, ConditionTerm, ConditionOrder, holds: Bool)
    /// A question that the procedure doesn't look into: only that it can't hold and fail at once.
    case opaque([UInt8], needs: [ConditionTerm], holds: Bool)
    case all([ConditionFormula])
    case any([ConditionFormula])
}

/// What a term is asked for.
enum ConditionSet {
    case known
    /// Sorted, apart from each other.
    case numbers([ClosedRange<Int64>])
    case texts(Set<[UInt8]>)
    case text(TextQuestion)
}

/// A question about a text that only the text itself can answer.
enum TextQuestion: Hashable {
    case order(Comparison, [UInt8])
    case search(TextOperator, [UInt8])
    case glob(Glob)

    func holds(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { text in
            switch self {
            case .order(let comparison, let other):
                other.withUnsafeBufferPointer { comparison.holds(Comparison.order(text, $0), 0) }
            case .search(let textOperator, let part):
                part.withUnsafeBufferPointer { textOperator.holds(text, $0) }
            case .glob(let glob): glob.matches(text)
            }
        }
    }
}

struct ConditionOrder: OptionSet, Hashable {
    let rawValue: UInt8

    static let less = ConditionOrder(rawValue: 1)
    static let equal = ConditionOrder(rawValue: 2)
    static let greater = ConditionOrder(rawValue: 4)
    static let every: ConditionOrder = [.less, .equal, .greater]

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ comparison: Comparison) {
        switch comparison {
        case .equal: self = .equal
        case .notEqual: self = [.less, .greater]
        case .less: self = .less
        case .lessOrEqual: self = [.less, .equal]
        case .greater: self = .greater
        case .greaterOrEqual: self = [.greater, .equal]
        }
    }

    /// The same seen from the other side.
    var mirrored: ConditionOrder {
        var mirrored = intersection(.equal)
        if contains(.less) { mirrored.insert(.greater) }
        if contains(.greater) { mirrored.insert(.less) }
        return mirrored
    }
}
