import Testing

@Suite struct PageTests {
    @Test func `every diagnostic code has its page, and every page its code`() {
        var codes: Set<String> = []
        for module in ["RuleEngine", "Channels", "Runner", "Storage", "Server", "CLI"] {
            for file in SourceTree.files("Sources/" + module, endingIn: [".swift"]) {
                for line in file.codeLines { codes.formUnion(Self.codes(in: line.text)) }
            }
        }
        let pages = Set(
            SourceTree.files("docs/diagnostics", endingIn: [".md"]).map(Self.name).filter { $0 != "README" }
        )
        for code in codes.sorted() { #expect(pages.contains(code), "docs/diagnostics/\(code).md is missing") }
        for page in pages.sorted() { #expect(codes.contains(page), "nothing raises \(page)") }
    }

    @Test func `a page begins with its code`() {
        for page in SourceTree.files("docs/diagnostics", endingIn: [".md"]) where Self.name(page) != "README" {
            #expect(page.text.hasPrefix("# \(Self.name(page)): "), "\(page)")
        }
    }

    @Test func `decision records are numbered once each`() {
        var seen: [String: String] = [:]
        for record in SourceTree.files("docs/decisions", endingIn: [".md"]) where Self.name(record) != "README" {
            let number = String(Self.name(record).prefix(4))
            #expect(number.count == 4 && number.allSatisfy(\.isNumber), "\(record)")
            #expect(seen[number] == nil, "\(record) and \(seen[number] ?? "")")
            seen[number] = record.path
        }
    }

    @Test func `the security page names tests that are there`() throws {
        let page = try #require(SourceTree.files("docs", endingIn: ["security.md"]).first)
        let tests = SourceTree.files("Tests", endingIn: [".swift"]).map(\.text).joined()
        var names = 0
        for line in page.lines where line.hasPrefix("| ") && line.contains("-") {
            // Names stand between stars.
            for name in line.split(separator: "*", omittingEmptySubsequences: false).enumerated()
            where name.offset % 2 == 1 {
                names += 1
                #expect(tests.contains("func `\(name.element)`"), "\(name.element)")
            }
        }
        #expect(names > 60)
    }

    @Test func `links between pages lead somewhere`() {
        for page in SourceTree.files("", endingIn: [".md"]) {
            for target in Self.links(in: page.text) {
                let path = Self.resolve(target, from: page.path)
                #expect(SourceTree.exists(path), "\(page) links to \(target)")
            }
        }
    }

    /// `"E0201"`, `"L018"`: a code as factories write it.
    private static func codes(in line: String) -> Set<String> {
        var codes: Set<String> = []
        for part in line.split(separator: "\"", omittingEmptySubsequences: false) {
            let digits = part.dropFirst()
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { continue }
            if part.hasPrefix("E"), digits.count == 4 { codes.insert(String(part)) }
            if part.hasPrefix("L"), digits.count == 3 { codes.insert(String(part)) }
        }
        return codes
    }

    private static func name(_ file: SourceTree.File) -> String {
        let last = file.path.split(separator: "/").last.map(String.init) ?? ""
        return String(last.dropLast(3))
    }

    /// Targets of `[text](target)` that are files of the project.
    private static func links(in text: String) -> [String] {
        var isInCode = false
        var targets: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") || line.hasPrefix("~~~") { isInCode.toggle() }
            guard !isInCode else { continue }
            for part in line.split(separator: "](", omittingEmptySubsequences: false).dropFirst() {
                let target = part.prefix { $0 != ")" }.prefix { $0 != "#" }
                guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
                targets.append(String(target))
            }
        }
        return targets
    }

    private static func resolve(_ target: String, from page: String) -> String {
        var parts = page.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
