import RuleEngine

/// One project: its files as they are on disk and in editors, what the compiler says of them, and what editors were told.
package struct ProjectSession: Sendable {
    static let projectFile = "carillon.yaml"

    let root: String
    let disk: ProjectDisk
    private(set) var compiler: IncrementalCompiler
    /// The project's files as they are on disk, by their paths in the project.
    private var saved: [String: [UInt8]] = [:]
    /// What editors have open, whether it belongs to the project or not.
    private(set) var open: [String: TextDocument] = [:]
    private var patterns: [String] = []
    /// Changed since somebody was told.
    private var unpublished: Set<String> = []
    /// Files came or went, so that the compiler must be given all of them again.
    private var mustCollect = true
    /// What was said last, by path; files of which nothing is said are left out.
    private var published: [String: [JSONValue]] = [:]
    /// Counts edits, so that an analysis of what is past is known as such.
    private(set) var edition = 0
    private var settledEdition = -1

    init(root: String, disk: ProjectDisk) {
        self.root = root
        self.disk = disk
        compiler = IncrementalCompiler(catalog: disk.catalog(root))
    }

    // MARK: Files

    func uri(of path: String) -> String {
        open[path]?.uri ?? FileURI.uri(of: root + "/" + path)
    }

    /// The path in the project of an absolute one.
    func path(_ absolute: String) -> String? {
        absolute.hasPrefix(root + "/") ? String(absolute.dropFirst(root.count + 1)) : nil
    }

    mutating func opened(_ path: String, _ document: TextDocument) {
        open[path] = document
        touched(path)
    }

    mutating func changed(
        _ path: String, _ changes: [JSONValue], version: Int, _ encoding: LineTable.Encoding
    ) -> Bool {
        guard open[path]?.apply(changes, version: version, encoding) == true else { return false }
        touched(path)
        return true
    }

    /// From now on the disk counts.
    mutating func closed(_ path: String) {
        open[path] = nil
        changedOnDisk(path)
    }

    mutating func changedOnDisk(_ path: String) {
        guard Self.isYAML(path) else { return }
        saved[path] = disk.bytes(root + "/" + path)
        if open[path] == nil { touched(path) }
    }

    private mutating func touched(_ path: String) {
        unpublished.insert(path)
        edition += 1
    }

    /// The text that counts.
    func bytes(_ path: String) -> [UInt8]? { open[path]?.bytes ?? saved[path] }

    private static func isYAML(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

    private func belongs(_ path: String) -> Bool {
        path == Self.projectFile || Self.isYAML(path) && patterns.contains { FileGlob($0).matches(path) }
    }

    /// Brings the compiler up to what the editors show.
    mutating func compile() {
        if unpublished.contains(Self.projectFile), readPatterns() != patterns { mustCollect = true }
        if mustCollect { return collect() }
        for path in unpublished {
            guard let bytes = bytes(path) else {
                if compiler.file(at: path) != nil { return collect() }
                continue
            }
            if !compiler.change(path, to: bytes), belongs(path) { return collect() }
        }
    }

    private func readPatterns() -> [String] {
        ProjectFilePatterns.read(bytes(Self.projectFile) ?? disk.bytes(root + "/" + Self.projectFile) ?? [])
    }

    private mutating func collect() {
        mustCollect = false
        patterns = readPatterns()
        let found = disk.paths(root).filter { belongs($0) }
        var all: [String: [UInt8]] = [:]
        for path in found { all[path] = saved[path] ?? disk.bytes(root + "/" + path) }
        saved = all
        for (path, document) in open where belongs(path) { all[path] = document.bytes }
        var files = [SourceFile(path: Self.projectFile, bytes: all[Self.projectFile] ?? [])]
        let rest = all.keys.filter { $0 != Self.projectFile }
        for path in rest.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            files.append(SourceFile(path: path, bytes: all[path] ?? []))
        }
        compiler.set(files)
    }

    // MARK: Findings

    /// What is known at once of the files that were edited.
    mutating func publishEdited(_ encoding: LineTable.Encoding) -> [JSONValue] {
        guard !unpublished.isEmpty else { return [] }
        compile()
        let paths = unpublished.sorted()
        unpublished = []
        return paths.compactMap { path in
            let found = compiler.file(at: path).map { compiler.findings(in: $0) } ?? []
            return publish(found, of: path, encoding, isEdited: open[path] != nil)
        }
    }

    var isUnsettled: Bool { settledEdition != edition }

    /// What is left to find out about the whole project, as a value that can be worked out on another thread.
    mutating func unsettled() -> UnsettledProject? {
        guard isUnsettled else { return nil }
        compile()
        return UnsettledProject(root: root, edition: edition, compiler: compiler)
    }

    /// Takes what was found out, unless somebody has typed on in the meantime.
    mutating func settle(_ project: SettledProject, _ encoding: LineTable.Encoding) -> [JSONValue] {
        guard project.edition == edition else { return [] }
        settledEdition = edition
        compiler = project.settled.compiler
        var found: [String: [Diagnostic]] = [:]
        for (file, findings) in project.settled.findings { found[compiler.sources.file(file).path] = findings }
        return Set(found.keys).union(published.keys).sorted().compactMap { path in
            publish(found[path] ?? [], of: path, encoding, isEdited: false)
        }
    }

    /// Nil where that was said before. An edited text gets its answer in any case: it is the answer to this version.
    private mutating func publish(
        _ findings: [Diagnostic], of path: String, _ encoding: LineTable.Encoding, isEdited: Bool
    ) -> JSONValue? {
        let diagnostics = DiagnosticMessage(session: self, encoding).diagnostics(findings)
        if !isEdited, diagnostics == published[path] ?? [] { return nil }
        published[path] = diagnostics.isEmpty ? nil : diagnostics
        return .fields([
            "uri": .text(uri(of: path)), "diagnostics": .list(diagnostics),
            "version": open[path].map { .integer($0.version) },
        ])
    }

    /// When the server lets go of the project.
    mutating func withdrawn() -> [JSONValue] {
        defer { published = [:] }
        return published.keys.sorted().map { ["uri": .text(uri(of: $0)), "diagnostics": []] }
    }
}

/// A project after an edit, with the rest of the work to do.
package struct UnsettledProject: Sendable {
    let root: String
    let edition: Int
    let compiler: IncrementalCompiler

    package func settled() -> SettledProject {
        SettledProject(root: root, edition: edition, settled: compiler.settled())
    }
}

package struct SettledProject: Sendable {
    let root: String
    let edition: Int
    let settled: IncrementalCompiler.Settled
}
