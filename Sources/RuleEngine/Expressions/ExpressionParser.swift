/// Reads tokens into a syntax tree, by precedence. Total: it always ends, its depth is bounded, and it reports the
/// first mistake and then stops, because what follows a syntax error is guesswork.
struct ExpressionParser {
    static let depthLimit = 64
    static let tokenLimit = 4_000

    private var lexer: ExpressionLexer
    private(set) var token: ExpressionToken
    private var previousEnd: Int
    private var depth = 0
    private var tokenCount = 0
    private(set) var failure: Diagnostic?
    private let stopsAtMark: Bool

    /// - Parameter stopsAtMark: `|` and `>>` end the expression, as in a template mark.
    init(_ text: EmbeddedText, range: Range<Int>, stopsAtMark: Bool) {
        lexer = ExpressionLexer(text, range: range)
        self.stopsAtMark = stopsAtMark
        previousEnd = lexer.position
        token = lexer.next()
    }

    /// Nil where there is a mistake; `failure` says which.
    mutating func parse() -> ExpressionSyntax? {
        if isAtEnd {
            fail(.expressionMissing(at: span(token.range)))
            return nil
        }
        guard let syntax = parseOr() else { return nil }
        guard isAtEnd else {
            failAtOperator()
            return nil
        }
        return syntax
    }

    /// Where the mark ends, also after a mistake: the first `|` or `>>` outside of quotes.
    mutating func skipToEnd() -> Int {
        while true {
            switch token.kind {
            case .end: return token.range.lowerBound
            case .stop where stopsAtMark: return token.range.lowerBound
            case .word, .literal, .symbol, .stop, .foreign, .invalid: token = lexer.next()
            }
        }
    }

    // MARK: Logic, loosest first

    mutating func parseOr() -> ExpressionSyntax? {
        guard enter() else { return nil }
        defer { depth -= 1 }
        return parseChain(of: "or", next: { $0.parseAnd() }, make: { .or($0) })
    }

    private mutating func parseAnd() -> ExpressionSyntax? {
        parseChain(of: "and", next: { $0.parseNot() }, make: { .and($0) })
    }

    private mutating func parseChain(
        of word: String, next: (inout ExpressionParser) -> ExpressionSyntax?,
        make: ([ExpressionSyntax]) -> ExpressionSyntax.Kind
    ) -> ExpressionSyntax? {
        guard let first = next(&self) else { return nil }
        guard token.isWord(word) else { return first }
        var operands = [first]
        while token.isWord(word) {
            advance()
            guard let operand = next(&self) else { return nil }
            operands.append(operand)
        }
        return node(make(operands), first.range.lowerBound, above: operands)
    }

    private mutating func parseNot() -> ExpressionSyntax? {
        guard token.isWord("not") else { return parseComparison() }
        guard enter() else { return nil }
        defer { depth -= 1 }
        let start = token.range.lowerBound
        advance()
        guard let operand = parseNot() else { return nil }
        return node(.not(operand), start, above: [operand])
    }

    // MARK: Comparisons

    private mutating func parseComparison() -> ExpressionSyntax? {
        guard let left = parseSum() else { return nil }
        guard let compared = parseComparisonTail(after: left) else { return nil }
        if isAtComparison, !isSame(compared, left) {
            fail(.expressionChainedComparison(at: span(token.range)))
            return nil
        }
        return compared
    }

    private func isSame(_ one: ExpressionSyntax, _ other: ExpressionSyntax) -> Bool {
        one.range == other.range && one.height == other.height
    }

    private mutating func parseComparisonTail(after left: ExpressionSyntax) -> ExpressionSyntax? {
        if token.isWord("is") { return parsePresence(of: left) }
        guard let binaryOperator = comparisonOperator else { return left }
        let operatorRange = token.range
        advance()
        guard let right = parseSum() else { return nil }
        return node(
            .binary(binaryOperator, left, right, operatorRange: operatorRange), left.range.lowerBound,
            above: [left, right])
    }

    private mutating func parsePresence(of operand: ExpressionSyntax) -> ExpressionSyntax? {
        let start = token.range.lowerBound
        advance()
        for (word, isKnown) in [("known", true), ("missing", false)] where token.isWord(word) {
            advance()
            return node(.presence(operand, isKnown: isKnown), operand.range.lowerBound, above: [operand])
        }
        var end = token.range
        if token.isWord("not") {
            advance()
            if !isAtEnd { end = token.range }
        }
        if !lexerHasFailed { fail(.expressionUnknownPresence(at: span(start..<end.upperBound))) }
        return nil
    }

    private var isAtComparison: Bool {
        comparisonOperator != nil || token.isWord("is")
    }

    private var comparisonOperator: ExpressionSyntax.BinaryOperator? {
        switch token.kind {
        case .symbol(let symbol): Comparison(rawValue: symbol.rawValue).map { .comparison($0) }
        case .word("in"): .isIn
        case .word("matches"): .matches
        case .word(let word): TextOperator(rawValue: word).map { .text($0) }
        case .literal, .stop, .foreign, .invalid, .end: nil
        }
    }

    // MARK: Arithmetic

    private mutating func parseSum() -> ExpressionSyntax? {
        parseLeftChain(
            next: { $0.parseProduct() },
            operators: [(.plus, .add), (.minus, .subtract)])
    }

    private mutating func parseProduct() -> ExpressionSyntax? {
        parseLeftChain(
            next: { $0.parseSigned() },
            operators: [(.star, .multiply), (.slash, .divide)])
    }

    private mutating func parseLeftChain(
        next: (inout ExpressionParser) -> ExpressionSyntax?,
        operators: [(ExpressionToken.Symbol, ExpressionSyntax.BinaryOperator)]
    ) -> ExpressionSyntax? {
        guard var left = next(&self) else { return nil }
        while let (_, binaryOperator) = operators.first(where: { token.isSymbol($0.0) }) {
            let operatorRange = token.range
            advance()
            guard let right = next(&self) else { return nil }
            left = node(
                .binary(binaryOperator, left, right, operatorRange: operatorRange), left.range.lowerBound,
                above: [left, right])
            // A chain without parentheses leans to the left, and is as deep as it is long.
            guard left.height <= Self.depthLimit else {
                fail(.expressionTooDeep(limit: Self.depthLimit, at: span(operatorRange)))
                return nil
            }
        }
        return left
    }

    private mutating func parseSigned() -> ExpressionSyntax? {
        guard token.isSymbol(.minus) else { return parsePostfix() }
        guard enter() else { return nil }
        defer { depth -= 1 }
        let start = token.range.lowerBound
        advance()
        if case .literal(let literal) = token.kind, let negated = literal.negated {
            advance()
            return self.literal(negated, start)
        }
        guard let operand = parseSigned() else { return nil }
        return node(.negate(operand), start, above: [operand])
    }

    // MARK: Names, calls, literals

    private mutating func parsePostfix() -> ExpressionSyntax? {
        guard var syntax = parsePrimary() else { return nil }
        while token.isSymbol(.dot) {
            advance()
            guard case .word(let name) = token.kind else {
                failExpecting("a name after the dot")
                return nil
            }
            let nameRange = token.range
            advance()
            syntax = node(.member(syntax, name, nameRange: nameRange), syntax.range.lowerBound, above: [syntax])
            guard syntax.height <= Self.depthLimit else {
                fail(.expressionTooDeep(limit: Self.depthLimit, at: span(nameRange)))
                return nil
            }
        }
        return syntax
    }

    private mutating func parsePrimary() -> ExpressionSyntax? {
        let start = token.range.lowerBound
        switch token.kind {
        case .literal(let literal):
            advance()
            return self.literal(literal, start)
        case .symbol(.openParenthesis):
            advance()
            guard var inner = parseOr() else { return nil }
            guard close(.closeParenthesis) else { return nil }
            inner.range = start..<previousEnd
            return inner
        case .symbol(.openBracket):
            guard let items = parseItems(until: .closeBracket) else { return nil }
            return node(.list(items), start, above: items)
        case .word(let word) where Self.reserved.contains(word):
            failExpecting("a value")
            return nil
        case .word(let word):
            let nameRange = token.range
            advance()
            guard token.isSymbol(.openParenthesis) else { return node(.name(word), start) }
            if let function = HistoryQuery.Function(rawValue: word) {
                return parseHistory(function, nameRange, start)
            }
            guard let arguments = parseItems(until: .closeParenthesis) else {
                // What stands between the parentheses of a misspelled `count` follows a grammar that nobody can know.
                if !ExpressionFunction.names.contains(word) {
                    failure = .expressionUnknownFunction(
                        word, nearest: NearestName.of(word, among: ExpressionFunction.names), at: span(nameRange))
                }
                return nil
            }
            return node(.call(word, nameRange: nameRange, arguments), start, above: arguments)
        case .symbol, .stop, .foreign, .invalid, .end:
            failExpecting("a value")
            return nil
        }
    }

    private static let reserved: Set<String> = [
        "and", "or", "not", "in", "contains", "starts_with", "ends_with", "matches", "is",
    ]

    /// The opening bracket is the current token. A comma before the closing one is allowed.
    private mutating func parseItems(until closing: ExpressionToken.Symbol) -> [ExpressionSyntax]? {
        advance()
        var items: [ExpressionSyntax] = []
        while !token.isSymbol(closing) {
            guard let item = parseOr() else { return nil }
            items.append(item)
            guard token.isSymbol(.comma) else { break }
            advance()
        }
        return close(closing) ? items : nil
    }

    mutating func close(_ closing: ExpressionToken.Symbol) -> Bool {
        guard token.isSymbol(closing) else {
            failExpecting("`\(closing.rawValue)`")
            return false
        }
        advance()
        return true
    }

    private mutating func literal(_ literal: ExpressionLiteral, _ start: Int) -> ExpressionSyntax? {
        guard literal.isInRange else {
            fail(.expressionNumberOutOfRange(at: span(start..<previousEnd)))
            return nil
        }
        return node(.literal(literal), start)
    }

    // MARK: Moving on

    private var isAtEnd: Bool {
        switch token.kind {
        case .end: true
        case .stop: stopsAtMark
        case .word, .literal, .symbol, .foreign, .invalid: false
        }
    }

    private var lexerHasFailed: Bool {
        lexer.failure != nil
    }

    mutating func advance() {
        previousEnd = token.range.upperBound
        token = lexer.next()
        tokenCount += 1
        if tokenCount == Self.tokenLimit {
            fail(.expressionTooLong(limit: Self.tokenLimit, at: span(token.range)))
        }
    }

    /// Reads the current word anew as a name that may hold dashes: `cart-reminder` is no subtraction here.
    mutating func rescanAsName() {
        token = lexer.name(from: token.range.lowerBound)
    }

    /// Counts one level of nesting.
    private mutating func enter() -> Bool {
        depth += 1
        guard depth <= Self.depthLimit, failure == nil else {
            fail(.expressionTooDeep(limit: Self.depthLimit, at: span(token.range)))
            depth -= 1
            return false
        }
        return true
    }

    func node(
        _ kind: ExpressionSyntax.Kind, _ start: Int, above operands: [ExpressionSyntax] = []
    ) -> ExpressionSyntax {
        ExpressionSyntax(kind, start..<max(start, previousEnd), above: operands)
    }

    private func span(_ range: Range<Int>) -> SourceSpan {
        lexer.text.span(range)
    }

    private mutating func fail(_ diagnostic: Diagnostic) {
        if failure == nil { failure = lexer.failure ?? diagnostic }
    }

    mutating func failExpecting(_ expected: String) {
        if case .foreign(let spelling) = token.kind {
            fail(.expressionForeignOperator(spelling, at: span(token.range)))
        } else {
            fail(.expressionExpected(expected, found: found, at: span(token.range)))
        }
    }

    /// A whole expression was read, and something follows that doesn't continue it.
    private mutating func failAtOperator() {
        switch token.kind {
        case .foreign(let spelling): fail(.expressionForeignOperator(spelling, at: span(token.range)))
        case .word(let word) where ["not", "AND", "OR", "NOT", "IN", "like", "LIKE", "IS"].contains(word):
            fail(.expressionForeignOperator(word, at: span(token.range)))
        case .word, .literal, .symbol, .stop, .invalid, .end: failExpecting("an operator or the end")
        }
    }

    private var found: String {
        switch token.kind {
        case .end: "the end"
        case .word, .literal, .symbol, .stop, .foreign, .invalid:
            "`\(String(decoding: lexer.text.bytes[token.range], as: UTF8.self))`"
        }
    }
}
