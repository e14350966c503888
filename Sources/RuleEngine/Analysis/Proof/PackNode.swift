/// What is wrong with a file of rule packs, and where.
package struct RulePackFault: Error, CustomStringConvertible {
    package let path: String
    package let line: Int
    package let column: Int
    package let reason: String

    package var description: String { "\(path):\(line):\(column): \(reason)" }
}

/// A part of a pack file that knows its place, so that every fault has one.
struct PackNode {
    let node: SyntaxNode
    let sources: SourceMap

    static func root(of file: FileID, in sources: SourceMap) throws(RulePackFault) -> PackNode {
        var diagnostics = DiagnosticBag()
        let documents = YAMLReader.read(file, in: sources, reporting: &diagnostics)
        if let first = diagnostics.diagnostics.first(where: { $0.severity == .error }) {
            let place = sources.start(of: first.primary.span)
            throw RulePackFault(
                path: sources.file(file).path, line: place.line, column: place.column, reason: first.message)
        }
        guard let document = documents.first, documents.count == 1 else {
            throw RulePackFault(
                path: sources.file(file).path, line: 1, column: 1, reason: "expected one list of packs")
        }
        return PackNode(node: document, sources: sources)
    }

    func fault(_ reason: String) -> RulePackFault {
        let place = sources.start(of: node.span)
        return RulePackFault(
            path: sources.path(of: node.span), line: place.line, column: place.column, reason: reason)
    }

    func items() throws(RulePackFault) -> [PackNode] {
        guard let items = node.items else { throw fault("expected a list") }
        return items.map { PackNode(node: $0, sources: sources) }
    }

    func entries() throws(RulePackFault) -> [(String, PackNode)] {
        guard let entries = node.entries else { throw fault("expected keys and values") }
        return entries.map { ($0.key.text, PackNode(node: $0.value, sources: sources)) }
    }

    func allow(_ keys: [String]) throws(RulePackFault) {
        for (key, value) in try entries() where !keys.contains(key) { throw value.fault("unknown key `\(key)`") }
    }

    func optional(_ key: String) throws(RulePackFault) -> PackNode? {
        try entries().first { $0.0 == key }?.1
    }

    func required(_ key: String) throws(RulePackFault) -> PackNode {
        guard let value = try optional(key) else { throw fault("the key `\(key)` is missing") }
        return value
    }

    func text() throws(RulePackFault) -> String {
        guard let text = node.scalar?.text, !text.isEmpty else { throw fault("expected a text") }
        return text
    }

    func texts() throws(RulePackFault) -> [(String, PackNode)] {
        var texts: [(String, PackNode)] = []
        for item in try items() { texts.append((try item.text(), item)) }
        return texts
    }

    func word(of words: [String]) throws(RulePackFault) -> String {
        let word = try text()
        guard words.contains(word) else {
            throw fault("expected \(words.map { "`\($0)`" }.joined(separator: " or ")), not `\(word)`")
        }
        return word
    }

    func flag() throws(RulePackFault) -> Bool {
        try word(of: ["true", "false"]) == "true"
    }

    func count() throws(RulePackFault) -> Int {
        guard let count = Int(try text()), (1...1000).contains(count) else {
            throw fault("expected a number from 1 to 1000")
        }
        return count
    }

    func checkKind(_ kind: String) throws(RulePackFault) {
        guard Catalog.channelKinds.contains(kind) else { throw fault("`\(kind)` is no kind of channel") }
    }

    func unit<Result>(_ read: () throws(Units.Fault) -> Result) throws(RulePackFault) -> Result {
        do throws(Units.Fault) {
            return try read()
        } catch {
            throw fault(error.text)
        }
    }
}
