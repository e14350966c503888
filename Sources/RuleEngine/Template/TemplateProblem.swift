/// What can be wrong with the form of a template.
enum TemplateProblem {
    case openMark
    case openText
    case emptyMark
    case missingExpression
    case openBlock
    case strayEnd
    case strayElse
    case elseAfterElse
    case elseInLoop
    case textAfterElse
    case textAfterEnd
    case missingCondition(String)
    case malformedLoop
    case malformedLink(isShort: Bool)
    case malformedBlock
    case notInAddress(String)
    case missingFilter
    case missingColon(filter: String)
    case missingArgument(filter: String)
    case malformedArgument(filter: String)
    case tooDeep(limit: Int)
    case tooManyMarks(limit: Int)

    func diagnostic(at span: SourceSpan) -> Diagnostic {
        let (code, message, help) = words
        return Diagnostic(code: code, message: message, at: Diagnostic.Label(span), help: help)
    }

    private var words: (code: String, message: String, help: String?) {
        switch self {
        case .openMark:
            (
                "E0170", "the mark is not closed",
                "write `>>` at its end, on the same line; a literal `<<` is written `\\<<`"
            )
        case .openText: ("E0171", "the text in the mark is not closed", "write the missing `\"`")
        case .emptyMark: ("E0172", "the mark is empty", "write what stands here, such as `<<contact.country>>`")
        case .missingExpression:
            (
                "E0172", "the mark has filters but nothing to filter",
                "write what stands here, such as `<<contact.country>>`"
            )
        case .openBlock: ("E0173", "the block is not closed", "write `<<end>>` where it ends")
        case .strayEnd:
            ("E0174", "there is no block for this `end`", "remove it, or open a block with `<<if …>>` above")
        case .strayElse:
            ("E0174", "there is no `if` for this `else`", "remove it, or open a block with `<<if …>>` above")
        case .elseAfterElse: ("E0174", "the block already has an `else`", "write `<<else if …>>` for a further case")
        case .elseInLoop:
            ("E0174", "a `for` has no `else`", "ask for an empty list with `<<if size(…) == 0>>`")
        case .textAfterElse: ("E0174", "only `if` may follow `else`", "write `<<else>>` or `<<else if …>>`")
        case .textAfterEnd: ("E0174", "nothing may follow `end`", "write `<<end>>`")
        case .missingCondition(let word):
            ("E0175", "`\(word)` has no condition", "write it as `<<\(word) contact.country == \"DE\">>`")
        case .malformedLoop: ("E0175", "this `for` can't be read", "write it as `<<for item in contact.tags>>`")
        case .malformedLink(let isShort):
            (
                "E0176", "this `\(isShort ? "short_link" : "link")` can't be read",
                "write it as `<<\(isShort ? "short_link" : "link") \"https://…\" as \"name\">>`"
            )
        case .malformedBlock: ("E0183", "this `block` can't be read", "write it as `<<block \"footer\">>`")
        case .notInAddress(let word):
            ("E0176", "`\(word)` can't stand in the address of a link", "only values may stand there")
        case .missingFilter: ("E0177", "the name of a filter is missing", "write it after the `|`, or remove the `|`")
        case .missingColon(let filter):
            ("E0177", "`\(filter)` and its argument are not separated", "write `\(filter): …`")
        case .missingArgument(let filter):
            ("E0177", "the argument of `\(filter)` is missing", "write it after the colon, or remove the colon")
        case .malformedArgument(let filter):
            (
                "E0177", "this is no argument for `\(filter)`",
                "filters take texts in quotes, numbers and durations such as `14d`; what depends on the contact goes before the `|`"
            )
        case .tooDeep(let limit): ("E0178", "blocks are nested deeper than \(limit)", nil)
        case .tooManyMarks(let limit): ("E0180", "the text has more than \(limit) marks", nil)
        }
    }
}
