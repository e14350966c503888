extension DiagnosticRenderer {
    /// Workflow commands, one a line: a forge's runner shows them beside the lines of a change.
    ///
    /// - Parameter prefix: the way from where the reader stands to the project's folder, ending with `/`; or empty.
    package func github(_ diagnostics: [Diagnostic], prefix: String = "") -> String {
        diagnostics.map { command($0, prefix) }.joined()
    }

    private func command(_ diagnostic: Diagnostic, _ prefix: String) -> String {
        let start = sources.start(of: diagnostic.primary.span)
        let end = sources.end(of: diagnostic.primary.span)
        var properties = [
            "file=" + Self.escaped(prefix + sources.path(of: diagnostic.primary.span), isProperty: true),
            "line=\(start.line)", "endLine=\(end.line)", "col=\(start.column)",
        ]
        // An end column is taken for one of the first line.
        if start.line == end.line { properties.append("endColumn=\(end.column)") }
        properties.append("title=" + Self.escaped(diagnostic.code, isProperty: true))
        var message = diagnostic.message
        if !diagnostic.primary.text.isEmpty { message += "\n" + diagnostic.primary.text }
        if !diagnostic.path.isEmpty { message += "\npath: " + diagnostic.path.joined(separator: " > ") }
        if let help = diagnostic.help { message += "\nhelp: " + help }
        let severity = diagnostic.severity.rawValue
        return "::\(severity) \(properties.joined(separator: ","))::" + Self.escaped(message, isProperty: false) + "\n"
    }

    /// A file's text must not begin a command of its own.
    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            case ":" where isProperty: escaped += "%3A"
            case "," where isProperty: escaped += "%2C"
            default: escaped.unicodeScalars.append(scalar.value < 0x20 && scalar != "\t" ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }
}
