import Glibc
import Testing

@testable import RuleEngine

/// The examples of `docs/language/templates.md`: a block `template`, perhaps with `html`, `language=…` or
/// `without=…`, and the block `text` that it renders.
struct TemplatePageTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let options: [String]
        let source: String
        let result: String
        var testDescription: String { source }
    }

    static let page: [Substring] = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        let path = parts.joined(separator: "/") + "/docs/language/templates.md"
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }()

    static let examples: [Example] = {
        var examples: [Example] = []
        var pending: (options: [String], source: String)?
        var index = 0
        while index < page.count {
            let line = page[index]
            index += 1
            guard line.hasPrefix("```"), line.count > 3 else { continue }
            let start = index
            while index < page.count, page[index] != "```" { index += 1 }
            let block = page[start..<index].joined(separator: "\n")
            index += 1
            if line.hasPrefix("```template") {
                pending = (line.split(separator: " ").dropFirst().map(String.init), block)
            } else if line == "```text", let source = pending {
                examples.append(Example(options: source.options, source: source.source, result: block))
                pending = nil
            }
        }
        return examples
    }()

    @Test("An example on the page renders what the page says", arguments: examples)
    func example(_ example: Example) {
        var fixture = TemplateFixture()
        var missing: [String] = []
        for option in example.options {
            if option.hasPrefix("language=") { fixture.language = String(option.dropFirst(9)) }
            if option.hasPrefix("without=") { missing.append(String(option.dropFirst(8))) }
        }
        var rendered = fixture.render(
            example.source,
            as: example.options.contains("html") ? .html : .plain,
            without: missing
        )
        if rendered.hasSuffix("\n") { rendered.removeLast() }
        #expect(rendered == example.result)
    }

    @Test("Every filter has its section with an example")
    func filters() {
        let headings = Self.page.filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
        #expect(headings == TemplateFilter.allCases.map(\.rawValue))
        for filter in headings {
            #expect(Self.examples.contains { $0.source.contains("| \(filter)") })
        }
    }
}
