extension DiagnosticRenderer {
    /// One SARIF 2.1.0 log with one run: what code scanners of forges and editors read.
    ///
    /// - Parameters:
    ///   - version: of the program.
    ///   - prefix: the way from where the reader stands to the project's folder, ending with `/`; or empty.
    package func sarif(_ diagnostics: [Diagnostic], version: String, prefix: String = "") -> String {
        var codes: [String] = []
        var places: [String: Int] = [:]
        for diagnostic in diagnostics where places[diagnostic.code] == nil {
            places[diagnostic.code] = codes.count
            codes.append(diagnostic.code)
        }
        let results = diagnostics.map { result($0, rule: places[$0.code] ?? 0, prefix) }
        let driver = Self.object([
            ("name", Self.quoted("carillon")), ("version", Self.quoted(version)),
            ("rules", Self.array(codes.map(Self.rule))),
        ])
        let run = Self.object([
            ("tool", Self.object([("driver", driver)])), ("columnKind", Self.quoted("unicodeCodePoints")),
            ("results", Self.array(results)),
        ])
        return Self.object([
            ("$schema", Self.quoted("https://json.schemastore.org/sarif-2.1.0.json")),
            ("version", Self.quoted("2.1.0")), ("runs", Self.array([run])),
        ])
    }

    private static func rule(_ code: String) -> String {
        let entry = DiagnosticTable.all.first { $0.code == code }
        var fields = [("id", quoted(code))]
        if let entry {
            fields.append(("shortDescription", text(entry.title)))
            fields.append(("defaultConfiguration", object([("level", quoted(entry.severity.rawValue))])))
        }
        fields.append(("help", text("docs/diagnostics/\(code).md")))
        return object(fields)
    }

    private func result(_ diagnostic: Diagnostic, rule: Int, _ prefix: String) -> String {
        var message = diagnostic.message
        if !diagnostic.primary.text.isEmpty { message += "\n" + diagnostic.primary.text }
        if !diagnostic.path.isEmpty { message += "\npath: " + diagnostic.path.joined(separator: " > ") }
        if let help = diagnostic.help { message += "\nhelp: " + help }
        var fields = [
            ("ruleId", Self.quoted(diagnostic.code)), ("ruleIndex", String(rule)),
            ("level", Self.quoted(diagnostic.severity.rawValue)), ("message", Self.text(message)),
            ("locations", Self.array([Self.object([physical(diagnostic.primary.span, prefix)])])),
        ]
        if !diagnostic.secondary.isEmpty {
            let related = diagnostic.secondary.map { label in
                var parts = [physical(label.span, prefix)]
                if !label.text.isEmpty { parts.append(("message", Self.text(label.text))) }
                return Self.object(parts)
            }
            fields.append(("relatedLocations", Self.array(related)))
        }
        if let fix = diagnostic.fix { fields.append(("fixes", Self.array([self.fix(fix, diagnostic, prefix)]))) }
        return Self.object(fields)
    }

    private func fix(_ fix: Diagnostic.Fix, _ diagnostic: Diagnostic, _ prefix: String) -> String {
        let files = Set(fix.edits.map(\.span.file)).sorted { $0.rawValue < $1.rawValue }
        let changes = files.map { file in
            let replacements = fix.edits.filter { $0.span.file == file }.map { edit in
                Self.object([
                    ("deletedRegion", region(edit.span)), ("insertedContent", Self.text(edit.replacement)),
                ])
            }
            let span = SourceSpan(file: file, start: 0, end: 0)
            return Self.object([artifact(span, prefix), ("replacements", Self.array(replacements))])
        }
        let what = (diagnostic.help ?? "replace") + (fix.isSafe ? "" : " (may change the meaning)")
        return Self.object([("description", Self.text(what)), ("artifactChanges", Self.array(changes))])
    }

    private func physical(_ span: SourceSpan, _ prefix: String) -> (String, String) {
        ("physicalLocation", Self.object([artifact(span, prefix), ("region", region(span))]))
    }

    private func artifact(_ span: SourceSpan, _ prefix: String) -> (String, String) {
        ("artifactLocation", Self.object([("uri", Self.quoted(Self.uri(prefix + sources.path(of: span))))]))
    }

    /// Ends behind the last character, as SARIF counts.
    private func region(_ span: SourceSpan) -> String {
        let start = sources.start(of: span)
        let end = sources.end(of: span)
        return Self.object([
            ("startLine", String(start.line)), ("startColumn", String(start.column)), ("endLine", String(end.line)),
            ("endColumn", String(end.column)), ("byteOffset", String(span.start)),
            ("byteLength", String(span.end - span.start)),
        ])
    }

    private static func array(_ items: [String]) -> String {
        "[" + items.joined(separator: ",") + "]"
    }

    private static func text(_ text: String) -> String {
        object([("text", quoted(text))])
    }

    /// A relative reference: everything escaped but what a path may hold.
    private static func uri(_ path: String) -> String {
        var uri = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "/"):
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                uri += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return uri
    }
}
