/// Every code there is. A test holds it against the pages in `docs/diagnostics`, and every page must raise its code.
package struct DiagnosticCode: Sendable {
    package let code: String
    /// The heading of its page.
    package let title: String
    package let severity: Diagnostic.Severity

    package init(_ code: String, _ title: String, _ severity: Diagnostic.Severity = .error) {
        self.code = code
        self.title = title
        self.severity = severity
    }
}

package enum DiagnosticTable {
    package static let all = documents + expressions + templates

    /// A lint is silenced by its name, which is its title: `text-cut-by-comment`.
    package static func lintName(of code: String) -> String? {
        code.hasPrefix("L") ? all.first { $0.code == code }?.title : nil
    }

    /// What files and documents can get wrong. Codes are permanent: never reuse one.
    package static let documents = [
        DiagnosticCode("E0101", "the file is not YAML"),
        DiagnosticCode("E0102", "a key stands twice"),
        DiagnosticCode("E0103", "a comma made a key"),
        DiagnosticCode("E0104", "not UTF-8"),
        DiagnosticCode("E0105", "a control character"),
        DiagnosticCode("E0106", "the file is too large"),
        DiagnosticCode("E0107", "a template cut by YAML's colon"),
        DiagnosticCode("E0108", "braces instead of template marks"),
        DiagnosticCode("E0109", "nested too deep"),
        DiagnosticCode("E0110", "too many values"),
        DiagnosticCode("E0111", "too many anchors or aliases"),
        DiagnosticCode("E0112", "a text is too long"),
        DiagnosticCode("E0113", "too many documents"),
        DiagnosticCode("E0114", "the merge key"),
        DiagnosticCode("E0115", "a tag or directive"),
        DiagnosticCode("E0116", "an alias without its anchor"),
        DiagnosticCode("E0117", "a key that is not text"),
        DiagnosticCode("E0118", "a document without a kind"),
        DiagnosticCode("E0119", "a value of the wrong form"),
        DiagnosticCode("E0120", "not a name"),
        DiagnosticCode("E0121", "not an amount of money"),
        DiagnosticCode("E0122", "not a rate"),
        DiagnosticCode("E0123", "not a range"),
        DiagnosticCode("E0124", "not a number that can stand here"),
        DiagnosticCode("E0125", "neither true nor false"),
        DiagnosticCode("E0126", "not a usable web address"),
        DiagnosticCode("E0127", "not a mailbox"),
        DiagnosticCode("E0128", "not a time zone"),
        DiagnosticCode("E0129", "a key without a value"),
        DiagnosticCode("E0131", "not a language or currency"),
        DiagnosticCode("E0134", "a type that cannot be read"),
        DiagnosticCode("E0137", "a header of more than one line"),
        DiagnosticCode("E0138", "too many entries"),
        DiagnosticCode("E0139", "template marks outside of messages"),
        DiagnosticCode("E0202", "unknown key"),
        DiagnosticCode("E0203", "unknown kind of document"),
        DiagnosticCode("E0204", "a kind that is not supported yet"),
        DiagnosticCode("E0205", "a key that is not supported yet"),
        DiagnosticCode("E0206", "a key is missing"),
        DiagnosticCode("E0207", "two documents of one name"),
        DiagnosticCode("E0208", "unknown segment"),
        DiagnosticCode("E0209", "unknown policy"),
        DiagnosticCode("E0210", "unknown channel"),
        DiagnosticCode("E0211", "unknown template"),
        DiagnosticCode("E0212", "unknown brand"),
        DiagnosticCode("E0213", "unknown provider"),
        DiagnosticCode("E0214", "unknown rule pack"),
        DiagnosticCode("E0216", "not exactly one project"),
        DiagnosticCode("E0217", "a word that cannot stand here"),
        DiagnosticCode("E0218", "more than one schema"),
        DiagnosticCode("E0219", "unknown type"),
        DiagnosticCode("E0221", "a form that is not supported yet"),
        DiagnosticCode("E0222", "a reserved name"),
        DiagnosticCode("E0223", "a standard field with another type"),
        DiagnosticCode("E0224", "a provider that does not send this kind"),
        DiagnosticCode("E0401", "marketing without public_url"),
        DiagnosticCode("E0402", "marketing mail without an unsubscribe link"),
        DiagnosticCode("E0403", "marketing mail without a postal address"),
        DiagnosticCode("E0404", "a brand without a postal address"),
        DiagnosticCode("E0405", "a consent weaker than the law's"),
        DiagnosticCode("E0406", "no lawful basis"),
        DiagnosticCode("E0407", "no message for the channel"),
        DiagnosticCode("E0408", "purposes that differ"),
        DiagnosticCode("E0409", "not exactly one message"),
        DiagnosticCode("E0410", "marketing without a brand"),
        DiagnosticCode("L001", "segment-excludes-itself", .warning),
        DiagnosticCode("L002", "no-fallback-text", .warning),
        DiagnosticCode("L018", "text-cut-by-comment", .warning),
    ]

    package static let expressions = [
        DiagnosticCode("E0150", "something else was expected"),
        DiagnosticCode("E0151", "a text without a closing quote"),
        DiagnosticCode("E0152", "a character without a meaning"),
        DiagnosticCode("E0153", "an operator of another language"),
        DiagnosticCode("E0154", "an expression nested too deep"),
        DiagnosticCode("E0155", "a number too large"),
        DiagnosticCode("E0156", "more than six decimal places"),
        DiagnosticCode("E0157", "an unknown unit of time"),
        DiagnosticCode("E0158", "an unknown escape"),
        DiagnosticCode("E0159", "an empty expression"),
        DiagnosticCode("E0160", "an expression too long"),
        DiagnosticCode("E0161", "chained comparisons"),
        DiagnosticCode("E0162", "`is` with something else"),
        DiagnosticCode("E0163", "no such date or time"),
        DiagnosticCode("E0240", "unknown field"),
        DiagnosticCode("E0241", "unknown name"),
        DiagnosticCode("E0242", "a root that does not exist here"),
        DiagnosticCode("E0243", "unknown part of a root"),
        DiagnosticCode("E0244", "unknown function"),
        DiagnosticCode("E0245", "not supported yet"),
        DiagnosticCode("E0301", "two types that can't be compared"),
        DiagnosticCode("E0302", "an operand of the wrong type"),
        DiagnosticCode("E0303", "a value that never occurs"),
        DiagnosticCode("E0304", "types that can't be calculated with"),
        DiagnosticCode("E0305", "not a condition"),
        DiagnosticCode("E0306", "a list out of place"),
        DiagnosticCode("E0307", "the wrong number of arguments"),
        DiagnosticCode("E0308", "another currency"),
        DiagnosticCode("E0309", "a pattern that is not fixed"),
        DiagnosticCode("E0310", "no order"),
        DiagnosticCode("E0311", "never a value"),
        DiagnosticCode("E0312", "a value may be missing"),
    ]
}
