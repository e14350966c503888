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

    /// The project file first, then every YAML file that its `files:` name, in the order of their paths.
    package func load() -> [SourceFile] {
        let projectBytes = FileReading.bytes(of: path + "/" + Self.fileName) ?? []
        var files = [SourceFile(path: Self.fileName, bytes: projectBytes)]
        let globs = ProjectFilePatterns.read(projectBytes).map { FileGlob($0) }
        for file in FileReading.files(below: path) where file != Self.fileName && Self.isYAML(file) {
            guard globs.contains(where: { $0.matches(file) }),
                let bytes = FileReading.bytes(of: path + "/" + file)
            else { continue }
            files.append(SourceFile(path: file, bytes: bytes))
        }
        return files
    }

    private static func isYAML(_ path: String) -> Bool {
        path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    }
}
