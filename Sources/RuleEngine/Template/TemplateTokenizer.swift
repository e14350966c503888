/// Cuts a text into plain stretches and marks.
struct TemplateTokenizer {
    enum Token {
        case text(Range<Int>)
        case mark(Mark)
    }

    struct Mark {
        /// With `<<` and `>>`.
        let range: Range<Int>
        /// What stands between them, blanks at both ends left out.
        let content: Range<Int>
        /// False where it was reported; it still opens or closes its block, so that one slip isn't told twice.
        let isSound: Bool
    }

    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    private(set) var tokens: [Token] = []
    private(set) var problems: [(TemplateProblem, Range<Int>)] = []

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    static func tokenize(_ bytes: [UInt8], range: Range<Int>) -> TemplateTokenizer {
        var tokenizer = TemplateTokenizer(bytes, range)
        tokenizer.run()
        return tokenizer
    }

    private mutating func run() {
        var textStart = position
        while position < end {
            if isAt("\\"), isPair("<", at: position + 1) {
                // The backslash goes, the marks stay as text.
                appendText(textStart..<position)
                textStart = position + 1
                position += 3
            } else if isPair("<", at: position) {
                appendText(textStart..<position)
                readMark()
                textStart = position
            } else {
                position += 1
            }
        }
        appendText(textStart..<end)
    }

    private mutating func appendText(_ range: Range<Int>) {
        if !range.isEmpty { tokens.append(.text(range)) }
    }

    private mutating func readMark() {
        let start = position
        switch Self.closing(of: bytes, from: start, to: end) {
        case .closed(let close):
            position = close + 2
            let content = bytes.trimmingBlanks(start + 2..<close)
            if content.isEmpty { problems.append((.emptyMark, start..<position)) }
            tokens.append(.mark(Mark(range: start..<position, content: content, isSound: !content.isEmpty)))
        case .openText(let quote, let stop):
            fail(.openText, start: start, at: quote..<bytes.trimmingBlanks(quote..<stop).upperBound, stop: stop)
        case .open(let stop):
            fail(.openMark, start: start, at: start..<bytes.trimmingBlanks(start..<stop).upperBound, stop: stop)
        }
    }

    private mutating func fail(_ problem: TemplateProblem, start: Int, at range: Range<Int>, stop: Int) {
        problems.append((problem, range))
        position = stop
        let content = bytes.trimmingBlanks(min(start + 2, stop)..<stop)
        tokens.append(.mark(Mark(range: start..<stop, content: content, isSound: false)))
    }

    private enum Closing {
        /// Offset of the closing `>>`.
        case closed(Int)
        /// Offset of the quote that has no partner, and where to go on.
        case openText(quote: Int, stop: Int)
        case open(stop: Int)
    }

    /// Finds the end of a mark. A mark ends on its line; in a text in quotes nothing ends it, but a text may hold
    /// marks itself (the address of a link), with texts of their own.
    private static func closing(of bytes: [UInt8], from start: Int, to end: Int) -> Closing {
        /// For every open mark the offset of the open quote inside of it, or -1.
        var quotes = [-1]
        var index = start + 2
        while index < end, bytes[index] != UInt8(ascii: "\n") {
            let byte = bytes[index]
            let next = index + 1 < end ? bytes[index + 1] : 0
            let isInText = quotes[quotes.count - 1] >= 0
            switch byte {
            case UInt8(ascii: "\\") where isInText && next != UInt8(ascii: "\n"):
                index += 1
            case UInt8(ascii: "\""):
                quotes[quotes.count - 1] = isInText ? -1 : index
            case UInt8(ascii: "<") where isInText && next == byte && quotes.count == 1:
                quotes.append(-1)
                index += 1
            case UInt8(ascii: "<") where !isInText && next == byte && quotes.count == 1:
                return .open(stop: index)
            case UInt8(ascii: ">") where !isInText && next == byte:
                if quotes.count == 1 { return .closed(index) }
                quotes.removeLast()
                index += 1
            default: break
            }
            index += 1
        }
        let stop = min(index, end)
        if let quote = quotes.last(where: { $0 >= 0 }) { return .openText(quote: quote, stop: stop) }
        return .open(stop: stop)
    }

    private func isAt(_ character: Unicode.Scalar) -> Bool {
        position < end && bytes[position] == UInt8(ascii: character)
    }

    private func isPair(_ character: Unicode.Scalar, at offset: Int) -> Bool {
        offset + 1 < end && bytes[offset] == UInt8(ascii: character) && bytes[offset + 1] == UInt8(ascii: character)
    }
}

extension [UInt8] {
    /// The range without blanks, tabs and line breaks at both ends.
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }
}

extension UInt8 {
    var isBlank: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || isLineBreak
    }

    var isLineBreak: Bool {
        self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r")
    }

    var isASCIIDigit: Bool {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9")
    }

    var isASCIILetter: Bool {
        self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z")
    }

    var isNameByte: Bool {
        isASCIILetter || isASCIIDigit || self == UInt8(ascii: "_")
    }
}
