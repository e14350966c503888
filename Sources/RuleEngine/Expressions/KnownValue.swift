/// A value that may be missing in general and is there where some condition has shown it.
package enum KnownValue: Sendable, Hashable {
    /// A field of the contact, by its slot.
    case contact(Int)
    /// A field of the event that is looked at, or of the one that the run began with.
    case event(FactQuery.Root, String)
    /// What was asked of the past, by its canonical form.
    ///
    /// - Parameter lasts: it stays known as time passes. Whoever ordered once has ordered for ever; whoever ordered within
    ///   the last 30 days may not have, three days later.
    case history([UInt8], lasts: Bool)
}

extension Set<KnownValue> {
    /// What is still known at a later step of the way.
    package var lasting: Set<KnownValue> {
        filter { if case .history(_, lasts: false) = $0 { false } else { true } }
    }

    /// What is known in the condition of a history function, where `event` is another one.
    var besidesTheEvent: Set<KnownValue> {
        filter { if case .event(.event, _) = $0 { false } else { true } }
    }

    /// What was known of the incoming event is known of the entry, once the run has begun with it.
    var ofEntry: Set<KnownValue> {
        Set(map { if case .event(.event, let name) = $0 { .event(.entry, name) } else { $0 } })
    }
}

extension HistoryQuery {
    /// Nil for questions that always have an answer.
    var knownValue: KnownValue? {
        guard function == .first || function == .last else { return nil }
        var writer = CanonicalWriter()
        writer.namesInside = true
        writeCanonical(into: &writer)
        return .history(writer.bytes, lasts: lasts)
    }

    /// What has happened stays true where neither the clock nor the contact decides which events count. A later event may
    /// lack an optional field.
    private var lasts: Bool {
        window == nil && isFieldCertain && (filter?.isAboutEventAlone ?? true)
    }
}

extension TypedNode {
    /// The same event gives the same answer, whenever it is asked.
    fileprivate var isAboutEventAlone: Bool {
        switch kind {
        case .constant, .fact(.field(.event, _)): true
        case .field, .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .fact,
            .inSegment:
            false
        case .not, .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown, .isMissing, .arithmetic,
            .textLength, .listCount, .fallback:
            operands.allSatisfy(\.isAboutEventAlone)
        }
    }
}
