extension DiagnosticRenderer {
    /// One JSON object: `diagnostics`, and how many `errors` and `warnings` there are. Lines and columns start at
    /// one, offsets are bytes.
    package func json(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let items = diagnostics.map { json($0) }.joined(separator: ",")
        return #"{"diagnostics":[\#(items)],"errors":\#(errors),"warnings":\#(diagnostics.count - errors)}"#
    }

    package func json(_ diagnostic: Diagnostic) -> String {
        var fields = [
            ("code", Self.quoted(diagnostic.code)), ("severity", Self.quoted(diagnostic.severity.rawValue)),
            ("message", Self.quoted(diagnostic.message)),
        ]
        fields += place(diagnostic.primary.span)
        fields.append(("label", Self.quoted(diagnostic.primary.text)))
        let also = diagnostic.secondary.map { label in
            Self.object(place(label.span) + [("label", Self.quoted(label.text))])
        }
        fields.append(("also", "[\(also.joined(separator: ","))]"))
        if !diagnostic.path.isEmpty {
            fields.append(("path", "[\(diagnostic.path.map(Self.quoted).joined(separator: ","))]"))
        }
        if let help = diagnostic.help { fields.append(("help", Self.quoted(help))) }
        if let fix = diagnostic.fix {
            let edits = fix.edits.map { edit in
                Self.object(place(edit.span) + [("replacement", Self.quoted(edit.replacement))])
            }
            fields.append(("fix", #"{"edits":[\#(edits.joined(separator: ","))],"safe":\#(fix.isSafe)}"#))
        }
        fields.append(("docs", Self.quoted("docs/diagnostics/\(diagnostic.code).md")))
        return Self.object(fields)
    }

    private func place(_ span: SourceSpan) -> [(String, String)] {
        [
            ("file", Self.quoted(sources.path(of: span))), ("start", position(span.start, span)),
            ("end", position(span.end, span)),
        ]
    }

    private func position(_ offset: Int32, _ span: SourceSpan) -> String {
        let position = sources.position(of: offset, in: span.file)
        return #"{"line":\#(position.line),"column":\#(position.column),"offset":\#(offset)}"#
    }

    static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
