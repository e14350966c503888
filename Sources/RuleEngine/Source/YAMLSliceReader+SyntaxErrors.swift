internal import CSystemYAML

extension YAMLSliceReader {
    /// Turns libyaml's complaint into ours. Where a template mark is the cause, that is what we report: the
    /// author wrote no YAML at that place, as far as they know.
    mutating func reportSyntaxError(_ parser: yaml_parser_t, to diagnostics: inout DiagnosticBag) {
        let place = offset(parser.problem_mark)
        stoppedAt = place
        let problem = parser.problem.map { String(cString: $0) } ?? "unreadable"
        let context = parser.context.map { String(cString: $0) }
        let hasContext = context != nil && parser.context_mark.index <= parser.problem_mark.index
        let contextPlace = hasContext ? offset(parser.context_mark) : place
        let culprit = culprit(place, context, contextPlace)
        stop = Recovery.Stop(
            document: documentStart ?? base,
            culprit: culprit,
            line: line(around: culprit),
            firstKey: firstKey
        )

        if let cut = cutTemplate(near: [place, contextPlace]) {
            diagnostics.report(cut)
        } else if let braces = doubleBraces(near: [place, contextPlace]) {
            let isKnown = diagnostics.diagnostics.contains {
                $0.code == braces.code && $0.primary.span == braces.primary.span
            }
            if !isKnown { diagnostics.report(braces) }
        } else if problem.contains("tag") || problem.contains("%TAG") {
            diagnostics.report(.tag(token(at: contextPlace)))
        } else {
            let opened = contextPlace < place ? token(at: contextPlace) : nil
            diagnostics.report(.yamlSyntax(token(at: place), problem: problem, context: context, opened: opened))
        }
    }

    /// Where the mistake begins. What is open (a quote, a bracket, a key) is wrong from there on; in a list or mapping
    /// only what does not fit is.
    private func culprit(_ place: Int, _ context: String?, _ contextPlace: Int) -> Int {
        if let openText, openText.upperBound <= place, line(around: openText.upperBound) == line(around: place) {
            return openText.lowerBound
        }
        guard let context else { return place }
        if context.contains("flow node"), let openBracket { return openBracket }
        let isBlock =
            context.contains("block mapping") || context.contains("block collection")
            || context.contains("block sequence") || context.contains("document")
        return isBlock ? place : contextPlace
    }

    /// From here to the end of the word. At the file's end, the last thing that was written.
    private func token(at offset: Int) -> SourceSpan {
        var start = min(offset, bytes.count)
        if start == bytes.count {
            while start > 0, bytes[start - 1] <= 0x20 { start -= 1 }
            return span(max(0, start - 1), start)
        }
        var end = start
        while end < bytes.count, bytes[end] > 0x20 { end += 1 }
        return span(start, max(end, start + 1))
    }

    private func line(around offset: Int) -> Range<Int> {
        var start = min(offset, bytes.count)
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        return start..<Int(lineSpan(start).end)
    }

    private func cutTemplate(near places: [Int]) -> Diagnostic? {
        for place in places {
            let line = line(around: place)
            var colon = line.lowerBound
            while colon + 1 < line.upperBound {
                if bytes[colon] == UInt8(ascii: ":"), bytes[colon + 1] == 0x20,
                    let mark = Self.unclosedMark(in: bytes[line.lowerBound..<colon]), !isQuoted(mark, in: line)
                {
                    return cutTemplate(from: mark, colon: colon)
                }
                colon += 1
            }
        }
        return nil
    }

    private func doubleBraces(near places: [Int]) -> Diagnostic? {
        for place in places {
            let line = line(around: place)
            for start in line where start + 1 < line.upperBound {
                guard bytes[start] == UInt8(ascii: "{"), bytes[start + 1] == UInt8(ascii: "{"),
                    !isQuoted(start, in: line)
                else { continue }
                var end = start + 2
                while end + 1 < line.upperBound,
                    !(bytes[end] == UInt8(ascii: "}") && bytes[end + 1] == UInt8(ascii: "}"))
                {
                    end += 1
                }
                guard end + 1 < line.upperBound else { continue }
                return .doubleBraces(span(start, end + 2), text: slice(start, end + 2), source: bytes)
            }
        }
        return nil
    }

    /// Whether a quote opens before this byte, on its line: at the beginning of a value, unlike the one in `it's`.
    private func isQuoted(_ offset: Int, in line: Range<Int>) -> Bool {
        var last: UInt8?
        for index in line.lowerBound..<offset where bytes[index] != 0x20 {
            let byte = bytes[index]
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                guard let last else { return true }
                if ":-,[{".utf8.contains(last) { return true }
            }
            last = byte
        }
        return false
    }
}
