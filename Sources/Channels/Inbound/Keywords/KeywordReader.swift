@_spi(_Unicode) import Swift

/// What a text means for somebody's consent, if anything.
package enum KeywordMeaning: Sendable, Equatable {
    /// The person wants no more. `isExact`: in one of the words that everybody knows. Otherwise in words of their own,
    /// which a person should look at, later: when in doubt, nothing more is sent.
    case stop(isExact: Bool)
    case start
    case help

    package var name: String {
        switch self {
        case .stop: "stop"
        case .start: "start"
        case .help: "help"
        }
    }
}

/// Finds STOP, START and HELP in what people write. Letter case, accents, punctuation and emoji don't matter.
///
/// Providers match a single exact word, so that `STOP PLEASE` gets past them; regulators count any clear wording.
package struct KeywordReader: Sendable {
    private let stopWords: Set<String>

    /// `moreStopWords` are the sender's own, beside those that count everywhere.
    package init(moreStopWords: [String] = []) {
        stopWords = KeywordPhrases.stop.union(moreStopWords.map { Self.words($0).joined(separator: " ") })
    }

    /// - Parameter answersQuestion: the last message to this person asked for a yes. Only then `yes` means START.
    package func meaning(of text: String, answersQuestion: Bool = false) -> KeywordMeaning? {
        // People who want out say so within a few lines; a longer text is a letter, and its end says no more.
        let words = Self.words(String(text.prefix(600)))
        guard !words.isEmpty else {
            return nil
        }
        for spoken in [words, Self.withoutCourtesy(words)] where !spoken.isEmpty {
            let phrase = spoken.joined(separator: " ")
            if stopWords.contains(phrase) {
                return .stop(isExact: true)
            }
            if KeywordPhrases.start.contains(phrase) || (answersQuestion && KeywordPhrases.yes.contains(phrase)) {
                return .start
            }
            if KeywordPhrases.help.contains(phrase) {
                return .help
            }
        }
        let spoken = Self.withoutCourtesy(words)
        if spoken.count == 1, Self.isMistyped(spoken[0]) {
            return .stop(isExact: false)
        }
        return Self.asksToStop(words) ? .stop(isExact: false) : nil
    }

    // MARK: Words

    /// In lower case, without accents; apostrophes vanish, everything else that is no letter or digit divides.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for typed in text.lowercased()._nfd {
            // The wide letters of East Asian keyboards.
            let isWide = (0xFF01...0xFF5E).contains(typed.value)
            let scalar = isWide ? Unicode.Scalar(typed.value - 0xFEE0) ?? typed : typed
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format:
                continue
            case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
                word.unicodeScalars.append(scalar)
            default:
                if scalar == "'" || scalar == "\u{2019}" || scalar == "\u{02BC}" || scalar == "`" {
                    continue
                }
                if !word.isEmpty {
                    words.append(word)
                    word = ""
                }
            }
        }
        if !word.isEmpty {
            words.append(word)
        }
        // `s t o p`: spelled out.
        if words.count > 2, words.allSatisfy({ $0.count == 1 }) {
            return [words.joined()]
        }
        return words
    }

    private static func withoutCourtesy(_ words: [String]) -> [String] {
        var rest = words[...]
        while let first = rest.first, rest.count > 1, KeywordPhrases.courtesy.contains(first) {
            rest.removeFirst()
        }
        while let last = rest.last, rest.count > 1, KeywordPhrases.courtesy.contains(last) {
            rest.removeLast()
        }
        var spoken = Array(rest)
        // `STOP STOP STOP` says it once.
        if Set(spoken).count == 1 {
            spoken = [spoken[0]]
        }
        return spoken
    }

    // MARK: One word, mistyped

    private static func isMistyped(_ word: String) -> Bool {
        guard word.count >= 4, !KeywordPhrases.ordinaryWords.contains(word) else {
            return false
        }
        return KeywordPhrases.mistyped.contains { isNear(Array(word.unicodeScalars), Array($0.unicodeScalars)) }
    }

    /// One letter too many, too few, wrong, or two letters changed places.
    private static func isNear(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Bool {
        let same = zip(left, right).prefix { $0 == $1 }.count
        let (a, b) = (left[same...], right[same...])
        switch a.count - b.count {
        case 1: return a.dropFirst().elementsEqual(b)
        case -1: return b.dropFirst().elementsEqual(a)
        case 0:
            guard let a0 = a.first, let b0 = b.first else {
                return true
            }
            if a.dropFirst().elementsEqual(b.dropFirst()) {
                return true
            }
            return a.count > 1 && a.dropFirst().first == b0 && b.dropFirst().first == a0
                && a.dropFirst(2).elementsEqual(b.dropFirst(2))
        default: return false
        }
    }

    // MARK: Sentences

    private static func asksToStop(_ words: [String]) -> Bool {
        for pattern in KeywordPhrases.sentences where matches(pattern, in: words) {
            return true
        }
        return beginsWithStop(words) || endsWithStop(words)
    }

    /// `stop this nonsense`, but not `stop by for a coffee`.
    private static func beginsWithStop(_ words: [String]) -> Bool {
        guard let first = words.first(where: { !KeywordPhrases.courtesy.contains($0) }),
            KeywordPhrases.openers.contains(first), let at = words.firstIndex(of: first)
        else {
            return false
        }
        guard at + 1 < words.count else {
            return true
        }
        return !KeywordPhrases.notAfterStop.contains(words[at + 1])
    }

    /// `I said stop`, but not `at the next stop` and not `don't stop`.
    private static func endsWithStop(_ words: [String]) -> Bool {
        let spoken = withoutCourtesy(words)
        guard spoken.count >= 2, spoken.count <= 8, spoken.last == "stop",
            !KeywordPhrases.questions.contains(spoken[0])
        else {
            return false
        }
        let before = spoken[spoken.count - 2]
        return !KeywordPhrases.notBeforeStop.contains(before) && !isNegated(spoken, at: spoken.count - 1)
    }

    /// A pattern is a list of alternatives per place, `|` between them; `..` stands for up to three words.
    private static func matches(_ pattern: KeywordPhrases.Pattern, in words: [String]) -> Bool {
        for start in words.indices {
            guard matches(pattern.places[...], words[start...]) else {
                continue
            }
            // `I don't want to unsubscribe` wants to stay.
            if pattern.canBeNegated, isNegated(words, at: start) {
                continue
            }
            return true
        }
        return false
    }

    private static func matches(_ places: ArraySlice<[String]>, _ words: ArraySlice<String>) -> Bool {
        guard let place = places.first else {
            return true
        }
        if place == [".."] {
            return (0...3).contains { gap in
                gap <= words.count && matches(places.dropFirst(), words.dropFirst(gap))
            }
        }
        guard let word = words.first, place.contains(word) else {
            return false
        }
        return matches(places.dropFirst(), words.dropFirst())
    }

    private static func isNegated(_ words: [String], at index: Int) -> Bool {
        words[max(0, index - 3)..<index].contains { KeywordPhrases.negations.contains($0) }
    }
}
