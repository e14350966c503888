import RuleEngine
import Runner
import Testing

/// Everything below examples/ is what people copy from, so it compiles without a finding.
@Suite struct ExamplesTests {
    static let folder: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/") + "/examples"
    }()

    @Test func `the example project compiles without a finding`() {
        let project = ProjectFolder(path: Self.folder)
        let result = Compiler.compile(project.load(), catalog: .standard())
        let text = DiagnosticRenderer(sources: result.sources).text(result.diagnostics)
        #expect(text.isEmpty, "\(text)")
        #expect(result.project?.campaigns["spring-sale"] != nil)
        #expect((result.project?.journeys.count ?? 0) >= 6)
    }

    /// `make demo` lays these files over the examples, and lets the policy speak of three more kinds of channels.
    @Test func `the club of the demo compiles beside the examples`() {
        var files: [String: [UInt8]] = [:]
        for file in ProjectFolder(path: Self.folder).load() { files[file.path] = file.bytes }
        let club = Self.folder.dropLast("/examples".count) + "/scripts/demo"
        for path in FileReading.files(below: String(club)) where path.hasSuffix(".yaml") {
            files[path] = FileReading.bytes(of: club + "/" + path)
        }
        let policy = "policies/house-marketing.yaml"
        let house = String(decoding: files[policy] ?? [], as: UTF8.self)
        let speaking = house.replacing(
            "  email: soft_optin\n",
            with: "  email: soft_optin\n  sms: express\n  whatsapp: express\n  telegram: express\n")
        #expect(speaking != house)
        files[policy] = Array(speaking.utf8)
        let result = Compiler.compile(
            files.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, bytes: $0.value) }, catalog: .standard())
        #expect(result.diagnostics.isEmpty, "\(DiagnosticRenderer(sources: result.sources).text(result.diagnostics))")
        #expect(result.project?.campaigns["bulbs-by-telegram"] != nil)
    }

    @Test func `every YAML file of the examples belongs to the project`() {
        let loaded = Set(ProjectFolder(path: Self.folder).load().map(\.path))
        for file in FileReading.files(below: Self.folder) where file.hasSuffix(".yaml") || file.hasSuffix(".yml") {
            #expect(loaded.contains(file), "\(file)")
        }
    }

    @Test func `the contacts are many and lifelike`() {
        let bytes = FileReading.bytes(of: Self.folder + "/contacts.csv") ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 5000)
        let countries = Set(
            lines.dropFirst().compactMap { line -> Substring? in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                return cells.count > 6 ? cells[6] : nil
            }
        )
        #expect(countries.count >= 15)
        for sign in ["🌻", "ö", "Ł", "Παπα", "さくら", ",yes\n", "not an address", "@@"] {
            #expect(lines.contains { ($0 + "\n").contains(sign) }, "\(sign)")
        }
    }
}
