/// What can be wrong with how an expression is written.
extension Diagnostic {
    static func expressionExpected(_ expected: String, found: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(code: "E0150", message: "expected \(expected), found \(found)", at: Label(span))
    }

    static func expressionUnclosedText(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0151", message: "this text has no closing quote", at: Label(span),
            help: #"end the text with `"`; a quote inside of it is written `\"`"#)
    }

    static func expressionStrayCharacter(_ character: String, at span: SourceSpan) -> Diagnostic {
        let isPrintable = character.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        let name = isPrintable ? "`\(character)`" : "this character"
        return Diagnostic(code: "E0152", message: "\(name) has no meaning in an expression", at: Label(span))
    }

    static func expressionForeignOperator(_ spelling: String, at span: SourceSpan) -> Diagnostic {
        let help =
            switch spelling {
            case "!", "NOT", "~": "write `not`"
            case "&&", "&", "AND": "write `and`"
            case "||", "OR": "write `or`"
            case "=", "===": "write `==` to compare"
            case "<>", "!==": "write `!=`"
            case "?": "there is no `a ? b : c`; use `default(value, other)`, or `<<if>>` in a template"
            case "??": "write `default(value, other)`"
            case "'", "`", "\u{201C}", "\u{201D}", "\u{201E}": #"put texts in straight double quotes: `"text"`"#
            case "not": "put `not` in front of the whole comparison: `not contact.country in [\"DE\"]`"
            case "IN": "write `in`"
            case "IS": "write `is known` or `is missing`"
            case "like", "LIKE": #"write `matches "A*"`, `contains`, `starts_with` or `ends_with`"#
            case "%": "write a share without a space: `45%`; there is no remainder operator"
            case "{", "}": "lists are written `[a, b]`"
            default: "the operators are and or not == != < <= > >= in contains starts_with ends_with matches + - * /"
            }
        return Diagnostic(
            code: "E0153", message: "`\(spelling)` is not written like this here", at: Label(span), help: help)
    }

    static func expressionTooDeep(limit: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0154", message: "this expression is nested deeper than \(limit) levels", at: Label(span),
            help: "split it into several conditions")
    }

    static func expressionNumberOutOfRange(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0155", message: "this number is too large", at: Label(span),
            help: "whole numbers reach up to 9223372036854775807, decimals and amounts up to 9223372036854.775807")
    }

    static func expressionTooManyDecimals(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0156", message: "this number has more than six decimal places", at: Label(span),
            help: "numbers are kept to a millionth; round it")
    }

    static func expressionUnknownUnit(_ literal: String, unit: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0157", message: "`\(literal)` is neither a number nor a duration", at: Label(span),
            help: "durations are whole numbers of `d`, `h`, `m` or `s`: `2d`, `3h`, `90m`, `30s`")
    }

    static func expressionUnknownEscape(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0158", message: "there is no such escape in a text", at: Label(span),
            help: #"only `\"` and `\\` are escapes; everything else stands for itself"#)
    }

    static func expressionControlCharacter(_ byte: UInt8, at span: SourceSpan) -> Diagnostic {
        let digits = String(byte, radix: 16, uppercase: true)
        let name = "U+00" + (digits.utf8.count == 1 ? "0" : "") + digits
        return Diagnostic(
            code: "E0158", message: "the control character \(name) can't stand in a text", at: Label(span),
            help: "no contact's text holds control characters, so nothing could ever equal it")
    }

    static func expressionMissing(at span: SourceSpan) -> Diagnostic {
        Diagnostic(code: "E0159", message: "there is no expression here", at: Label(span))
    }

    static func expressionTooLong(limit: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0160", message: "this expression has more than \(limit) words and signs", at: Label(span),
            help: "tag the contacts on import and ask for the tag, or split the condition")
    }

    static func expressionChainedComparison(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0161", message: "comparisons can't be chained", at: Label(span),
            help: "write `a < b and b < c`, or put one comparison in parentheses")
    }

    static func expressionUnknownPresence(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0162", message: "`is` asks only whether a value is there", at: Label(span),
            help: "write `is known` or `is missing`; to compare, write `==` or `!=`")
    }

    static func expressionNoSuchDate(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0163", message: "the calendar has no such date or time", at: Label(span),
            help: "dates are written `2027-03-18`, times of day `2027-03-18 10:00`")
    }
}
