/// A pattern of paths: `?` is one character, `*` any number of them within a folder's name, `**` any number of
/// folders. Matching takes time linear in path times pattern, whatever the pattern.
package struct FileGlob: Sendable {
    private let parts: [[UInt8]]

    package init(_ pattern: String) {
        parts = Self.split(pattern)
    }

    package func matches(_ path: String) -> Bool {
        let names = Self.split(path)
        // reachable[i]: the parts so far can match the first i names.
        var reachable = [Bool](repeating: false, count: names.count + 1)
        reachable[0] = true
        for part in parts {
            var next = [Bool](repeating: false, count: names.count + 1)
            if part == [UInt8(ascii: "*"), UInt8(ascii: "*")] {
                var isReached = false
                for index in 0...names.count {
                    isReached = isReached || reachable[index]
                    next[index] = isReached
                }
            } else {
                for index in names.indices where reachable[index] {
                    next[index + 1] = Self.matches(names[index], part)
                }
            }
            reachable = next
        }
        return reachable[names.count]
    }

    private static func split(_ path: String) -> [[UInt8]] {
        path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (index, position) = (0, 0)
        var star: (position: Int, index: Int)?
        while index < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, index)
                position += 1
            } else if position < pattern.count, pattern[position] == UInt8(ascii: "?") {
                // One character, however many bytes it has.
                index += 1
                while index < name.count, name[index] & 0xC0 == 0x80 { index += 1 }
                position += 1
            } else if position < pattern.count, pattern[position] == name[index] {
                index += 1
                position += 1
            } else if let last = star {
                star = (last.position, last.index + 1)
                (position, index) = (last.position + 1, last.index + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Which files a project consists of, read from its project file before anything else is.
package enum ProjectFilePatterns {
    package static let standard = ["**/*.yaml", "**/*.yml"]

    /// Tolerant: whatever is wrong with the file is found when it is compiled.
    package static func read(_ projectFile: [UInt8]) -> [String] {
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "carillon.yaml", bytes: projectFile))
        var ignored = DiagnosticBag()
        let documents = YAMLReader.read(file, in: sources, reporting: &ignored)
        guard let project = documents.first(where: { $0.entries?.first?.key.text == "project" }),
            let files = project.value("files")?.items
        else { return standard }
        let patterns = files.compactMap { $0.scalar?.text }.filter { !$0.isEmpty }
        return patterns.isEmpty ? standard : patterns
    }
}
