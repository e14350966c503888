import RuleEngine

/// The names in the text of an expression or template, found by their surroundings. It needs no sound expression: while
/// somebody types there is none.
struct ExpressionNames {
    enum Name: Equatable {
        /// `contact.seats`: what stands behind the dot.
        case field(root: String, String)
        /// `event.total` inside `count(order_placed, where …)`.
        case fieldOf(event: String, String)
        /// `count(order_placed`
        case event(String)
        /// `clicked(welcome`
        case sent(String)
        /// `in_segment("staff")`, `open_now("support")`.
        case argument(of: String, String)
    }

    static let aboutEvents: Set<String> = ["count", "any", "none", "first", "last", "sum"]
    static let aboutMessages: Set<String> = ["sent", "delivered", "opened", "clicked", "replied"]

    private enum Token {
        case word(Range<Int>)
        case text(Range<Int>)
        case symbol(UInt8)
    }

    private let bytes: [UInt8]
    private(set) var found: [(name: Name, range: Range<Int>)] = []

    /// Of one expression.
    init(expression bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        read(range)
    }

    /// Of every mark of a template.
    init(template bytes: [UInt8]) {
        self.bytes = bytes
        for mark in TemplateMarks.all(in: bytes) { read(mark.expression) }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func tokens(_ range: Range<Int>) -> [Token] {
        var tokens: [Token] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let start = index
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                while index < range.upperBound, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                let end = min(index, range.upperBound)
                tokens.append(.text(start + 1..<max(start + 1, end)))
                index = min(end + 1, range.upperBound)
            } else if Self.isLetter(byte) || Self.isDigit(byte) {
                while index < range.upperBound, Self.isLetter(bytes[index]) || Self.isDigit(bytes[index]) { index += 1 }
                tokens.append(.word(start..<index))
            } else {
                if byte > 0x20 { tokens.append(.symbol(byte)) }
                index += 1
            }
        }
        return tokens
    }

    private mutating func read(_ range: Range<Int>) {
        let tokens = tokens(range)
        // The events that `event.` means, by the depth of the parentheses that they hold in.
        var events: [(depth: Int, event: String)] = []
        var depth = 0
        var index = 0
        while index < tokens.count {
            defer { index += 1 }
            switch tokens[index] {
            case .symbol(UInt8(ascii: "(")): depth += 1
            case .symbol(UInt8(ascii: ")")):
                events.removeAll { $0.depth >= depth }
                depth -= 1
            case .symbol, .text: break
            case .word(let word):
                let name = text(word)
                if index + 2 < tokens.count, case .symbol(UInt8(ascii: ".")) = tokens[index + 1],
                    case .word(let field) = tokens[index + 2]
                {
                    if name == "event", let event = events.last?.event {
                        found.append((.fieldOf(event: event, text(field)), field))
                    } else {
                        found.append((.field(root: name, text(field)), field))
                    }
                    index += 2
                    continue
                }
                guard index + 2 < tokens.count, case .symbol(UInt8(ascii: "(")) = tokens[index + 1] else { continue }
                depth += 1
                index += 1
                if case .text(let argument) = tokens[index + 1] {
                    found.append(
                        (
                            Self.aboutMessages.contains(name)
                                ? .sent(text(argument)) : .argument(of: name, text(argument)), argument
                        ))
                    index += 1
                } else if Self.aboutEvents.contains(name), case .word(let event) = tokens[index + 1] {
                    found.append((.event(text(event)), event))
                    events.append((depth, text(event)))
                    index += 1
                    if index + 2 < tokens.count, case .symbol(UInt8(ascii: ".")) = tokens[index + 1],
                        case .word(let field) = tokens[index + 2]
                    {
                        found.append((.fieldOf(event: text(event), text(field)), field))
                        index += 2
                    }
                } else if Self.aboutMessages.contains(name), case .word(let first) = tokens[index + 1] {
                    let subject = whole(from: first, in: range)
                    found.append((.sent(text(subject)), subject))
                    while index + 1 < tokens.count, case .word(let part) = tokens[index + 1],
                        part.upperBound <= subject.upperBound
                    { index += 1 }
                    while index + 1 < tokens.count, isInside(tokens[index + 1], subject) { index += 1 }
                }
            }
        }
    }

    private func isInside(_ token: Token, _ range: Range<Int>) -> Bool {
        switch token {
        case .word(let word): word.upperBound <= range.upperBound
        case .symbol(UInt8(ascii: "-")): true
        case .symbol, .text: false
        }
    }

    /// The ids of documents have dashes.
    private func whole(from first: Range<Int>, in range: Range<Int>) -> Range<Int> {
        var end = first.upperBound
        while end < range.upperBound,
            Self.isLetter(bytes[end]) || Self.isDigit(bytes[end]) || bytes[end] == UInt8(ascii: "-")
        {
            end += 1
        }
        return first.lowerBound..<end
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
