import RuleEngine
import Testing

struct FixApplicationTests {
    private func fixed(_ files: [(path: String, bytes: [UInt8])]) -> (
        result: Compiler.Result, applied: [FixApplication.Applied]
    ) {
        let start = BaseProject.compile(bytes: files)
        return FixApplication.repeated(start.sources.files, catalog: BaseProject.catalog)
    }

    @Test(arguments: DiagnosticPage.all)
    func `safe fixes of the pages' examples do away with their findings, and nothing else is touched`(
        _ page: DiagnosticPage
    ) {
        let before = BaseProject.compile(bytes: page.fails)
        let safe = before.diagnostics.filter { $0.fix?.isSafe == true }
        let (result, applied) = fixed(page.fails)
        if safe.isEmpty {
            #expect(applied.isEmpty)
            #expect(result.sources.files.map(\.bytes) == before.sources.files.map(\.bytes))
            return
        }
        #expect(!applied.isEmpty)
        let left = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        for code in Set(safe.map(\.code)) { #expect(!result.diagnostics.contains { $0.code == code }, "\(left)") }
        #expect(!result.diagnostics.contains { $0.code == "E0101" }, "\(left)")
        // A second call finds nothing to do.
        #expect(FixApplication(result.diagnostics, in: result.sources).applied.isEmpty)
    }

    @Test func `pages with a safe fix show it`() {
        let codes = DiagnosticPage.all.filter { page in
            BaseProject.compile(bytes: page.fails).diagnostics.contains {
                $0.code == page.code && $0.fix?.isSafe == true
            }
        }.map(\.code)
        #expect(Set(codes).isSuperset(of: ["E0107", "E0108", "E0202"]), "\(codes)")
    }

    private func template(_ subject: String) -> [(path: String, bytes: [UInt8])] {
        [("templates/a.yaml", Array("template: a\nemail:\n  en:\n    subject: \(subject)\n    body: Hello\n".utf8))]
    }

    @Test(arguments: [
        ("Hi {{ contact.country }}", "Hi <<contact.country>>"),
        ("{{contact.country}}", "<<contact.country>>"),
        (#"{{ contact.first_name | default: "you" }}"#, #"'<<contact.first_name | default: "you">>'"#),
        (#"Hi <<contact.first_name | default: "you">>"#, #"'Hi <<contact.first_name | default: "you">>'"#),
        (#"It's <<contact.first_name | default: "you">>"#, #"'It''s <<contact.first_name | default: "you">>'"#),
        (#""Hi {{ contact.first_name | default: \"you\" }}""#, #""Hi <<contact.first_name | default: \"you\">>""#),
        ("Hi {{ contact.country }} and {{contact.plan}}", "Hi <<contact.country>> and <<contact.plan>>"),
    ])
    func `marks are mended`(_ before: String, _ after: String) throws {
        let (result, _) = fixed(template(before))
        let left = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        #expect(result.diagnostics.isEmpty, "\(left)")
        let file = try #require(result.sources.files.first { $0.path == "templates/a.yaml" })
        #expect(file.bytes == template(after)[0].bytes)
    }

    @Test(arguments: [
        // A letter missing, doubled, swapped, wrong; capitals.
        ("expct", true), ("expectt", true), ("exepct", true), ("ezpect", true), ("Expect", true),
        // Two letters are a guess.
        ("expecd_", false), ("xpct", false),
    ])
    func `a key is renamed where it can only be a slip`(_ key: String, _ isSafe: Bool) {
        let text = "segment: a\nwhere: contact.seats > 3\n\(key): 1..10\n"
        let files = [(path: "segments/a.yaml", bytes: Array(text.utf8))]
        let found = BaseProject.compile(bytes: files).diagnostics.filter { $0.code == "E0202" }
        #expect(found.count == 1)
        #expect(found.first?.fix?.isSafe == isSafe)
    }

    @Test func `a key that stands there already is not written twice`() {
        let text = "segment: a\nwhere: contact.seats > 3\nexpect: 1..10\nexpct: 1..10\n"
        let (result, applied) = fixed([("segments/a.yaml", Array(text.utf8))])
        #expect(applied.isEmpty)
        #expect(result.diagnostics.map(\.code) == ["E0202"])
    }

    @Test func `names of others are never guessed`() {
        let text = BaseProject.campaign.replacing("[newsletter]", with: "[newslettr]")
        let (result, applied) = fixed([("campaigns/a.yaml", Array(text.utf8))])
        #expect(applied.isEmpty)
        #expect(FixApplication(result.diagnostics, in: result.sources).unsafe.map(\.code) == ["E0208"])
    }
}
