/// What is certain where a step stands, with the place that says so.
struct PathFacts {
    struct Fact {
        let formula: ConditionFormula
        let span: SourceSpan
    }

    /// Of the run itself: the event that it began with never changes.
    private(set) var lasting: [Fact] = []
    /// Of the contact, the history and the clock: only until the next step that takes time or changes something.
    private(set) var passing: [Fact] = []
    /// How often the passing ones were forgotten.
    private(set) var forgotten = 0

    var all: [Fact] { lasting + passing }

    mutating func add(_ formula: ConditionFormula, lasts: Bool, at span: SourceSpan) {
        if lasts {
            lasting.append(Fact(formula: formula, span: span))
        } else {
            passing.append(Fact(formula: formula, span: span))
        }
    }

    mutating func timePasses() {
        passing = []
        forgotten += 1
    }
}

extension TypedNode {
    /// True where the value is the same for the whole of a run.
    /// - Parameter eventIsEntry: the node stands in the conditions of the entry.
    func isLasting(eventIsEntry: Bool) -> Bool {
        switch kind {
        case .field, .local, .now, .inSegment, .unsubscribeLink, .preferencesLink, .browserLink: false
        case .fact(.field(let root, _)): root == .entry || eventIsEntry
        case .fact(.runID), .fact(.conversationID): true
        case .fact: false
        case .constant, .runStartedAt, .sender, .not, .and, .or, .compare, .isAmong, .listContains,
            .text, .matches,
            .isKnown, .isMissing, .arithmetic, .textLength, .listCount, .fallback:
            operands.allSatisfy { $0.isLasting(eventIsEntry: eventIsEntry) }
        }
    }

    /// The conditions that must all hold for this one to hold.
    var conjuncts: [TypedNode] {
        if case .and(let operands) = kind { operands.flatMap(\.conjuncts) } else { [self] }
    }
}
