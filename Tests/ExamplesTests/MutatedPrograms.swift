import RuleEngine
import Runner
import Testing

/// One slip of the pen in a file of the examples: some bytes are replaced by others that mean nothing there.
struct Mutation: CustomTestStringConvertible {
    let path: String
    let text: String
    /// Where the slip stands in `text`.
    let place: Range<Int>
    let slip: String

    var testDescription: String { "\(path):\(line): \(slip)" }

    /// So many of them, from everywhere.
    static func spread(_ all: [Mutation], count: Int) -> [Mutation] {
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }

    /// Compiles the files with the slip in them: an error must stand at its place.
    func expectError(among files: [SourceFile]) {
        let mutated = files.map { $0.path == path ? SourceFile(path: path, bytes: Array(text.utf8)) : $0 }
        let result = Compiler.compile(mutated, catalog: .standard())
        let isAtPlace = result.diagnostics.contains { diagnostic in
            let span = diagnostic.primary.span
            return diagnostic.severity == .error && result.sources.file(span.file).path == path
                && Int(span.start) < place.upperBound && place.lowerBound < Int(span.end)
        }
        #expect(isAtPlace, "\(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))")
    }

    private var line: Int { text.utf8.prefix(place.lowerBound).count { $0 == UInt8(ascii: "\n") } + 1 }
}

/// Makes every slip that it knows at every place where it fits. Nothing is left to chance: the same files give the same
/// mutations.
enum Mutator {
    static func mutations(of path: String, _ text: String) -> [Mutation] {
        let bytes = Array(text.utf8)
        let free = comments(in: bytes)
        var found: [Mutation] = []
        func replace(_ range: Range<Int>, with other: String) {
            guard !free.contains(where: { $0.overlaps(range) }) else { return }
            let mutated = bytes[..<range.lowerBound] + Array(other.utf8) + bytes[range.upperBound...]
            let old = String(decoding: bytes[range], as: UTF8.self)
            found.append(
                Mutation(
                    path: path, text: String(decoding: mutated, as: UTF8.self),
                    place: range.lowerBound..<range.lowerBound + other.utf8.count, slip: "`\(old)` → `\(other)`"))
        }

        for key in keys {
            for range in occurrences(of: key + ":", in: bytes) where startsKey(bytes, at: range.lowerBound) {
                replace(range.lowerBound..<range.upperBound - 1, with: key + "x")
            }
        }
        for root in ["contact.", "event.", "entry."] {
            for range in occurrences(of: root, in: bytes) where !isWord(bytes, range.lowerBound - 1) {
                replace(range.lowerBound..<endOfWord(bytes, from: range.upperBound), with: root + "nobody_has_this")
            }
        }
        for (old, new) in words { for range in occurrences(of: old, in: bytes) { replace(range, with: new) } }
        for key in ["up_to: ", "within: ", "valid_for: "] {
            for range in occurrences(of: key, in: bytes) {
                replace(range.upperBound..<endOfWord(bytes, from: range.upperBound), with: "soon")
            }
        }
        for key in ["send: ", "use: ", "hand_over: ", "event: ", "wait_for: ", "policy: ", "purpose: "] {
            for range in occurrences(of: key, in: bytes) where startsKey(bytes, at: range.lowerBound) {
                replace(range.upperBound..<endOfWord(bytes, from: range.upperBound), with: "nobody-knows-this")
            }
        }
        return found
    }

    /// Keys that are never an author's own names.
    private static let keys = [
        "purpose", "steps", "trigger", "enter", "exit_when", "where", "send", "wait", "wait_for", "up_to", "then",
        "goal", "within", "choose", "when", "do", "otherwise", "if", "call", "retry", "hand_over", "runs", "again",
        "audience", "include", "via", "valid_for", "use", "split", "arms", "repeat", "at_most", "schedule", "packs",
    ]

    private static let words = [
        (" == ", " = "), (" >= ", " >> "), (" in [", " inn ["), (" is known", " is knwon"),
        ("in_segment(", "in_segmnt("), ("tagged(", "taged("), ("none(", "nobody("), ("any(", "anybody("),
        ("clicked(", "clikced("), ("open_now(", "open_nwo("), ("count(", "counts("), ("== \"", "== 7 \""),
        ("in contact_zone", "in contact_zones"), ("in: contact_zone", "in: somewhere"),
    ]

    private static func occurrences(of needle: String, in bytes: [UInt8]) -> [Range<Int>] {
        let word = Array(needle.utf8)
        return bytes.indices.compactMap { start in
            bytes[start...].starts(with: word) ? start..<start + word.count : nil
        }
    }

    private static func isWord(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard bytes.indices.contains(index) else { return false }
        return switch bytes[index] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func endOfWord(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while isWord(bytes, end) { end += 1 }
        return end
    }

    /// A key stands at the beginning of a line, behind a dash, or in braces.
    private static func startsKey(_ bytes: [UInt8], at index: Int) -> Bool {
        var start = index
        while start > 0, bytes[start - 1] == UInt8(ascii: " ") { start -= 1 }
        guard start > 0 else { return true }
        if bytes[start - 1] == UInt8(ascii: "\n") { return true }
        return start < index && [UInt8(ascii: "-"), UInt8(ascii: ",")].contains(bytes[start - 1])
            || bytes[start - 1] == UInt8(ascii: "{")
    }

    /// Comments and the texts of `about:` and `note:`, where a slip is no mistake.
    private static func comments(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let words = line.drop { $0 == UInt8(ascii: " ") }
            if [Array("#".utf8), Array("about:".utf8)].contains(where: { words.starts(with: $0) }) {
                found.append(start..<start + line.count)
            }
            start += line.count + 1
        }
        return found
    }
}
