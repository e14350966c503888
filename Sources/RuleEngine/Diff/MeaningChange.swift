/// One thing that a program does now and did not do before, or the other way round.
package struct MeaningChange: Sendable, Hashable {
    package struct Side: Sendable, Hashable {
        package let words: String
        package let span: SourceSpan?

        package init(_ words: String, _ span: SourceSpan?) {
            self.words = words
            self.span = span
        }
    }

    /// Which direction a change goes, where that is certain.
    package enum Direction: String, Sendable {
        case narrower, wider
        /// People can be reached with less consent than before.
        case weakerConsent = "weaker consent"
        case strongerConsent = "stronger consent"
    }

    /// ``sequence `trial-onboarding` ``.
    package var subject: String
    /// A sentence without its subject: `step 3 has changed`.
    package let text: String
    /// Nil where it is new.
    package let was: Side?
    /// Nil where it is gone.
    package let now: Side?
    package let direction: Direction?

    package init(_ subject: String, _ text: String, was: Side?, now: Side?, _ direction: Direction? = nil) {
        self.subject = subject
        self.text = text
        self.was = was
        self.now = now
        self.direction = direction
    }
}

/// Collects the changes of one document.
struct ChangeList {
    let subject: String
    let old: SourceSpan?
    let new: SourceSpan?
    private(set) var changes: [MeaningChange] = []

    init(_ subject: String, old: SourceSpan?, new: SourceSpan?) {
        self.subject = subject
        self.old = old
        self.new = new
    }

    /// A single value: changed, new or gone, or as it was.
    mutating func compare(
        _ what: String, _ was: String?, _ now: String?, _ direction: MeaningChange.Direction? = nil,
        places: (old: SourceSpan?, new: SourceSpan?)? = nil
    ) {
        guard was != now else { return }
        let verb = was == nil ? "is new" : now == nil ? "is gone" : "has changed"
        let places = places ?? (old, new)
        report(
            "\(what) \(verb)", was.map { MeaningChange.Side($0, places.old) },
            now.map { MeaningChange.Side($0, places.new) }, direction)
    }

    mutating func report(
        _ text: String, _ was: MeaningChange.Side?, _ now: MeaningChange.Side?,
        _ direction: MeaningChange.Direction? = nil
    ) {
        changes.append(MeaningChange(subject, text, was: was, now: now, direction))
    }

    /// Names whose order means nothing.
    mutating func compareSets(
        _ what: String, _ was: [String], _ now: [String], added: MeaningChange.Direction? = nil,
        places: (old: SourceSpan?, new: SourceSpan?)? = nil
    ) {
        let places = places ?? (old, new)
        for gone in Set(was).subtracting(now).sorted() {
            report("\(what) \(gone) is gone", MeaningChange.Side(gone, places.old), nil, added?.opposite)
        }
        for fresh in Set(now).subtracting(was).sorted() {
            report("\(what) \(fresh) is new", nil, MeaningChange.Side(fresh, places.new), added)
        }
    }
}

extension MeaningChange.Direction {
    var opposite: MeaningChange.Direction {
        switch self {
        case .narrower: .wider
        case .wider: .narrower
        case .weakerConsent: .strongerConsent
        case .strongerConsent: .weakerConsent
        }
    }
}
