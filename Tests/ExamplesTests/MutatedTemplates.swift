import RuleEngine
import Runner
import Testing

/// Slips in the marks of message texts: each mark of the examples' templates is broken in every way that fits it.
enum TemplateMutator {
    /// - Returns: mutations whose place is the mark as it stands afterwards.
    static func mutations(of path: String, _ text: String) -> [Mutation] {
        let bytes = Array(text.utf8)
        var found: [Mutation] = []
        for mark in marks(in: bytes) {
            let old = String(decoding: bytes[mark], as: UTF8.self)
            for new in slips(old) {
                let mutated = bytes[..<mark.lowerBound] + Array(new.utf8) + bytes[mark.upperBound...]
                // Where a mark is not closed, the slip is also where its end was expected.
                let end = mark.lowerBound + new.utf8.count + (new.hasSuffix(">>") ? 0 : 1)
                found.append(
                    Mutation(
                        path: path, text: String(decoding: mutated, as: UTF8.self), place: mark.lowerBound..<end,
                        slip: "`\(old)` → `\(new)`"))
            }
        }
        return found
    }

    private static func slips(_ mark: String) -> [String] {
        let content = String(mark.dropFirst(2).dropLast(2))
        // Not closed, empty, a word that nobody has declared, a block that nobody has written.
        var slips = [
            "<<\(content)", "<<>>", "<<nobodys_root.x>>", "<<block \"nobodys\">>", "<<contact.nobody_has_this>>",
        ]
        switch content.prefix(3) {
        case "end": return slips + ["<<\(content) x>>", "<<ende>>", "<<else if>>"]
        case "els": return slips + ["<<\(content) x y>>", "<<elsewhere>>"]
        case "if ":
            slips += ["<<if>>", "<<if \(content.dropFirst(3)) and>>", "<<if (\(content.dropFirst(3))>>", "<<if 7>>"]
        case "for": slips += ["<<for>>", "<<for x>>", "<<for x in contact.country>>"]
        case "lin": slips += ["<<link>>", "<<link \"nowhere\">>", "<<link \"https://acme.example\" as>>"]
        default:
            slips += ["<<\(content) | nofilter>>", "<<\(content) |>>", "<<\(content) | truncate: \"x\">>"]
            slips += ["<<\(content) | join: \", \" | plural>>", "<<(\(content)>>", "<<\(content) | default>>"]
        }
        if let colon = content.firstIndex(of: ":") {
            slips.append("<<\(content[..<colon])\(content[content.index(after: colon)...])>>")
            slips.append("<<\(content[..<colon]):>>")
        }
        if let quote = content.lastIndex(of: "\"") { slips.append("<<\(content[..<quote])>>") }
        return slips
    }

    /// Every `<<…>>` on one line, comments left out.
    private static func marks(in bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            defer { start += line.count + 1 }
            if line.drop(while: { $0 == UInt8(ascii: " ") }).first == UInt8(ascii: "#") { continue }
            var index = start
            while index + 1 < start + line.count {
                guard bytes[index] == UInt8(ascii: "<"), bytes[index + 1] == UInt8(ascii: "<") else {
                    index += 1
                    continue
                }
                var end = index + 2
                while end + 1 < start + line.count, !(bytes[end] == UInt8(ascii: ">") && bytes[end + 1] == bytes[end]) {
                    end += 1
                }
                if end + 1 < start + line.count { found.append(index..<end + 2) }
                index = end + 2
            }
        }
        return found
    }
}

/// A slip anywhere in a message text is an error, and the error points at the slip.
@Suite struct MutatedTemplatesTests {
    private static let files = ProjectFolder(path: ExamplesTests.folder).load()

    private static let mutations: [Mutation] = {
        let texts = files.filter { $0.path.contains("templates/") }
        let all = texts.flatMap { TemplateMutator.mutations(of: $0.path, String(decoding: $0.bytes, as: UTF8.self)) }
        return Mutation.spread(all, count: 260)
    }()

    @Test func `there are two hundred slips`() {
        #expect(Self.mutations.count >= 200)
        #expect(Set(Self.mutations.map(\.slip)).count >= 100)
    }

    @Test(arguments: mutations) func `every slip is an error at its place`(_ mutation: Mutation) {
        mutation.expectError(among: Self.files)
    }
}
