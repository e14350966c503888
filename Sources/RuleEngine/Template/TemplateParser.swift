/// Text in, nodes out; reports everything that is wrong with marks, blocks, links and filters, and goes on.
struct TemplateParser {
    /// Blocks inside blocks. Rendering and checking recurse this deep.
    static let depthLimit = 16
    /// Marks in one text.
    static let markLimit = 5000

    private struct OpenBlock {
        enum Kind {
            case branch([TemplateArm], hasElse: Bool)
            case loop(TemplateLoop)
            /// Its opening mark was reported; it only waits for its end.
            case broken
        }

        let mark: Range<Int>
        var kind: Kind
        /// What surrounds it, up to its opening mark.
        let outer: [TemplateNode]
    }

    private let text: EmbeddedText
    private let bytes: [UInt8]
    private let range: Range<Int>
    /// Inside the address of a link only values are allowed.
    private let isAddress: Bool
    private var nodes: [TemplateNode] = []
    private var open: [OpenBlock] = []
    private var diagnostics: DiagnosticBag

    private init(_ text: EmbeddedText, range: Range<Int>, isAddress: Bool, reporting diagnostics: DiagnosticBag) {
        self.text = text
        bytes = text.bytes
        self.range = range
        self.isAddress = isAddress
        self.diagnostics = diagnostics
    }

    static func parse(_ text: EmbeddedText, reporting diagnostics: inout DiagnosticBag) -> [TemplateNode] {
        parse(text, range: 0..<text.bytes.count, isAddress: false, reporting: &diagnostics)
    }

    private static func parse(
        _ text: EmbeddedText,
        range: Range<Int>,
        isAddress: Bool,
        reporting diagnostics: inout DiagnosticBag
    ) -> [TemplateNode] {
        var parser = TemplateParser(text, range: range, isAddress: isAddress, reporting: diagnostics)
        parser.run()
        diagnostics = parser.diagnostics
        return parser.nodes
    }

    private mutating func run() {
        let tokenizer = TemplateTokenizer.tokenize(bytes, range: range)
        for (problem, range) in tokenizer.problems { report(problem, range) }
        var blockMarks: [Range<Int>] = []
        var markCount = 0
        for case .mark(let mark) in tokenizer.tokens {
            markCount += 1
            if markCount > Self.markLimit {
                return report(.tooManyMarks(limit: Self.markLimit), mark.range)
            }
            switch keyword(of: mark.content) {
            case "if", "else", "end", "for": blockMarks.append(mark.range)
            default: break
            }
        }
        let dropped = StandaloneLines.droppedRanges(in: bytes, range: range, blockMarks: blockMarks)
        var nextDropped = dropped[...]
        for token in tokenizer.tokens {
            switch token {
            case .text(let range): append(range, without: &nextDropped)
            case .mark(let mark): read(mark)
            }
        }
        while let block = open.popLast() {
            if case .broken = block.kind {} else { report(.openBlock, block.mark) }
            nodes = block.outer + finished(block)
        }
    }

    private mutating func append(_ range: Range<Int>, without dropped: inout ArraySlice<Range<Int>>) {
        var start = range.lowerBound
        while let gap = dropped.first, gap.lowerBound < range.upperBound {
            if gap.lowerBound > start { nodes.append(.text(start..<gap.lowerBound)) }
            start = gap.upperBound
            dropped.removeFirst()
        }
        if start < range.upperBound { nodes.append(.text(start..<range.upperBound)) }
    }

    // MARK: Marks

    /// The first word of a mark, where it is one that the template language owns.
    private func keyword(of content: Range<Int>) -> String? {
        let word = self.word(at: content)
        let after = word.upperBound < content.upperBound ? bytes[word.upperBound] : UInt8(ascii: " ")
        let name = string(word)
        switch name {
        // `else` and `end` stand alone; the others need what they speak of.
        case "else", "end": return after.isBlank ? name : nil
        case "content": return word == bytes.trimmingBlanks(content) ? name : nil
        case "if", "for", "link", "short_link", "block":
            return after.isBlank || after == UInt8(ascii: "(") || after == UInt8(ascii: "\"") ? name : nil
        default: return nil
        }
    }

    private mutating func read(_ mark: TemplateTokenizer.Mark) {
        let keyword = keyword(of: mark.content)
        if isAddress, let keyword {
            return report(.notInAddress(keyword), mark.range)
        }
        let rest = bytes.trimmingBlanks(
            min(mark.content.lowerBound + (keyword?.utf8.count ?? 0), mark.content.upperBound)..<mark.content.upperBound
        )
        switch keyword {
        case "if": openBranch(mark, condition: rest)
        case "else": readElse(mark, rest)
        case "end": readEnd(mark, rest)
        case "for": openLoop(mark, rest)
        case "link" where mark.isSound: readLink(mark, rest, isShort: false)
        case "short_link" where mark.isSound: readLink(mark, rest, isShort: true)
        case "block" where mark.isSound: readBlock(mark, rest)
        case "content" where mark.isSound: nodes.append(.content(mark.range))
        default: if mark.isSound { readOutput(mark) }
        }
    }

    private mutating func readOutput(_ mark: TemplateTokenizer.Mark) {
        let parts = split(mark.content, at: UInt8(ascii: "|"))
        guard let first = parts.first else { return }
        let expression = bytes.trimmingBlanks(first)
        if expression.isEmpty {
            report(.missingExpression, mark.range)
            return
        }
        var filters: [FilterCall] = []
        var isSound = true
        for part in parts.dropFirst() {
            if let filter = readFilter(bytes.trimmingBlanks(part), mark: mark.range) {
                filters.append(filter)
            } else {
                isSound = false
            }
        }
        // The expression is checked even where a filter can't be read: the two slips are independent.
        nodes.append(
            .output(TemplateOutput(mark: mark.range, expression: expression, filters: filters, isSound: isSound))
        )
    }

    // MARK: Blocks

    private mutating func openBlock(_ mark: Range<Int>, _ kind: OpenBlock.Kind) {
        if open.count == Self.depthLimit { report(.tooDeep(limit: Self.depthLimit), mark) }
        let kind = open.count < Self.depthLimit ? kind : .broken
        open.append(OpenBlock(mark: mark, kind: kind, outer: nodes))
        nodes = []
    }

    private mutating func openBranch(_ mark: TemplateTokenizer.Mark, condition: Range<Int>) {
        if mark.isSound, condition.isEmpty { report(.missingCondition("if"), mark.range) }
        guard mark.isSound, !condition.isEmpty else { return openBlock(mark.range, .broken) }
        openBlock(mark.range, .branch([TemplateArm(mark: mark.range, condition: condition)], hasElse: false))
    }

    private mutating func readElse(_ mark: TemplateTokenizer.Mark, _ rest: Range<Int>) {
        guard let last = open.indices.last else { return reportIfSound(.strayElse, mark) }
        switch open[last].kind {
        case .broken: nodes = []
        case .loop: reportIfSound(.elseInLoop, mark)
        case .branch(var arms, let hasElse):
            if hasElse { return reportIfSound(.elseAfterElse, mark) }
            arms[arms.count - 1].body = nodes
            nodes = []
            var condition: Range<Int>?
            if !rest.isEmpty, mark.isSound {
                let word = word(at: rest)
                let after = bytes.trimmingBlanks(word.upperBound..<rest.upperBound)
                if string(word) != "if" {
                    report(.textAfterElse, rest)
                } else if after.isEmpty {
                    report(.missingCondition("else if"), mark.range)
                } else {
                    condition = after
                }
            }
            arms.append(TemplateArm(mark: mark.range, condition: condition))
            open[last].kind = .branch(arms, hasElse: rest.isEmpty)
        }
    }

    private mutating func readEnd(_ mark: TemplateTokenizer.Mark, _ rest: Range<Int>) {
        if !rest.isEmpty, mark.isSound { report(.textAfterEnd, rest) }
        guard let block = open.popLast() else { return reportIfSound(.strayEnd, mark) }
        nodes = block.outer + finished(block)
    }

    /// The block's node, whose last body is what was read since.
    private func finished(_ block: OpenBlock) -> [TemplateNode] {
        switch block.kind {
        // What a broken block holds is worth checking, but its variables and guards aren't known.
        case .broken: return []
        case .branch(var arms, _):
            arms[arms.count - 1].body = nodes
            return [.branch(arms)]
        case .loop(var loop):
            loop.body = nodes
            return [.loop(loop)]
        }
    }

    private mutating func openLoop(_ mark: TemplateTokenizer.Mark, _ rest: Range<Int>) {
        guard mark.isSound else { return openBlock(mark.range, .broken) }
        let variable = word(at: rest)
        let afterVariable = bytes.trimmingBlanks(variable.upperBound..<rest.upperBound)
        let preposition = word(at: afterVariable)
        let list = bytes.trimmingBlanks(preposition.upperBound..<rest.upperBound)
        guard !variable.isEmpty, !bytes[variable.lowerBound].isASCIIDigit, string(preposition) == "in", !list.isEmpty
        else {
            report(.malformedLoop, mark.range)
            return openBlock(mark.range, .broken)
        }
        openBlock(mark.range, .loop(TemplateLoop(mark: mark.range, variable: variable, list: list)))
    }

    // MARK: Links

    private mutating func readBlock(_ mark: TemplateTokenizer.Mark, _ rest: Range<Int>) {
        guard let quoted = quoted(at: rest), quoted == rest, quoted.count > 2 else {
            return report(.malformedBlock, mark.range)
        }
        nodes.append(
            .block(TemplateBlock(mark: mark.range, name: quoted.lowerBound + 1..<quoted.upperBound - 1)))
    }

    private mutating func readLink(_ mark: TemplateTokenizer.Mark, _ rest: Range<Int>, isShort: Bool) {
        guard let quoted = quoted(at: rest) else { return report(.malformedLink(isShort: isShort), mark.range) }
        let address = quoted.lowerBound + 1..<quoted.upperBound - 1
        let after = bytes.trimmingBlanks(quoted.upperBound..<rest.upperBound)
        var name: String?
        var nameRange: Range<Int>?
        if !after.isEmpty {
            let word = word(at: after)
            let place = bytes.trimmingBlanks(word.upperBound..<after.upperBound)
            guard string(word) == "as", let quotedName = self.quoted(at: place), quotedName == place,
                quotedName.count > 2
            else { return report(.malformedLink(isShort: isShort), mark.range) }
            nameRange = quotedName
            name = string(quotedName.lowerBound + 1..<quotedName.upperBound - 1)
        }
        if bytes.trimmingBlanks(address).isEmpty {
            return report(.malformedLink(isShort: isShort), mark.range)
        }
        let parts = Self.parse(text, range: address, isAddress: true, reporting: &diagnostics)
        nodes.append(
            .link(
                TemplateLink(
                    mark: mark.range, isShort: isShort, url: address, address: parts, name: name, nameRange: nameRange))
        )
    }

    // MARK: Filters

    private mutating func readFilter(_ range: Range<Int>, mark: Range<Int>) -> FilterCall? {
        let name = word(at: range)
        guard !name.isEmpty else {
            report(.missingFilter, range.isEmpty ? mark : range)
            return nil
        }
        var rest = bytes.trimmingBlanks(name.upperBound..<range.upperBound)
        if rest.isEmpty { return FilterCall(name: string(name), range: name, arguments: []) }
        guard bytes[rest.lowerBound] == UInt8(ascii: ":") else {
            report(.missingColon(filter: string(name)), rest)
            return nil
        }
        rest = bytes.trimmingBlanks(rest.lowerBound + 1..<rest.upperBound)
        if rest.isEmpty {
            report(.missingArgument(filter: string(name)), range)
            return nil
        }
        var arguments: [FilterArgument] = []
        for part in split(rest, at: UInt8(ascii: ",")) {
            let part = bytes.trimmingBlanks(part)
            guard let value = FilterArgumentReader.read(bytes[part]) else {
                report(.malformedArgument(filter: string(name)), part.isEmpty ? rest : part)
                return nil
            }
            arguments.append(FilterArgument(value: value, range: part))
        }
        return FilterCall(name: string(name), range: name, arguments: arguments)
    }

    // MARK: Reading

    private func word(at range: Range<Int>) -> Range<Int> {
        var end = range.lowerBound
        while end < range.upperBound, bytes[end].isNameByte { end += 1 }
        return range.lowerBound..<end
    }

    /// The text in quotes that the range begins with, quotes included. Marks in it may hold quotes themselves.
    private func quoted(at range: Range<Int>) -> Range<Int>? {
        guard let first = range.first, bytes[first] == UInt8(ascii: "\"") else { return nil }
        var index = first + 1
        var isInMark = false
        var isInInnerText = false
        while index < range.upperBound {
            let byte = bytes[index]
            let isPair = index + 1 < range.upperBound && bytes[index + 1] == byte
            switch byte {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "\"") where isInMark: isInInnerText.toggle()
            case UInt8(ascii: "\""): return first..<index + 1
            case UInt8(ascii: "<") where isPair && !isInMark:
                isInMark = true
                index += 1
            case UInt8(ascii: ">") where isPair && isInMark && !isInInnerText:
                isInMark = false
                index += 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Parts between separators that stand outside of quotes.
    private func split(_ range: Range<Int>, at separator: UInt8) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var isInText = false
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                isInText.toggle()
            } else if byte == UInt8(ascii: "\\"), isInText {
                index += 1
            } else if byte == separator, !isInText {
                parts.append(start..<index)
                start = index + 1
            }
            index += 1
        }
        parts.append(start..<range.upperBound)
        return parts
    }

    private func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private mutating func report(_ problem: TemplateProblem, _ range: Range<Int>) {
        diagnostics.report(problem.diagnostic(at: text.span(range)))
    }

    private mutating func reportIfSound(_ problem: TemplateProblem, _ mark: TemplateTokenizer.Mark) {
        if mark.isSound { report(problem, mark.range) }
    }
}

/// Reads the literals that filters take: texts in quotes, numbers, and durations.
enum FilterArgumentReader {
    static func read(_ bytes: ArraySlice<UInt8>) -> FilterArgument.Value? {
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "\"") { return text(bytes) }
        return number(bytes)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> FilterArgument.Value? {
        var content: [UInt8] = []
        var index = bytes.startIndex + 1
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return index + 1 == bytes.endIndex ? .text(content) : nil }
            if byte == UInt8(ascii: "\\") {
                index += 1
                guard index < bytes.endIndex else { return nil }
                switch bytes[index] {
                case UInt8(ascii: "n"): content.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): content.append(bytes[index])
                default: return nil
                }
            } else {
                content.append(byte)
            }
            index += 1
        }
        return nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> FilterArgument.Value? {
        var rest = bytes
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        let digits = rest.prefix(while: \.isASCIIDigit)
        guard !digits.isEmpty, digits.count <= 12 else { return nil }
        let magnitude = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        let whole = isNegative ? -magnitude : magnitude
        rest = rest.dropFirst(digits.count)
        if rest.isEmpty { return .integer(whole) }
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst()
            guard !fraction.isEmpty, fraction.count <= 6, fraction.allSatisfy(\.isASCIIDigit) else { return nil }
            var millionths: Int64 = 0
            for place in 0..<6 {
                let digit = place < fraction.count ? fraction[fraction.startIndex + place] - UInt8(ascii: "0") : 0
                millionths = millionths * 10 + Int64(digit)
            }
            let value = magnitude * 1_000_000 + millionths
            return .decimal(isNegative ? -value : value)
        }
        // A century is the longest that makes sense; it keeps every sum within 64 bits.
        guard rest.count == 1, let unit = rest.first else { return nil }
        switch unit {
        case UInt8(ascii: "w"): return magnitude <= 5_300 ? .days(whole * 7) : nil
        case UInt8(ascii: "d"): return magnitude <= 37_000 ? .days(whole) : nil
        case UInt8(ascii: "h"): return magnitude <= 880_000 ? .microseconds(whole * 3_600_000_000) : nil
        case UInt8(ascii: "m"): return magnitude <= 53_000_000 ? .microseconds(whole * 60_000_000) : nil
        case UInt8(ascii: "s"): return magnitude <= 3_200_000_000 ? .microseconds(whole * 1_000_000) : nil
        default: return nil
        }
    }
}
