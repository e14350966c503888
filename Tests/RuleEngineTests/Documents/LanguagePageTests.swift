import RuleEngine
import Testing

struct LanguagePageTests {
    @Test func `all examples of the language page are one project that compiles without errors`() {
        let folder = DiagnosticPage.folder.dropLast("/diagnostics".count)
        let page = DiagnosticPage(code: "", text: Repository.text(of: folder + "/language.md"))
        #expect(page.repaired.count > 8)
        let own = Set(page.repaired.map(\.path))
        let others = BaseProject.files.filter { !own.contains($0.path) }.map { (path: $0.path, bytes: [UInt8]()) }
        let result = BaseProject.compile(bytes: page.repaired + others)
        #expect(DiagnosticRenderer(sources: result.sources).text(result.diagnostics) == "")
        #expect(result.project?.campaigns.count == 11)
        #expect(result.project?.segments.count == 4)
    }

    /// What can be written is shown: every key of every table, those of steps included, and every word that has a
    /// meaning, stands in an example that is compiled.
    @Test func `no key and no word of the language is without an example`() {
        let folder = DiagnosticPage.folder.dropLast("/diagnostics".count)
        let page = DiagnosticPage(code: "", text: Repository.text(of: folder + "/language.md"))
        let examples = page.repaired.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n")
        var language = Language()
        for kind in DocumentKind.allCases {
            language.keys.insert(kind.rawValue)
            for key in kind.keys { language.add(key) }
        }
        let written = Set(
            examples.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" && $0 != ":" }.map(String.init))
        #expect(language.keys.count > 150 && language.words.count > 60)
        #expect(language.keys.filter { !written.contains($0 + ":") }.sorted() == [])
        let values = Set(written.map { $0.replacing(":", with: "") })
        #expect(language.words.filter { !values.contains($0) }.sorted() == [])
    }

    private struct Language {
        var keys: Set<String> = []
        var words: Set<String> = []
        private var knowsSteps = false

        mutating func add(_ key: Key) {
            keys.insert(key.name)
            add(key.shape)
        }

        private mutating func add(_ shape: Shape) {
            switch shape {
            case .word(let own): words.formUnion(own)
            case .list(let element): add(element)
            case .mapping(let own): for key in own { add(key) }
            case .map(let names, let values, let own):
                // One country is as good as another.
                if case .words(let own) = names, own.count < 100 { words.formUnion(own) }
                add(values)
                for key in own { add(key) }
            case .keyed(_, let own, let other):
                for key in own { add(key) }
                add(other)
            case .scalarOr(let short, let long):
                add(short)
                add(long)
            case .steps where !knowsSteps:
                knowsSteps = true
                for verb in StepVerb.allCases { for key in [verb.key] + verb.modifiers { add(key) } }
            default: break
            }
        }
    }
}
