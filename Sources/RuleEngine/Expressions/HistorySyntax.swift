/// `count(order_placed, last 30d, where event.total > EUR 20)`, as it was written.
struct HistorySyntax {
    let function: HistoryQuery.Function
    let functionRange: Range<Int>
    let subject: String
    let subjectRange: Range<Int>
    var field: (name: String, range: Range<Int>)?
    var window: (microseconds: Int128, range: Range<Int>)?
    var filter: ExpressionSyntax?
    var link: (name: String, range: Range<Int>)?
}

extension ExpressionParser {
    /// The opening parenthesis is the current token. The subject is a name as documents have them (`cart-reminder`),
    /// or the same in quotes; then the window, the condition and the link, each at most once, in any order.
    mutating func parseHistory(
        _ function: HistoryQuery.Function, _ functionRange: Range<Int>, _ start: Int
    ) -> ExpressionSyntax? {
        advance()
        guard let (subject, subjectRange) = parseSubject(of: function) else { return nil }
        var history = HistorySyntax(
            function: function, functionRange: functionRange, subject: subject, subjectRange: subjectRange)
        if token.isSymbol(.dot) {
            advance()
            guard case .word(let name) = token.kind else {
                failExpecting("a field after the dot")
                return nil
            }
            history.field = (name, token.range)
            advance()
        }
        while token.isSymbol(.comma) {
            advance()
            guard parsePart(of: &history) else { return nil }
        }
        guard close(.closeParenthesis) else { return nil }
        return node(.history(history), start, above: history.filter.map { [$0] } ?? [])
    }

    private mutating func parseSubject(of function: HistoryQuery.Function) -> (String, Range<Int>)? {
        if case .literal(.text(let bytes)) = token.kind {
            let range = token.range
            advance()
            return (String(decoding: bytes, as: UTF8.self), range)
        }
        guard case .word = token.kind else {
            failExpecting(function.isAboutEvents ? "the name of an event" : "the name of a step or template")
            return nil
        }
        rescanAsName()
        guard case .word(let name) = token.kind else { return nil }
        let range = token.range
        advance()
        return (name, range)
    }

    private mutating func parsePart(of history: inout HistorySyntax) -> Bool {
        if token.isWord("last"), history.window == nil {
            advance()
            guard case .literal(.duration(let microseconds)) = token.kind else {
                failExpecting("a duration such as `30d` after `last`")
                return false
            }
            history.window = (microseconds, token.range)
            advance()
            return true
        }
        if token.isWord("where"), history.filter == nil, history.function.isAboutEvents {
            advance()
            if token.isSymbol(.colon) { advance() }
            history.filter = parseOr()
            return history.filter != nil
        }
        if token.isWord("link"), history.link == nil, history.function == .clicked {
            advance()
            guard case .literal(.text(let bytes)) = token.kind else {
                failExpecting("the link's name in quotes")
                return false
            }
            history.link = (String(decoding: bytes, as: UTF8.self), token.range)
            advance()
            return true
        }
        let known = history.function == .clicked ? "`last 30d` or `link \"name\"`" : "`last 30d`"
        failExpecting(history.function.isAboutEvents ? "`last 30d` or `where` and a condition" : known)
        return false
    }
}
