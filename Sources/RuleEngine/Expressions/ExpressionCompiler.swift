/// Text in, a typed expression or diagnostics out.
package enum ExpressionCompiler {
    /// Parses and types one expression.
    ///
    /// - Parameters:
    ///   - range: the bytes of `text` to read; the whole text where it is nil.
    ///   - type: what it must yield, `.bool` for a condition. Nil takes any type but a bare list literal.
    /// - Returns: Nil where it has errors, which are in `diagnostics` then.
    package static func compile(
        _ text: EmbeddedText, range: Range<Int>? = nil, expecting type: ValueType?, in scope: ExpressionScope,
        reporting diagnostics: inout DiagnosticBag
    ) -> TypedExpression? {
        nil
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
        Prefix(expression: nil, end: range.upperBound)
    }
}
