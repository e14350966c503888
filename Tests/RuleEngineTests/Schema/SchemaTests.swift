import Glibc
import RuleEngine
import TestKit
import Testing

/// The schemas against the documents of all pages and examples, with another's validator.
struct SchemaTests {
    private static let writer = SchemaWriter(catalog: BaseProject.catalog)

    /// A document with what is expected of it.
    private struct Entry {
        let name: String
        let isValid: Bool
        let node: SyntaxNode
        /// The document in the one style.
        let yaml: String?
    }

    private static func documents(_ bytes: [UInt8]) -> [SyntaxNode] {
        var sources = SourceMap()
        var found = DiagnosticBag()
        let file = sources.add(SourceFile(path: "", bytes: bytes))
        let nodes = YAMLReader.read(file, in: sources, reporting: &found)
        return found.hasErrors ? [] : nodes.filter { $0.entries != nil }
    }

    private static func entries(_ name: String, _ bytes: [UInt8], isValid: Bool) -> [Entry] {
        documents(bytes).map { node in
            var yaml: String?
            let source = Array(bytes[Int(node.span.start)..<Int(node.span.end)]) + [0x0A]
            if case .formatted(let result) = Formatter.format(source) { yaml = String(decoding: result, as: UTF8.self) }
            return Entry(name: name, isValid: isValid, node: node, yaml: yaml)
        }
    }

    /// Codes whose mistakes are of form, which a schema can say.
    private static let formal: Set<String> = [
        "E0119", "E0120", "E0121", "E0122", "E0123", "E0125", "E0128", "E0129", "E0131",
        "E0134", "E0137", "E0202", "E0206", "E0213", "E0217", "E0219",
    ]

    private static func kind(_ node: SyntaxNode) -> DocumentKind? {
        node.entries?.first.flatMap { DocumentKind(rawValue: $0.key.text) }
    }

    @Test func `another's validator takes what is right and refuses what is wrong`() throws {
        var entries: [Entry] = BaseProject.files.flatMap { Self.entries($0.path, Array($0.text.utf8), isValid: true) }
        let root = DiagnosticPage.folder.dropLast("/docs/diagnostics".count)
        for folder in [
            "", "/schema", "/policies", "/channels", "/segments", "/templates", "/campaigns", "/rules", "/routes",
            "/fragments",
        ] {
            let path = root + "/examples" + folder
            for name in Repository.names(in: path) where name.hasSuffix(".yaml") {
                entries += Self.entries(name, Array(Repository.text(of: path + "/" + name).utf8), isValid: true)
            }
        }
        let page = DiagnosticPage(code: "", text: Repository.text(of: root + "/docs/language.md"))
        for file in page.repaired { entries += Self.entries(file.path, file.bytes, isValid: true) }
        for page in DiagnosticPage.all {
            // Where the repaired example has no finding at all, every document of it is right.
            if BaseProject.compile(bytes: page.repaired).diagnostics.isEmpty {
                for file in page.repaired { entries += Self.entries(page.code, file.bytes, isValid: true) }
            }
            guard Self.formal.contains(page.code) else { continue }
            let failed = BaseProject.compile(bytes: page.fails)
            for file in page.fails {
                for node in Self.documents(file.bytes) {
                    let isWrong = failed.diagnostics.contains { found in
                        Self.formal.contains(found.code) && failed.sources.path(of: found.primary.span) == file.path
                            && node.span.start <= found.primary.span.start && found.primary.span.end <= node.span.end
                    }
                    if isWrong { entries.append(Entry(name: page.code, isValid: false, node: node, yaml: nil)) }
                }
            }
        }
        entries = entries.filter { Self.kind($0.node) != nil }
        #expect(entries.count { $0.isValid } > 100)
        #expect(entries.count { !$0.isValid } > 15)

        var documents: [String] = []
        for entry in entries {
            let kind = Self.kind(entry.node)?.rawValue ?? ""
            for schema in ["all", kind] {
                for isTyped in [false, true] {
                    var fields = #""schema":"\#(schema)","name":"\#(entry.name)","valid":\#(entry.isValid)"#
                    fields += #","document":"# + Self.json(entry.node, isTyped: isTyped)
                    if !isTyped, schema == "all", let yaml = entry.yaml { fields += #","yaml":"# + Self.quoted(yaml) }
                    documents.append("{\(fields)}")
                }
            }
        }
        var schemas = [#""all":"# + Self.writer.schema()]
        for kind in DocumentKind.allCases {
            schemas.append("\"\(kind.rawValue)\":" + Self.writer.schema(of: kind))
        }
        let task =
            "{\"schemas\":{\(schemas.joined(separator: ","))},\"documents\":[\(documents.joined(separator: ",\n"))]}"
        let path = "/tmp/carillon-schemas-\(getpid()).json"
        Repository.write(task, to: path)
        defer { unlink(path) }
        let script = root + "/Tests/Support/check_schemas.py"
        let child = try #require(ChildProcess(["/usr/bin/python3", String(script), path]))
        var lines: [String] = []
        while let line = child.readLine() { lines.append(line) }
        #expect(lines == ["done \(documents.count)"])
    }

    @Test func `descriptions come from the tables`() {
        for kind in DocumentKind.allCases {
            let schema = Self.writer.schema(of: kind)
            for key in kind.keys {
                #expect(schema.contains("\"\(key.name)\": {"), "\(kind) \(key.name)")
                #expect(key.summary.isEmpty || schema.contains(Self.quoted(key.summary)), "\(kind) \(key.name)")
            }
        }
    }

    @Test func `two calls give the same bytes`() {
        #expect(Self.writer.schema() == Self.writer.schema())
    }

    /// - Parameter isTyped: numbers and switches as YAML 1.2 reads them, else everything as text.
    private static func json(_ node: SyntaxNode, isTyped: Bool) -> String {
        if let items = node.items { return "[" + items.map { json($0, isTyped: isTyped) }.joined(separator: ",") + "]" }
        if let entries = node.entries {
            let parts = entries.map { quoted($0.key.text) + ":" + json($0.value, isTyped: isTyped) }
            return "{" + parts.joined(separator: ",") + "}"
        }
        guard let scalar = node.scalar else { return "null" }
        if scalar.isEmptyPlain { return isTyped ? "null" : "\"\"" }
        let isPlain = isTyped && scalar.style == .plain
        if isPlain, scalar.text == "true" || scalar.text == "false" { return scalar.text }
        if isPlain, let number = Int(scalar.text), String(number) == scalar.text { return scalar.text }
        return quoted(scalar.text)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                quoted += "\\" + String(scalar)
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
