package import RuleEngine

/// The legal rule sets that ship with the program: data, read by the same reader as everybody's files.
package enum RulePacks {
    package static let shipped: [Catalog.Pack] = read(PackageResources.email_yaml)

    /// - Returns: nothing where the text is not a list of packs; a test reads what ships.
    static func read(_ bytes: [UInt8]) -> [Catalog.Pack] {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "packs.yaml", bytes: bytes))
        var diagnostics = DiagnosticBag()
        let documents = YAMLReader.read(file, in: sources, reporting: &diagnostics)
        guard !diagnostics.hasErrors, let items = documents.first?.items else { return [] }
        return items.compactMap(pack)
    }

    private static func pack(_ node: SyntaxNode) -> Catalog.Pack? {
        guard let id = text("pack", of: node), let version = text("version", of: node) else { return nil }
        var minimum: [String: ConsentLevel] = [:]
        for entry in node.value("minimum_consent")?.entries ?? [] {
            guard let name = entry.value.scalar?.text, let level = ConsentLevel(name: name) else { return nil }
            minimum[entry.key.text] = level
        }
        return Catalog.Pack(
            id: id, version: version, minimumConsent: minimum,
            needsLawfulBasis: text("needs_lawful_basis", of: node) == "true")
    }

    private static func text(_ key: String, of node: SyntaxNode) -> String? {
        node.value(key)?.scalar?.text
    }
}
