// What can be wrong with a file before its meaning is asked for.
extension Diagnostic {
    static func yamlSyntax(_ span: SourceSpan, problem: String, context: String?, opened: SourceSpan?) -> Diagnostic {
        let known = YAMLProblem.known.first { problem.contains($0.pattern) && (context ?? "").contains($0.context) }
        return Diagnostic(
            code: "E0101",
            message: known?.message ?? "this is not valid YAML: \(problem)",
            at: Label(span),
            also: opened.map { [Label($0, known?.opened ?? "it belongs to what begins here")] } ?? [],
            help: known?.help
        )
    }

    static func duplicateKey(_ span: SourceSpan, _ key: String, first: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0102",
            message: "the key `\(key)` stands twice in one mapping",
            at: Label(span),
            also: [Label(first, "first written here")],
            help: "remove one of the two"
        )
    }

    static func emptyFlowKey(_ span: SourceSpan, _ key: String) -> Diagnostic {
        Diagnostic(
            code: "E0103",
            message: "`\(key)` is read as a key without a value",
            at: Label(span, "a comma ends the value before it inside `{ }`"),
            help: "quote the text if the comma belongs to it"
        )
    }

    static func invalidUTF8(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0104",
            message: "the file is not UTF-8 text",
            at: Label(span, "the first byte that is not"),
            help: "save the file as UTF-8"
        )
    }

    static func controlCharacter(_ span: SourceSpan, scalar: UInt32) -> Diagnostic {
        let digits = String(scalar, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        return Diagnostic(
            code: "E0105",
            message: "the control character \(name) cannot stand in a file",
            at: Label(span),
            help: "remove it"
        )
    }

    static func fileTooLarge(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "E0106",
            message: "the file is larger than \(limit >> 10) KiB",
            at: Label(span),
            help: "divide it into several files; ids are visible in the whole project"
        )
    }

    static func templateCutByColon(_ colon: SourceSpan, filter: String, text: SourceSpan, content: String) -> Diagnostic
    {
        var quoted = "'"
        for character in content.unicodeScalars {
            quoted.unicodeScalars.append(character)
            if character == "'" { quoted.unicodeScalars.append(character) }
        }
        return Diagnostic(
            code: "E0107",
            message: "the text after `\(filter)` is read by YAML as a new key",
            at: Label(colon, "a colon and a space end plain text"),
            help: "put the text in single quotes",
            fix: Fix(edits: [(text, quoted + "'")], isSafe: true)
        )
    }

    static func tooDeep(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "E0109",
            message: "lists and mappings are nested more than \(limit) levels deep",
            at: Label(span)
        )
    }

    static func tooManyNodes(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "E0110",
            message: "the document holds more than \(limit) values, aliases counted in full",
            at: Label(span),
            help: "divide the document"
        )
    }

    static func tooManyAliases(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(code: "E0111", message: "the document holds more than \(limit) aliases", at: Label(span))
    }

    static func tooManyAnchors(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(code: "E0111", message: "the document holds more than \(limit) anchors", at: Label(span))
    }

    static func scalarTooLong(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "E0112",
            message: "a text is longer than \(limit >> 10) KiB",
            at: Label(span, "it begins here")
        )
    }

    static func tooManyDocuments(_ span: SourceSpan, limit: Int) -> Diagnostic {
        Diagnostic(
            code: "E0113",
            message: "the file holds more than \(limit) documents",
            at: Label(span),
            help: "divide it into several files"
        )
    }

    static func mergeKey(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0114",
            message: "the merge key `<<` is not part of the language",
            at: Label(span),
            help: "write the keys out, or use an alias for a whole value"
        )
    }

    static func tag(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0115",
            message: "tags are not part of the language",
            at: Label(span),
            help: "remove the tag; a value's type follows from its key. Quote a text that begins with `!`"
        )
    }

    static func directive(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            code: "E0115",
            message: "YAML directives are not part of the language",
            at: Label(span),
            help: "remove the line that begins with `%`"
        )
    }

    static func unknownAnchor(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic(
            code: "E0116",
            message: "no anchor `&\(name)` stands above in this document",
            at: Label(span),
            help: "quote the text if it begins with `*`"
        )
    }

    static func aliasInsideItself(_ span: SourceSpan, _ name: String) -> Diagnostic {
        Diagnostic(code: "E0116", message: "the alias `*\(name)` stands inside its own anchor", at: Label(span))
    }

    static func keyIsNotText(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(code: "E0117", message: "a key must be a text on one line", at: Label(span))
    }

    static func textCutByComment(_ span: SourceSpan, text: String) -> Diagnostic {
        Diagnostic(
            code: "L018",
            severity: .warning,
            message: "`text-cut-by-comment`: `\(text)` is not part of the text",
            at: Label(span, "YAML starts a comment at ` #`"),
            help: "quote the whole text"
        )
    }
}

/// libyaml's complaints in our words. It has about sixty; these are the ones that people meet.
private struct YAMLProblem {
    let pattern: String
    var context = ""
    let message: String
    var opened: String?
    var help: String?

    static let known = [
        YAMLProblem(
            pattern: "mapping values are not allowed",
            message: "a colon and a space begin a value where none can stand",
            help: "quote the text if the colon belongs to it, or check the indentation"
        ),
        YAMLProblem(
            pattern: "did not find expected key",
            context: "block mapping",
            message: "this does not fit the mapping around it",
            opened: "the mapping begins here",
            help: "check the indentation; a text that begins with a quote must end with it"
        ),
        YAMLProblem(
            pattern: "did not find expected '-' indicator",
            message: "this does not fit the list around it",
            opened: "the list begins here",
            help: "check the indentation; every item begins with `- `"
        ),
        YAMLProblem(
            pattern: "did not find expected ',' or '}'",
            message: "a comma or a closing `}` is missing before this",
            opened: "opened here",
            help: "quote texts that hold commas, colons or brackets"
        ),
        YAMLProblem(
            pattern: "did not find expected ',' or ']'",
            message: "a comma or a closing `]` is missing before this",
            opened: "opened here",
            help: "quote texts that hold commas, colons or brackets"
        ),
        YAMLProblem(
            pattern: "did not find expected node content",
            message: "a value is missing before this"
        ),
        YAMLProblem(
            pattern: "unexpected end of stream",
            message: "a quoted text has no closing quote",
            opened: "opened here"
        ),
        YAMLProblem(
            pattern: "unexpected document indicator",
            message: "a quoted text has no closing quote before the next document",
            opened: "opened here"
        ),
        YAMLProblem(
            pattern: "could not find expected ':'",
            message: "a key without a colon",
            opened: "the key begins here",
            help: "write `key: value`, or indent the line if it continues the text above"
        ),
        YAMLProblem(
            pattern: "unknown escape character",
            message: "a double-quoted text holds an unknown escape",
            opened: "opened here",
            help: "write `\\\\` for a backslash, or use single quotes"
        ),
        YAMLProblem(
            pattern: "did not find expected hexdecimal number",
            message: "an escape lacks its hexadecimal digits",
            opened: "opened here"
        ),
        YAMLProblem(
            pattern: "invalid Unicode character code",
            message: "an escape names no character",
            opened: "opened here"
        ),
        YAMLProblem(
            pattern: "cannot start any token",
            message: "a text cannot begin with this character unless it is quoted",
            help: "quote the text; indent with spaces, not with tabs"
        ),
        YAMLProblem(
            pattern: "found a tab character",
            message: "a tab stands where only spaces may",
            help: "indent with spaces"
        ),
        YAMLProblem(
            pattern: "block sequence entries are not allowed",
            message: "a list item cannot stand here",
            help: "begin the list on a line of its own"
        ),
        YAMLProblem(
            pattern: "did not find expected <document start>",
            message: "this stands after the end of the document",
            help: "check the indentation, or begin a new document with a line `---`"
        ),
        YAMLProblem(
            pattern: "did not find expected comment or line break",
            message: "the text of a block begins on the line after `|`",
            opened: "the block begins here"
        ),
        YAMLProblem(
            pattern: "block mapping",
            message: "a mapping cannot begin here",
            help: "begin it on a line of its own"
        ),
        YAMLProblem(
            pattern: "alphabetic or numeric character",
            message: "a name is missing after `&` or `*`",
            help: "quote the text if the sign belongs to it"
        ),
    ]
}
