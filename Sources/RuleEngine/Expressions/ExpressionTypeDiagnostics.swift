/// What can be wrong with the types in an expression.
extension Diagnostic {
    static func expressionCannotCompare(
        _ left: ValueType, _ right: ValueType, with spelling: String, help: String?, at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0301", message: "`\(spelling)` can't compare \(left.described) with \(right.described)",
            at: Label(span), help: help)
    }

    static func expressionWrongOperand(
        _ type: ValueType, of spelling: String, needs: String, at span: SourceSpan, help: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: "E0302", message: "`\(spelling)` needs \(needs), and this is \(type.described)", at: Label(span),
            help: help)
    }

    static func expressionImpossibleValue(
        _ value: String, type: ValueType, nearest: String?, at span: SourceSpan, declared: SourceSpan?
    ) -> Diagnostic {
        let help: String? =
            switch type {
            case .country: "countries are two capital letters (ISO 3166-1): `DE`, `US`"
            case .oneOf(let values):
                nearest.map { "did you mean `\($0)`?" } ?? "the values are \(values.joined(separator: ", "))"
            default: nearest.map { "did you mean `\($0)`?" }
            }
        return Diagnostic(
            code: "E0303", message: "`\(value)` is never a value of \(type.described)", at: Label(span),
            also: declared.map { [Label($0, "declared here")] } ?? [], help: help)
    }

    static func expressionWrongArithmetic(
        _ left: ValueType, _ right: ValueType, with spelling: String, help: String?, at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0304", message: "`\(spelling)` can't work on \(left.described) and \(right.described)",
            at: Label(span), help: help)
    }

    static func expressionWrongType(_ found: ValueType, expected: ValueType, at span: SourceSpan) -> Diagnostic {
        let help =
            expected == .bool
            ? "a condition is a comparison, `is known`, a bool field, or these with and, or, not" : nil
        return Diagnostic(
            code: "E0305", message: "this is \(found.described), but \(expected.described) is needed here",
            at: Label(span), help: help)
    }

    static func expressionListNotHere(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0306", message: "a list of values can't stand here", at: Label(span),
            help: "lists stand to the right of `in`, or to the left of `contains`")
    }

    static func expressionListItemNotConstant(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0306", message: "the items of a list are fixed values", at: Label(span),
            help: "compare with `==` and join the comparisons with `or`")
    }

    static func expressionWrongArguments(_ function: ExpressionFunction, count: Int, at span: SourceSpan) -> Diagnostic
    {
        Diagnostic(
            code: "E0307",
            message: "`\(function.rawValue)` can't take \(count) \(count == 1 ? "argument" : "arguments")",
            at: Label(span), help: "write `\(function.usage)`")
    }

    static func expressionOtherCurrency(_ currency: String, project: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0308", message: "there is no exchange rate from \(currency) to \(project)", at: Label(span),
            help: "write the amount in \(project), or add `exchange_rates: {\(currency): \(project) …}` to the project")
    }

    static func expressionPatternNotConstant(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0309", message: "the pattern of `matches` is a fixed text", at: Label(span),
            help: #"write `matches "A*"`: `*` stands for any text, `?` for one character"#)
    }

    static func expressionNoOrder(_ type: ValueType, with spelling: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0310", message: "`\(spelling)` needs an order, and \(type.described) has none", at: Label(span),
            help: "use `==`, `!=` or `in`")
    }

    static func expressionConstantFails(_ reason: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(code: "E0311", message: "this never has a value: \(reason)", at: Label(span))
    }

    /// The one message for a value that may be missing where one is needed; expressions and templates share it.
    ///
    /// - Parameter source: the value as the author wrote it.
    package static func valueMayBeMissing(
        _ source: String, field: ContactField?, at span: SourceSpan, help: String
    ) -> Diagnostic {
        var words = ""
        var labels: [Label] = []
        if let field {
            words = "declared `optional \(field.type.type.spelling)`"
            if let declaration = field.declaration { labels = [Label(declaration, "declared here")] }
        }
        return Diagnostic(
            code: "E0312", message: "`\(source)` may be missing here", at: Label(span, words), also: labels, help: help)
    }
}

extension ValueType {
    /// As a schema writes it.
    package var spelling: String {
        switch self {
        case .text: "text"
        case .int: "int"
        case .decimal: "decimal"
        case .money: "money"
        case .bool: "bool"
        case .date: "date"
        case .instant: "instant"
        case .duration: "duration"
        case .email: "email"
        case .phone: "phone"
        case .country: "country"
        case .locale: "locale"
        case .channelKind: "channel"
        case .oneOf(let values): "one_of(\(values.joined(separator: ", ")))"
        case .list(let element): "list of \(element.spelling)"
        case .unknown: "unknown"
        }
    }

    /// In a sentence.
    var described: String {
        switch self {
        case .text: "a text"
        case .int: "a whole number"
        case .decimal: "a decimal number"
        case .money: "an amount of money"
        case .bool: "a truth value"
        case .date: "a date"
        case .instant: "a point in time"
        case .duration: "a duration"
        case .email: "an email address"
        case .phone: "a phone number"
        case .country: "a country"
        case .locale: "a language"
        case .channelKind: "a kind of channel"
        case .oneOf: "`\(spelling)`"
        case .list: "a list"
        case .unknown: "an unknown value"
        }
    }
}
