/// Text in, a typed expression or diagnostics out.
package enum ExpressionCompiler {
    /// Parses and types one expression.
    ///
    /// - Parameters:
    ///   - range: the bytes of `text` to read; the whole text where it is nil.
    ///   - type: what it must yield, `.bool` for a condition. Nil takes any type.
    /// - Returns: Nil where it has errors, which are in `diagnostics` then.
    package static func compile(
        _ text: EmbeddedText, range: Range<Int>? = nil, expecting type: ValueType?, in scope: ExpressionScope,
        reporting diagnostics: inout DiagnosticBag
    ) -> TypedExpression? {
        var parser = ExpressionParser(text, range: range ?? 0..<text.bytes.count, stopsAtMark: false)
        return compile(&parser, text, expecting: type, in: scope, reporting: &diagnostics)
    }

    /// The expression at the head of a template mark.
    package struct Prefix: Sendable {
        /// Nil where it has errors, which were reported.
        package let expression: TypedExpression?
        /// Offset in the text of the `|` or `>>` that ends the expression (texts in quotes are leapt over), or the
        /// end of the range where there is neither.
        package let end: Int
    }

    /// Reads an expression up to the first `|` or `>>` outside of quotes, or the end of the range. What follows may
    /// be anything: it isn't looked at.
    package static func compilePrefix(
        of text: EmbeddedText, range: Range<Int>, expecting type: ValueType? = nil, in scope: ExpressionScope,
        reporting diagnostics: inout DiagnosticBag
    ) -> Prefix {
        var parser = ExpressionParser(text, range: range, stopsAtMark: true)
        let expression = compile(&parser, text, expecting: type, in: scope, reporting: &diagnostics)
        return Prefix(expression: expression, end: parser.skipToEnd())
    }

    private static func compile(
        _ parser: inout ExpressionParser, _ text: EmbeddedText, expecting type: ValueType?,
        in scope: ExpressionScope, reporting diagnostics: inout DiagnosticBag
    ) -> TypedExpression? {
        guard let syntax = parser.parse(), parser.failure == nil else {
            diagnostics.report(parser.failure ?? .expressionMissing(at: text.whole))
            return nil
        }
        var checker = ExpressionChecker(text, scope: scope, start: syntax.range.lowerBound)
        let root = checker.check(syntax, known: scope.known).flatMap { checker.convert($0, to: type) }
        diagnostics.report(contentsOf: checker.diagnostics)
        return root.map {
            TypedExpression(
                source: String(decoding: text.bytes[syntax.range], as: UTF8.self), span: text.span(syntax.range),
                root: $0)
        }
    }
}

extension ExpressionChecker {
    /// What is wanted, or a diagnostic that says what was found.
    fileprivate mutating func convert(_ node: TypedNode, to type: ValueType?) -> TypedNode? {
        guard let type, type != node.type.type else { return node }
        if type == .decimal, node.type.type == .int { return scaled(node) }
        if type.isTextual, node.type.type.isTextual { return node }
        return fail(.expressionWrongType(node.type.type, expected: type, at: node.span))
    }
}
