import RuleEngine
import Testing

struct LanguagePageTests {
    @Test func `all examples of the language page are one project that compiles without errors`() {
        let folder = DiagnosticPage.folder.dropLast("/diagnostics".count)
        let page = DiagnosticPage(code: "", text: Repository.text(of: folder + "/language.md"))
        #expect(page.repaired.count > 8)
        let project: [(path: String, bytes: [UInt8])] = BaseProject.files.map { file in
            // The page's own files replace the base project's; what it doesn't show is left out.
            page.repaired.first { $0.path == file.path } ?? (
                file.path, file.path.hasPrefix("channels") ? Array(file.text.utf8) : []
            )
        }
        let channels = page.repaired.filter { $0.path != "channels/email-main.yaml" }
        let result = BaseProject.compile(bytes: project + channels)
        #expect(DiagnosticRenderer(sources: result.sources).text(result.diagnostics) == "")
        #expect(result.project?.campaigns.count == 3)
        #expect(result.project?.segments.count == 4)

        let channel = page.repaired.filter { $0.path == "channels/email-main.yaml" }
        let alone = BaseProject.compile(bytes: channel + [("channels/main.yaml", [])])
        #expect(alone.diagnostics.isEmpty)
    }
}
