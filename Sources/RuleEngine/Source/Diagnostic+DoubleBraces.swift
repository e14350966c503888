extension Diagnostic {
    /// `{{ x }}`: from another product. Sent as it stands, it would show a customer the braces.
    ///
    /// - Parameters:
    ///   - text: what the span covers, braces included.
    ///   - source: the whole file.
    static func doubleBraces(_ span: SourceSpan, text: String, source: [UInt8]) -> Diagnostic {
        var inner: String?
        if text.hasPrefix("{{"), text.hasSuffix("}}") { inner = String(text.dropFirst(2).dropLast(2)).trimmed }
        return Diagnostic(
            code: "E0108",
            message: "braces are not template marks here",
            at: Label(span),
            help: inner.map { "write `<<\($0)>>`" } ?? "write `<<variable>>` instead of `{{ variable }}`",
            fix: braceEdits(span, source).map { Fix(edits: $0, isSafe: true) }
        )
    }

    /// Only the braces and the blanks inside of them are replaced: what is between may hold escapes of the quotes
    /// around it.
    private static func braceEdits(_ span: SourceSpan, _ source: [UInt8]) -> [(span: SourceSpan, replacement: String)]?
    {
        var open = Int(span.start) + 2
        var close = min(Int(span.end), source.count) - 2
        guard open < close, source[open - 2..<open].allSatisfy({ $0 == UInt8(ascii: "{") }),
            source[close..<close + 2].allSatisfy({ $0 == UInt8(ascii: "}") })
        else { return nil }
        while open < close, source[open] == 0x20 { open += 1 }
        while close > open, source[close - 1] == 0x20 { close -= 1 }
        guard open < close else { return nil }
        return [
            (SourceSpan(file: span.file, start: span.start, end: Int32(open)), "<<"),
            (SourceSpan(file: span.file, start: Int32(close), end: span.end), ">>"),
        ]
    }
}
