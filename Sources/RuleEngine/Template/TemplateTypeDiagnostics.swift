extension Diagnostic {
    static func templateUnknownFilter(_ name: String, nearest: String?, at span: SourceSpan) -> Diagnostic {
        let known = TemplateFilter.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return Diagnostic(
            code: "E0340",
            message: "there is no filter `\(name)`",
            at: Label(span),
            help: nearest.map { "write `\($0)`" } ?? "the filters are \(known)",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func templateFilterOperand(_ filter: TemplateFilter, _ type: ValueType, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0341",
            message: "`\(filter.rawValue)` takes \(filter.operand), not \(type.described)",
            at: Label(span)
        )
    }

    static func templateFilterArguments(_ filter: TemplateFilter, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0342",
            message: "`\(filter.rawValue)` can't take this",
            at: Label(span),
            help: "write it as `\(filter.usage)`"
        )
    }

    static func templatePluralForms(_ count: Int, _ language: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0342",
            message: "`plural` needs \(count) words in the language `\(language)`",
            at: Label(span),
            help: count == 3
                ? "give the words for 1, for 2 to 4 and for 5" : "give the word for one and the word for many"
        )
    }

    static func templateDatePattern(_ problem: DatePattern.Problem, at span: SourceSpan) -> Diagnostic {
        let message =
            switch problem {
            case .unknownLetters(let letters): "`\(letters)` stands for no part of a date"
            case .openQuote: "the quoted part of the pattern is not closed"
            case .empty: "the pattern is empty"
            }
        return Diagnostic(
            code: "E0343",
            message: message,
            at: Label(span),
            help: "letters are y M L d E H h m s a; words go between single quotes, as in `d 'de' MMMM`"
        )
    }

    static func templateClockOfDate(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0343",
            message: "a calendar day has no time of day",
            at: Label(span),
            help: "leave out the letters H h m s a"
        )
    }

    static func templateNotShowable(_ source: String, _ type: ValueType, at span: SourceSpan) -> Diagnostic {
        let help: String? =
            switch type {
            case .instant: "add `| date` or `| time`"
            case .list: #"add `| join: ", "`"#
            case .bool: "ask for it with `<<if \(source)>>`"
            default: nil
            }
        return Diagnostic(
            code: "E0344",
            message: "\(type.described) can't be shown without a filter",
            at: Label(span),
            help: help
        )
    }

    static func templateLinkAddress(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0345",
            message: "the address of a link must begin with http, https, mailto or tel",
            at: Label(span),
            help: "write the whole address, as in `https://acme.example/shop`"
        )
    }

    static func templateLinkDeclaredTwice(_ name: String, first: SourceSpan, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0346",
            message: "the link `\(name)` leads to two places",
            at: Label(span),
            also: [Label(first, "first declared here")],
            help: "give one of them another name"
        )
    }

    static func templateLinkNeedsName(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0347",
            message: "a text with several links names each of them",
            at: Label(span),
            help: #"add `as "name"`"#
        )
    }

    static func templateLinkInHeader(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0348",
            message: "a header can't hold a link",
            at: Label(span),
            help: "move it into the body"
        )
    }

    static func templatePlaceRefused(_ place: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0349",
            message: "a value can't stand in \(place)",
            at: Label(span),
            help: "put it between tags or into an attribute in quotes; nothing else can be made safe"
        )
    }

    static func templateLoopOverNonList(_ type: ValueType, at span: SourceSpan) -> Diagnostic {
        Diagnostic(code: "E0350", message: "`for` needs a list, and this is \(type.described)", at: Label(span))
    }

    static func templateLoopVariable(_ name: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0351",
            message: "`\(name)` already means something here",
            at: Label(span),
            help: "choose another name for the loop's variable"
        )
    }

    static func templateUnbalancedHTML(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0352",
            message: "the parts of this block end in different places of the HTML",
            at: Label(span),
            help: "close every tag and every quote in the part that opened it"
        )
    }

    static func templateLineBreakInHeader(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0353",
            message: "a header is one line, without control characters",
            at: Label(span),
            help: "write the text on one line, without `|` or `>`"
        )
    }

    // MARK: Shared texts

    static func templateUnknownBlock(_ name: String, nearest: String?, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0254", message: "no block is called `\(name)`", at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? "declare it: `block: \(name)` with `text:`",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) })
    }

    static func templateBlockWithoutText(
        _ name: String, language: String, isHTML: Bool, at span: SourceSpan, declared: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0255", message: "the block `\(name)` has no \(isHTML ? "HTML" : "text") in `\(language)`",
            at: Label(span), also: [Label(declared, "declared here")],
            help: "add `\(isHTML ? "html" : "text"): {\(language): …}` to it, or a `language_fallback` to the project")
    }

    static func templateBlockInBlock(_ name: String, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0256", message: "a block shows no other block", at: Label(span),
            help: "write the text of `\(name)` here, or show both blocks in the message")
    }

    static func templateContentOutsideLayout(at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0184", message: "`content` stands only in a layout", at: Label(span),
            help: "it is the place of the message in the `layout:` of a brand")
    }

    static func layoutContents(_ count: Int, at span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0184",
            message: count == 0
                ? "the layout has no place for the message" : "the layout has \(count) places for the message",
            at: Label(span), help: "write `<<content>>` once")
    }

    static func layoutWithoutLanguage(
        _ layout: SourceSpan, brand: String, language: String, isHTML: Bool, at span: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0255",
            message: "the layout of the brand `\(brand)` has no \(isHTML ? "HTML" : "text") in `\(language)`",
            at: Label(span), also: [Label(layout, "the layout")],
            help: "add `\(language):` to it, or write one text for all languages")
    }

    static func htmlEndsInTag(_ span: SourceSpan, layout: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0352", message: "the HTML ends inside of a tag, and its brand's layout goes on behind it",
            at: Label(span), also: [Label(layout, "the layout")], help: "close the tag")
    }

    // MARK: Length

    static func tooManySegments(
        _ span: SourceSpan, _ longest: LongestRendering, limit: Int, declared: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0363",
            message:
                "the text becomes \(longest.segments) parts of \(longest.encoding.rawValue), and `max_segments` is "
                + "\(limit)",
            at: Label(span, "up to \(longest.units) units"), also: [Label(declared, "the limit")],
            help: longest.encoding == .ucs2
                ? "a character outside of the small alphabet leaves 70 characters a part in place of 160" : "shorten it"
        )
    }

    static func maybeTooManySegments(
        _ span: SourceSpan, _ longest: LongestRendering, limit: Int, declared: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "L050", severity: .warning,
            message:
                "`long-text-message`: the text can become \(longest.segments) parts, and `max_segments` is \(limit)",
            at: Label(span, "\(longest.units) units of \(longest.encoding.rawValue)" + assuming(longest)),
            also: [Label(declared, "the limit")],
            help: "shorten it, cut a value (`| truncate: 20, \"\"`), or give its field a `max_length` in the schema")
    }

    static func tooLong(
        _ span: SourceSpan, length: Int, limit: Catalog.TextLimit, channel: String, sentBy place: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "E0364",
            message: "the text takes up to \(length) \(limit.unit.words), and `\(channel)` takes \(limit.most)",
            at: Label(span), also: [Label(place, "sent here")], help: "shorten it")
    }

    static func maybeTooLong(
        _ span: SourceSpan, _ longest: LongestRendering, length: Int, limit: Catalog.TextLimit, channel: String,
        sentBy place: SourceSpan
    ) -> Diagnostic {
        Diagnostic(
            code: "L051", severity: .warning,
            message:
                "`long-text`: the text can take \(length) \(limit.unit.words), and `\(channel)` takes \(limit.most)",
            at: Label(span, "longest" + assuming(longest)), also: [Label(place, "sent here")],
            help: "shorten it, or give the fields a `max_length` in the schema")
    }

    private static func assuming(_ longest: LongestRendering) -> String {
        if longest.assumed.isEmpty { return "" }
        let names = longest.assumed.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
        let more = longest.assumed.count > 3 ? " …" : ""
        return ", with at most \(LongestRendering.Assumption.characters) characters in \(names)\(more)"
    }
}
