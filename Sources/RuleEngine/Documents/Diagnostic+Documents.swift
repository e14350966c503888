// What can be wrong with a document's keys and values, before they are put together.
extension Diagnostic {
    static func emptyDocument(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0118",
            message: "a document begins with its kind and its id",
            at: Label(span),
            help: "write for example `campaign: spring-sale` first"
        )
    }

    static func wrongShape(_ span: SourceSpan, key: String, expected: String) -> Diagnostic {
        Diagnostic(code: "E0119", message: "`\(key)` must be \(expected)", at: Label(span))
    }

    static func missingValue(_ span: SourceSpan, key: String, expected: String) -> Diagnostic {
        Diagnostic(
            code: "E0129",
            message: "`\(key)` has no value",
            at: Label(span),
            help: "write \(expected), or remove the key"
        )
    }

    static func badID(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(code: "E0120", message: "`\(text)` cannot be a name: \(reason)", at: Label(span))
    }

    static func badMoney(_ span: SourceSpan, _ text: String, reason: String, currency: String) -> Diagnostic {
        Diagnostic(
            code: "E0121",
            message: "`\(text)` is no amount of money: \(reason)",
            at: Label(span),
            help: "write for example `\(currency) 0.075`"
        )
    }

    static func badRate(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0122",
            message: "`\(text)` is no rate: \(reason)",
            at: Label(span),
            help: "write for example `80/s` or `5000/h`"
        )
    }

    static func badRange(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0123",
            message: "`\(text)` is no range: \(reason)",
            at: Label(span),
            help: "write for example `2000..15000`"
        )
    }

    static func badInteger(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(code: "E0124", message: "`\(text)` cannot stand here: \(reason)", at: Label(span))
    }

    static func badFlag(_ span: SourceSpan, _ text: String) -> Diagnostic {
        Diagnostic(code: "E0125", message: "`\(text)` is neither `true` nor `false`", at: Label(span))
    }

    static func badURL(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(code: "E0126", message: "`\(text)` cannot be used as a web address: \(reason)", at: Label(span))
    }

    static func badMailbox(_ span: SourceSpan, _ text: String, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0127",
            message: "`\(text)` is no mailbox: \(reason)",
            at: Label(span),
            help: "write for example `Acme <news@mail.acme.example>`"
        )
    }

    static func badTimeZone(
        _ span: SourceSpan, _ text: String, reason: String, help: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: "E0128", message: "`\(text)` is no time zone: \(reason)", at: Label(span), help: help)
    }

    static func badCode(_ span: SourceSpan, _ text: String, what: String, reason: String) -> Diagnostic {
        Diagnostic(code: "E0131", message: "`\(text)` is no \(what): \(reason)", at: Label(span))
    }

    static func badFieldType(_ span: SourceSpan, reason: String) -> Diagnostic {
        Diagnostic(
            code: "E0134",
            message: "the type cannot be read: \(reason)",
            at: Label(span),
            help: "write for example `optional text`, `int` or `one_of(free, trial, pro)`"
        )
    }

    static func lineBreakInHeader(_ span: SourceSpan, key: String) -> Diagnostic {
        Diagnostic(
            code: "E0137",
            message: "`\(key)` ends up in a mail header and must be one line without control characters",
            at: Label(span)
        )
    }

    static func tooMany(_ span: SourceSpan, key: String, limit: Int) -> Diagnostic {
        Diagnostic(code: "E0138", message: "`\(key)` holds more than \(limit) entries", at: Label(span))
    }

    static func marksOutsideMessages(_ span: SourceSpan, key: String) -> Diagnostic {
        Diagnostic(
            code: "E0139",
            message: "`\(key)` is not a message text: `<< >>` is not filled in here",
            at: Label(span),
            help: "write the text out; variables live in templates only"
        )
    }

    // MARK: Names

    /// - Parameters:
    ///   - isSlip: the author can't have meant another key, and it does not stand there already.
    ///   - free: the keys that could still be written here, for whoever meant none that is like this one.
    static func unknownKey(
        _ span: SourceSpan,
        _ key: String,
        in place: String,
        nearest: String?,
        isSlip: Bool,
        free: [String]
    ) -> Diagnostic {
        let others = free.isEmpty ? nil : "keys that can stand here: " + free.map { "`\($0)`" }.joined(separator: ", ")
        return Diagnostic(
            code: "E0202",
            message: "no key `\(key)` in \(place)",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" } ?? others,
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: isSlip) }
        )
    }

    static func unknownKind(_ span: SourceSpan, _ kind: String, nearest: String?) -> Diagnostic {
        let kinds = DocumentKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return Diagnostic(
            code: "E0203",
            message: "no kind of document is called `\(kind)`",
            at: Label(span, "the first key of a document is its kind"),
            help: nearest.map { "rename to `\($0)`" } ?? "the kinds are \(kinds)",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func formNotSupported(_ span: SourceSpan, _ what: String, help: String) -> Diagnostic {
        Diagnostic(code: "E0221", message: "\(what) not supported yet", at: Label(span), help: help)
    }

    static func missingKey(_ span: SourceSpan, _ key: String, in place: String) -> Diagnostic {
        Diagnostic(
            code: "E0206",
            message: "\(place) needs `\(key)`",
            at: Label(span),
            help: "add `\(key):`"
        )
    }

    static func duplicateID(_ span: SourceSpan, kind: DocumentKind, _ id: String, first: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0207",
            message: "there are two documents `\(kind.rawValue): \(id)`",
            at: Label(span),
            also: [Label(first, "first declared here")],
            help: "rename one of them"
        )
    }

    static func unknownReference(_ span: SourceSpan, kind: DocumentKind, _ id: String, nearest: String?) -> Diagnostic {
        let code =
            switch kind {
            case .segment: "E0208"
            case .policy: "E0209"
            case .channel: "E0210"
            case .route: "E0227"
            case .fragment: "E0228"
            default: "E0211"
            }
        return Diagnostic(
            code: code,
            message: "no \(kind.rawValue) is called `\(id)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" },
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownWord(_ span: SourceSpan, key: String, _ word: String, known: [String]) -> Diagnostic {
        let nearest = NearestName.of(word, among: known)
        return Diagnostic(
            code: "E0217",
            message: "`\(key)` cannot be `\(word)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "it is one of \(known.map { "`\($0)`" }.joined(separator: ", "))",
            fix: nearest.map { Fix(edits: [(span, $0)], isSafe: false) }
        )
    }

    static func unknownFieldType(_ span: SourceSpan, _ type: String, nearest: String?) -> Diagnostic {
        Diagnostic(
            code: "E0219",
            message: "no type is called `\(type)`",
            at: Label(span),
            help: nearest.map { "rename to `\($0)`" }
                ?? "the types are \(FieldTypeReader.names.map { "`\($0.name)`" }.joined(separator: ", ")), "
                + "`one_of(…)` and `list of text`"
        )
    }
}
