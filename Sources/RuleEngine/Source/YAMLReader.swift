/// Reads files into syntax trees, on libyaml's events.
///
/// A mistake costs the value it stands in: that is taken out, and the rest of the document read again. Where that does
/// not help, reading goes on at the next line that begins with `---`.
package enum YAMLReader {
    /// One node a document, in file order. What could not be read is reported, and is `.invalid` in the tree.
    package static func read(
        _ file: FileID,
        in sources: SourceMap,
        limits: ReaderLimits = ReaderLimits(),
        reporting diagnostics: inout DiagnosticBag
    ) -> [SyntaxNode] {
        var bytes = sources.file(file).bytes
        guard bytes.count <= limits.bytes else {
            diagnostics.report(.fileTooLarge(SourceSpan(file: file, start: 0, end: 0), limit: limits.bytes))
            return []
        }
        let scan = SourceScan(bytes)
        switch scan.problem {
        case .invalidUTF8(let offset):
            diagnostics.report(.invalidUTF8(SourceSpan(file: file, start: Int32(offset), end: Int32(offset + 1))))
            return []
        case .controlCharacter(let offset, let length, let scalar):
            let span = SourceSpan(file: file, start: Int32(offset), end: Int32(offset + length))
            diagnostics.report(.controlCharacter(span, scalar: scalar))
            return []
        case nil: break
        }
        var scanned = scan
        var recovery = Recovery()
        var documents: [SyntaxNode] = []
        var start: Int? = scan.start
        let known = diagnostics.diagnostics.count
        for _ in 0..<limits.syntaxErrors {
            guard let base = start else { break }
            var slice = YAMLSliceReader(file: file, bytes: bytes, base: base, scan: scanned, limits: limits)
            slice.documents = documents
            slice.gaps = recovery.gaps
            slice.findingLimit = limits.findings - (diagnostics.diagnostics.count - known)
            var found = DiagnosticBag()
            slice.read(reporting: &found)
            documents = slice.documents
            recovery.report(found, isError: slice.stop, to: &diagnostics)
            guard let stop = slice.stoppedAt else { break }
            if let error = slice.stop, let again = recovery.close(error, in: &bytes) {
                // The rest of the document is read again, without what was wrong.
                scanned = SourceScan(bytes)
                start = again
            } else {
                start = nextDocument(after: stop, start: base, in: bytes)
                recovery.nextDocument()
            }
        }
        return documents
    }

    /// The next line that begins with `---`, after the place where reading stopped.
    private static func nextDocument(after offset: Int, start: Int, in bytes: [UInt8]) -> Int? {
        var line = min(offset, bytes.count)
        while line > 0, bytes[line - 1] != 0x0A { line -= 1 }
        while line < bytes.count {
            if line > start, line + 3 <= bytes.count, bytes[line..<line + 3].allSatisfy({ $0 == UInt8(ascii: "-") }),
                line + 3 == bytes.count || bytes[line + 3] <= 0x20
            {
                return line
            }
            while line < bytes.count, bytes[line] != 0x0A { line += 1 }
            line += 1
        }
        return nil
    }
}
