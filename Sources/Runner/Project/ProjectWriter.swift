import Glibc
import RuleEngine
import Synchronization

/// A file of the project as it is to be; without text it is taken away.
package struct FileChange: Sendable {
    package var path: String
    package var text: String?

    package init(path: String, text: String?) {
        self.path = path
        self.text = text
    }
}

/// Changes the project's files from outside. They are the truth: what comes is compiled with the others first, and written
/// only where nothing is wrong, each file as a whole or not at all.
package struct ProjectWriter {
    /// Two changes at once would be compiled without each other.
    private static let turn = Mutex(())
    private static let mostBytes = 1_000_000

    let projects: ProjectReader

    /// - Parameter onChange: gets the project as it was, where it compiled, and as it is; before anybody else changes it.
    func write(
        _ changes: [FileChange], onChange: (_ before: CheckedProject?, _ after: CheckedProject) throws -> Void
    ) throws -> Compiler.Result {
        try Self.turn.withLock { _ in
            for change in changes { try hold(change) }
            let before = try projects.current().project
            var files = try projects.folder.read()
            for change in changes {
                files.removeAll { $0.path == change.path }
                if let text = change.text { files.append(SourceFile(path: change.path, bytes: Array(text.utf8))) }
            }
            files.sort { one, two in
                let isFirst = one.path == ProjectFolder.fileName
                return isFirst == (two.path == ProjectFolder.fileName) ? one.path < two.path : isFirst
            }
            let result = Compiler.compile(files, catalog: try projects.readCatalog())
            guard let project = result.project else {
                let errors = result.diagnostics.filter { $0.severity == .error }
                throw ServiceRefusal(
                    .invalid, "bad_file", errors.first?.message ?? "the files don't compile", help: errors.first?.help,
                    faults: errors.prefix(100).map { .finding($0, in: result.sources) })
            }
            for change in changes { try carryOut(change) }
            projects.forget()
            try onChange(before, project)
            return result
        }
    }

    /// Of YAML below the project's folder, in plain words.
    package static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            part.first.map { $0 != "." } == true
                && part.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || [0x2D, 0x2E, 0x5F].contains($0)
                }
        }
        return isPlain && (1...8).contains(parts.count) && path.utf8.count <= 200
            && (path.hasSuffix(".yaml") || path.hasSuffix(".yml")) && path != ProjectFolder.fileName
    }

    /// Only YAML that the project's `files:` name, and nothing outside of its folder.
    private func hold(_ change: FileChange) throws {
        guard Self.isPath(change.path) else {
            throw ServiceRefusal(
                .invalid, "bad_path", "`\(change.path)` is no path of a file that can be written",
                help: "a path below the project's folder that ends in `.yaml`: `templates/welcome.yaml`")
        }
        let folder = projects.folder.path
        let globs = ProjectFilePatterns.read(FileReading.bytes(of: folder + "/" + ProjectFolder.fileName) ?? [])
        guard globs.contains(where: { FileGlob($0).matches(change.path) }) else {
            throw ServiceRefusal(
                .invalid, "bad_path", "`files:` of the project names no file `\(change.path)`",
                help: "it names \(globs.joined(separator: ", "))")
        }
        if let text = change.text, text.utf8.count > Self.mostBytes {
            throw ServiceRefusal(.invalid, "bad_file", "the file has more than 1 MB")
        }
    }

    private func carryOut(_ change: FileChange) throws {
        let root = projects.folder.path
        let path = root + "/" + change.path
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        try makeFolders(change.path, below: root)
        // A link in the way must not lead out of the project.
        guard let real = realpath(folder, nil), let home = realpath(root, nil) else { throw Self.failure(folder) }
        defer {
            free(real)
            free(home)
        }
        guard (String(cString: real) + "/").hasPrefix(String(cString: home) + "/") else {
            throw ServiceRefusal(.invalid, "bad_path", "`\(change.path)` lies outside of the project's folder")
        }
        guard let text = change.text else {
            guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure(path) }
            return
        }
        let draft = path + ".carillon-\(getpid())"
        unlink(draft)
        defer { unlink(draft) }
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw Self.failure(draft) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                close(file)
                throw Self.failure(draft)
            }
            rest = rest.dropFirst(count)
        }
        let isSynced = fsync(file) == 0
        close(file)
        guard isSynced, rename(draft, path) == 0 else { throw Self.failure(path) }
    }

    private func makeFolders(_ path: String, below root: String) throws {
        var made = root
        for part in path.split(separator: "/").dropLast() {
            made += "/" + part
            guard mkdir(made, 0o777) == 0 || errno == EEXIST else { throw Self.failure(made) }
        }
    }

    private static func failure(_ path: String) -> ServiceRefusal {
        ServiceRefusal(.unavailable, "file", "can't write \(path): \(String(cString: strerror(errno)))")
    }
}

extension ServiceDesk {
    /// Writes files of the project, where they compile with all others.
    ///
    /// - Parameter actor: who is known as the last editor of whatever means something else from then on.
    package func upload(_ changes: [FileChange], by actor: String) throws -> JSON {
        let result = try ProjectWriter(projects: projects).write(changes) { before, after in
            try note(changesFrom: before, to: after, by: actor)
        }
        return .written(DiagnosticRenderer(sources: result.sources).json(result.diagnostics))
    }
}
