import RuleEngine
import Testing

struct DiagnosticPageTests {
    @Test(arguments: DiagnosticPage.all)
    func `a page fails exactly as it says, and is repaired`(_ page: DiagnosticPage) {
        #expect(!page.title.isEmpty, "the first line must be `# \(page.code): title`")
        #expect(!page.fails.isEmpty && !page.repaired.isEmpty)
        let failed = BaseProject.compile(bytes: page.fails)
        let rendered = DiagnosticRenderer(sources: failed.sources).text(failed.diagnostics)
        if Repository.rewritesSnapshots {
            Repository.write(page.replacing(expected: rendered), to: DiagnosticPage.folder + "/\(page.code).md")
        } else {
            #expect(rendered == page.expected)
        }
        #expect(failed.diagnostics.contains { $0.code == page.code }, "\(rendered)")
        let repaired = BaseProject.compile(bytes: page.repaired)
        let left = DiagnosticRenderer(sources: repaired.sources).text(repaired.diagnostics)
        #expect(!repaired.diagnostics.contains { $0.code == page.code }, "\(left)")
    }

    @Test func `every code of the table has its page, and every page its code`() {
        let pages = Dictionary(uniqueKeysWithValues: DiagnosticPage.all.map { ($0.code, $0) })
        for entry in DiagnosticTable.all {
            #expect(pages[entry.code]?.title == entry.title, "\(entry.code)")
        }
        let codes = Set(DiagnosticTable.all.map(\.code))
        #expect(codes.count == DiagnosticTable.all.count)
        #expect(Set(pages.keys).subtracting(codes).isEmpty, "pages without a line in `DiagnosticTable`")
    }

    @Test(arguments: DiagnosticPage.all)
    func `a finding has the severity that the table says`(_ page: DiagnosticPage) {
        let failed = BaseProject.compile(bytes: page.fails)
        let severity = DiagnosticTable.all.first { $0.code == page.code }?.severity
        for diagnostic in failed.diagnostics where diagnostic.code == page.code {
            #expect(diagnostic.severity == severity)
        }
    }
}
