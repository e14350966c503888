import Glibc

/// The project's own files, as text.
struct SourceTree {
    struct File: CustomStringConvertible {
        /// Relative to the project.
        let path: String
        let text: String

        var description: String { path }

        /// Numbered from one, without what follows `//`.
        var codeLines: [(number: Int, text: String)] {
            lines.enumerated().compactMap { index, line in
                let code = line.prefix(upTo: Self.commentStart(in: line))
                return code.allSatisfy(\.isWhitespace) ? nil : (index + 1, String(code))
            }
        }

        var lines: [Substring] {
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            return lines
        }

        private static func commentStart(in line: Substring) -> Substring.Index {
            var isInText = false
            var index = line.startIndex
            while index < line.endIndex {
                let next = line.index(after: index)
                if line[index] == "\\", isInText, next < line.endIndex {
                    index = line.index(after: next)
                    continue
                }
                if line[index] == "\"" { isInText.toggle() }
                if !isInText, line[index] == "/", next < line.endIndex, line[next] == "/" { return index }
                index = next
            }
            return line.endIndex
        }
    }

    static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// All files below a folder of the project whose names end so, sorted. Hidden folders and what building and the
    /// demo leave behind are not looked into.
    static func files(_ folder: String, endingIn endings: [String]) -> [File] {
        var files: [File] = []
        collect(folder, endings, into: &files)
        return files.sorted { $0.path < $1.path }
    }

    static func exists(_ path: String) -> Bool {
        access(root + "/" + path, F_OK) == 0
    }

    private static func collect(_ folder: String, _ endings: [String], into files: inout [File]) {
        guard let directory = opendir(root + "/" + folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard !name.hasPrefix("."), name != "dist", name != "outbox" else { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR) {
                collect(path, endings, into: &files)
            } else if endings.contains(where: { name.hasSuffix($0) }), let text = read(path) {
                files.append(File(path: path, text: text))
            }
        }
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(root + "/" + path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
