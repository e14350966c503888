import RuleEngine
import Testing

/// Whatever the layout: the meaning, the comments and the second result are the same.
struct FormatterPropertyTests {
    private static func tree(_ bytes: [UInt8]) -> [SyntaxNode]? {
        var sources = SourceMap()
        var found = DiagnosticBag()
        let file = sources.add(SourceFile(path: "", bytes: bytes))
        let tree = YAMLReader.read(file, in: sources, reporting: &found)
        return found.hasErrors ? nil : tree.filter { $0.scalar == nil }
    }

    /// Nil where the file has mistakes.
    private static func formatted(_ bytes: [UInt8], _ name: String) -> [UInt8]? {
        guard let tree = tree(bytes), tree.allSatisfy({ $0.entries?.isEmpty == false }) else { return nil }
        guard case .formatted(let result) = Formatter.format(bytes) else {
            Issue.record("\(name) was refused:\n\(String(decoding: bytes, as: UTF8.self))")
            return nil
        }
        #expect(Formatter.format(result) == .formatted(result), "\(name)")
        let again = Self.tree(result)
        #expect(again?.count == tree.count, "\(name)")
        for (left, right) in zip(tree, again ?? []) { #expect(left.hasSameContent(as: right), "\(name)") }
        return result
    }

    /// YAML blocks of the documentation.
    private static let pages: [(name: String, files: [(path: String, bytes: [UInt8])])] = {
        let docs = String(DiagnosticPage.folder.dropLast("/diagnostics".count))
        return ["language.md", "language/expressions.md", "language/templates.md", "guides/first-campaign.md"].map {
            let page = DiagnosticPage(code: "", text: Repository.text(of: docs + "/" + $0))
            return ($0, page.fails + page.repaired)
        } + DiagnosticPage.all.map { ($0.code, $0.fails + $0.repaired) }
    }()

    @Test func `every block of the documentation keeps its meaning`() {
        var count = 0
        for page in Self.pages {
            for file in page.files where Self.formatted(file.bytes, page.name) != nil { count += 1 }
        }
        #expect(count > 150)
    }

    @Test func `the examples are in the one style`() {
        let root = DiagnosticPage.folder.split(separator: "/").dropLast(2).joined(separator: "/")
        let folders = [
            "", "/schema", "/policies", "/channels", "/segments", "/templates", "/campaigns", "/rules", "/routes",
            "/fragments",
        ]
        var count = 0
        for folder in folders.map({ "/" + root + "/examples" + $0 }) {
            for name in Repository.names(in: folder) where name.hasSuffix(".yaml") {
                let bytes = Array(Repository.text(of: folder + "/" + name).utf8)
                let result = Self.formatted(bytes, name).map { String(decoding: $0, as: UTF8.self) }
                #expect(result == String(decoding: bytes, as: UTF8.self), "\(name)")
                count += 1
            }
        }
        #expect(count >= 7)
    }

    @Test func `findings stay the same, and so does what comments allow`() {
        for page in DiagnosticPage.all {
            let before = BaseProject.compile(bytes: page.repaired)
            let after = BaseProject.compile(
                bytes: page.repaired.map { ($0.path, Self.formatted($0.bytes, page.code) ?? $0.bytes) }
            )
            #expect(before.diagnostics.map(\.code).sorted() == after.diagnostics.map(\.code).sorted(), "\(page.code)")
        }
    }

    @Test(arguments: 0..<5)
    func `hundreds of layouts of one project have one version`(_ part: Int) throws {
        let form = try CanonicalFormTests.Parts().form(seed: 0)
        for seed in 1...60 {
            var writer = YAMLWriter(seed: UInt64(part * 1000 + seed))
            let files = try CanonicalFormTests.Parts().documents.map { document in
                let bytes = Array(writer.document(document.value).utf8)
                return (
                    path: document.path,
                    bytes: try #require(Self.formatted(bytes, "\(document.path), seed \(part * 1000 + seed)"))
                )
            }
            let result = BaseProject.compile(bytes: files + [("templates/welcome.yaml", [])])
            let project = try #require(result.project)
            let campaign = try #require(project.campaigns["spring-sale"])
            #expect(ProgramGraph.lower(campaign, in: project).canonicalForm == form, "seed \(part * 1000 + seed)")
        }
    }

    @Test(arguments: 0..<6)
    func `comments and blank lines anywhere are kept`(_ part: Int) {
        var random = SeededGenerator(seed: UInt64(part) + 77)
        let files = Self.pages.flatMap(\.files).filter { Self.tree($0.bytes) != nil }
        var count = 0
        for number in 0..<150 {
            let file = files[Int(random.next() % UInt64(files.count))]
            var lines = String(decoding: file.bytes, as: UTF8.self).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ).map(String.init)
            guard lines.count < 200 else { continue }
            for mark in 0..<Int(random.next() % 6 + 1) {
                let place = Int(random.next() % UInt64(lines.count))
                switch random.next() % 4 {
                case 0: lines[place] += "  # behind \(mark)"
                case 1: lines.insert("", at: place)
                case 2:
                    let broken = lines[place].replacing(", ", with: ", # in \(mark)\n      ")
                    lines[place] = broken
                default:
                    lines.insert(String(repeating: " ", count: Int(random.next() % 9)) + "# above \(mark)", at: place)
                }
            }
            if Self.formatted(Array(lines.joined(separator: "\n").utf8), "part \(part), number \(number)") != nil {
                count += 1
            }
        }
        #expect(count > 40)
    }
}
