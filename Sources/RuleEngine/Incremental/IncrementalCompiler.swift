/// Compiles a project that is being written: after an edit it checks again what the edit can have changed, and what it then
/// says of all files is what `Compiler.compile` would say of them.
///
/// Three stages are kept apart. What a file says by itself is kept by file. What programs refer to (schema, segments,
/// templates and so on) is checked as a whole, whenever one of its documents or a name has changed. Programs are checked
/// each by itself: those of an edited file at once, those that mention something that has changed when `settle` is called.
package struct IncrementalCompiler: Sendable {
    package private(set) var sources = SourceMap()
    package let catalog: Catalog
    /// The files in the project's order, which decides which of two documents with one id is the first.
    private(set) var order: [FileID] = []
    /// Every path that ever was a file's; a file that comes back gets its place back.
    private var slots: [String: FileID] = [:]
    /// By file. Nil for files that are gone.
    private(set) var read: [ReadFile?] = []
    /// By file.
    private var filters: [MentionFilter] = []
    /// By file: whether it holds what programs refer to.
    private var isDeclaring: [Bool] = []
    /// Where a file's documents begin among all.
    private var bases: [FileID: Int] = [:]
    /// How many of them it has.
    private var counts: [FileID: Int] = [:]
    private(set) var checker: ProjectChecker
    /// Files that hold tests, which look into the programs that they are for.
    private var tests: [FileID] = []
    /// What is wrong with the declarations, by the file it is in.
    private(set) var declared: [FileID: [Diagnostic]] = [:]
    /// Files that some finding about declarations points at.
    private var declaredLabels: Set<FileID> = []
    /// By file and document. Nil for what is no program, and for unsound ones.
    private(set) var programs: [FileID: [CheckedProgram?]] = [:]
    /// Which files' programs have findings that point at a file.
    private(set) var pointing: [FileID: Set<FileID>] = [:]
    /// Files whose programs must be checked again.
    private(set) var stale: Set<FileID> = []

    package init(catalog: Catalog) {
        self.catalog = catalog
        checker = ProjectChecker(documents: [], settings: ProjectSettings(document: nil), catalog: catalog)
    }

    /// Nothing is left over from earlier edits.
    package var isSettled: Bool { stale.isEmpty }

    package func file(at path: String) -> FileID? {
        slots[path].flatMap { read[Int($0.rawValue)] == nil ? nil : $0 }
    }

    // MARK: Edits

    /// Takes the files as they are now, in the project's order.
    package mutating func set(_ files: [SourceFile]) {
        var edits: [FileID: [UInt8]] = [:]
        var now: [FileID] = []
        for file in files {
            let id = slots[file.path] ?? add(file.path)
            if read[Int(id.rawValue)] == nil || sources.file(id).bytes != file.bytes { edits[id] = file.bytes }
            now.append(id)
        }
        let kept = Set(now)
        let gone = order.filter { !kept.contains($0) }
        if now != order || !edits.isEmpty { apply(edits, removing: gone, order: now) }
    }

    /// Changes one file. False where the project has none of this path.
    package mutating func change(_ path: String, to bytes: [UInt8]) -> Bool {
        guard let id = file(at: path) else { return false }
        if sources.file(id).bytes != bytes { apply([id: bytes], removing: [], order: order) }
        return true
    }

    private mutating func add(_ path: String) -> FileID {
        let id = sources.add(SourceFile(path: path, bytes: []))
        slots[path] = id
        read.append(nil)
        filters.append(.none)
        isDeclaring.append(false)
        return id
    }

    private mutating func apply(_ edits: [FileID: [UInt8]], removing gone: [FileID], order now: [FileID]) {
        var difference = Difference()
        for id in gone {
            difference.add(read[Int(id.rawValue)]?.documents ?? [], [], unchanged: 0)
            read[Int(id.rawValue)] = nil
            isDeclaring[Int(id.rawValue)] = false
            programs[id] = nil
            stale.remove(id)
        }
        for (id, bytes) in edits {
            let before = read[Int(id.rawValue)]
            let common = before == nil ? 0 : Self.commonPrefix(sources.file(id).bytes, bytes)
            sources.replace(id, with: bytes)
            filters[Int(id.rawValue)] = MentionFilter(bytes)
            var file = ReadFile(id, in: sources)
            file.checkForms(settings: checker.settings, catalog: catalog)
            difference.add(before?.documents ?? [], file.documents, unchanged: common)
            isDeclaring[Int(id.rawValue)] = file.documents.contains {
                !ProjectChecker.programKinds.contains($0.kind)
            }
            read[Int(id.rawValue)] = file
        }
        // The project file stands first: whether it can be read decides what is said of a project without one.
        let isWhole = difference.isWhole || now.first != order.first || now.first.map { edits[$0] != nil } ?? false
        let changed = Set(edits.keys)
        let touched = changed.union(gone)
        forget(touched)
        let isReordered = now != order
        order = now
        let isKept =
            !isWhole && !isReordered && !difference.declares && declaredLabels.isDisjoint(with: touched)
            && !isUsedByDeclarations(difference.entries.union(difference.names))
        let isReplaced = isKept && (difference.names.isEmpty ? replaceDocuments(of: changed) : rename(in: changed))
        if !isReplaced { checkDeclarations() }
        if isWhole {
            stale = Set(order)
        } else {
            stale.formUnion(mentioning(difference.ids))
            stale.formUnion(testsOfPrograms(in: changed, all: !difference.ids.isEmpty))
            if !difference.names.isEmpty || isReordered { stale.formUnion(filesWithProgramFindings) }
        }
        for id in changed { check(id) }
    }

    /// What other files' programs said about these places is not true any more, or stands elsewhere.
    private mutating func forget(_ files: Set<FileID>) {
        for file in files {
            for other in pointing[file] ?? [] {
                if read[Int(other.rawValue)] != nil { stale.insert(other) }
                programs[other] = nil
            }
            pointing[file] = nil
        }
    }

    private static func commonPrefix(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var index = 0
        let end = min(left.count, right.count)
        while index < end, left[index] == right[index] { index += 1 }
        return index
    }

    // MARK: Stages

    private mutating func checkDeclarations() {
        let files = order.compactMap { read[Int($0.rawValue)] }
        let settings = ProjectSettings(document: ReadFile.firstProject(of: files))
        if !settings.hasForms(of: checker.settings) {
            for id in order { read[Int(id.rawValue)]?.checkForms(settings: settings, catalog: catalog) }
            stale = Set(order)
        }
        var documents: [Document] = []
        bases = [:]
        counts = [:]
        tests = []
        for id in order {
            let own = read[Int(id.rawValue)]?.documents ?? []
            bases[id] = documents.count
            counts[id] = own.count
            if own.contains(where: { $0.kind == .test }) { tests.append(id) }
            documents += own
        }
        checker = ProjectChecker(documents: documents, settings: settings, catalog: catalog)
        checker.checkDeclarations(mainFile: order.first.flatMap { read[Int($0.rawValue)]?.start })
        declared = Dictionary(grouping: checker.diagnostics.diagnostics) { $0.primary.span.file }
        declaredLabels = Self.files(of: checker.diagnostics.diagnostics)
    }

    private mutating func replaceDocuments(of files: Set<FileID>) -> Bool {
        for file in files {
            guard let base = bases[file], let documents = read[Int(file.rawValue)]?.documents else { continue }
            for (index, document) in documents.enumerated() { checker.documents[base + index] = document }
        }
        return true
    }

    /// While somebody types a program's name, nothing but the name changes: nobody else need be asked again. False where
    /// more has happened, or where some declaration looks for a name that it can't find.
    private mutating func rename(in files: Set<FileID>) -> Bool {
        let isSearching = declared.values.contains { $0.contains { $0.severity == .error } }
        guard !isSearching, files.count == 1, let file = files.first, let base = bases[file],
            let documents = read[Int(file.rawValue)]?.documents, documents.count == counts[file],
            checker.rename(documents, from: base)
        else { return false }
        return replaceDocuments(of: files)
    }

    /// Checks a file's programs.
    private mutating func check(_ file: FileID) {
        stale.remove(file)
        guard let base = bases[file], let documents = read[Int(file.rawValue)]?.documents else { return }
        for other in pointing.keys { pointing[other]?.remove(file) }
        var checked: [CheckedProgram?] = []
        for (index, document) in documents.enumerated() {
            let isFirst = checker.ids[document.kind]?[document.id] == base + index
            let isChecked = isFirst && document.isSound && ProjectChecker.programKinds.contains(document.kind)
            checked.append(isChecked ? checker.checkProgram(document) : nil)
        }
        programs[file] = checked
        for program in checked {
            guard let found = program?.diagnostics, !found.isEmpty else { continue }
            for other in Self.files(of: found) { pointing[other, default: []].insert(file) }
        }
    }

    /// Checks what is left over from earlier edits.
    mutating func checkStale() {
        for file in order where stale.contains(file) { check(file) }
        stale = []
    }

    private static func files(of findings: [Diagnostic]) -> Set<FileID> {
        var files: Set<FileID> = []
        for finding in findings {
            files.insert(finding.primary.span.file)
            for label in finding.secondary { files.insert(label.span.file) }
            for edit in finding.fix?.edits ?? [] { files.insert(edit.span.file) }
        }
        return files
    }

    // MARK: What depends on what

    private var filesWithProgramFindings: Set<FileID> {
        pointing.values.reduce(into: []) { $0.formUnion($1) }
    }

    private func isUsedByDeclarations(_ ids: Set<String>) -> Bool {
        guard !ids.isEmpty else { return false }
        let mention = MentionScan(ids)
        return order.contains { isDeclaring[Int($0.rawValue)] && mentions(mention, $0) }
    }

    /// - Parameter all: fragments may have changed, which tests see through the programs that use them.
    private func testsOfPrograms(in files: Set<FileID>, all: Bool) -> [FileID] {
        if all || tests.isEmpty { return tests }
        let mention = MentionScan(Set(files.flatMap { documents(in: $0).map(\.id) }))
        return tests.filter { mentions(mention, $0) }
    }

    private func mentions(_ mention: MentionScan, _ file: FileID) -> Bool {
        mention.isIn(sources.file(file).bytes, filters[Int(file.rawValue)])
    }

    /// The files that mention one of these documents, or a declaration that does, over however many others.
    private func mentioning(_ ids: Set<String>) -> Set<FileID> {
        guard !ids.isEmpty else { return [] }
        var wanted = ids
        var waiting = order.filter { isDeclaring[Int($0.rawValue)] }
        while true {
            let mention = MentionScan(wanted)
            let reached = waiting.filter { mentions(mention, $0) }
            let documents = reached.flatMap { read[Int($0.rawValue)]?.documents ?? [] }
            // What depends on these does so without a word.
            if documents.contains(where: { Difference.isWhole($0.kind) }) { return Set(order) }
            let names = documents.map(\.id)
            if Set(names).isSubset(of: wanted) { break }
            wanted.formUnion(names)
            waiting.removeAll { reached.contains($0) }
        }
        let mention = MentionScan(wanted)
        return Set(order.filter { mentions(mention, $0) })
    }
}

extension ProjectSettings {
    /// The forms of amounts are the same under both.
    fileprivate func hasForms(of other: ProjectSettings) -> Bool {
        currency == other.currency && Set(exchangeRates.keys) == Set(other.exchangeRates.keys)
    }
}
