import Glibc
package import RuleEngine

/// A project on disk: the folder that holds `carillon.yaml`, and the files that its globs name.
package struct ProjectFolder: Sendable {
    package static let fileName = "carillon.yaml"

    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The nearest folder upwards that holds a project file, as git finds its repository; nil where there is none.
    package static func locate(from start: String) -> ProjectFolder? {
        guard let resolved = realpath(start, nil) else { return nil }
        defer { free(resolved) }
        var folder = String(cString: resolved)
        while true {
            if FileReading.isFile(folder + "/" + fileName) { return ProjectFolder(path: folder) }
            guard let slash = folder.lastIndex(of: "/"), folder != "/" else { return nil }
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    package var defaultDataFolder: String {
        path + "/.carillon"
    }

    /// A file of the project that is there and can't be read.
    package struct Unreadable: Error {
        package let path: String
        package let reason: String
    }

    /// The project file first, then every YAML file that its `files:` name, in the order of their paths. A program that was passed over
    /// because nobody may read its file would be one that nobody has written.
    package func read() throws(Unreadable) -> [SourceFile] {
        let (files, unreadable) = collect()
        if let unreadable { throw unreadable }
        return files
    }

    /// What can be read of them.
    package func load() -> [SourceFile] { collect().files }

    private func collect() -> (files: [SourceFile], unreadable: Unreadable?) {
        var unreadable: Unreadable?
        func bytes(_ file: String) -> [UInt8]? {
            if let bytes = FileReading.source(path + "/" + file) { return bytes }
            // Since the folder was listed somebody may have taken it away.
            if errno != ENOENT, unreadable == nil {
                unreadable = Unreadable(path: file, reason: String(cString: strerror(errno)))
            }
            return nil
        }
        let projectBytes = bytes(Self.fileName) ?? []
        var files = [SourceFile(path: Self.fileName, bytes: projectBytes)]
        let globs = ProjectFilePatterns.read(projectBytes).map { FileGlob($0) }
        for file in FileReading.files(below: path) where file != Self.fileName && Self.isYAML(file) {
            guard globs.contains(where: { $0.matches(file) }), let bytes = bytes(file) else { continue }
            files.append(SourceFile(path: file, bytes: bytes))
        }
        return (files, unreadable)
    }

    private static func isYAML(_ path: String) -> Bool {
        path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    }
}
