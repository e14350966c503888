import Glibc
import Testing

/// A page of `docs/diagnostics`: a file that fails, exactly what is said about it, and the file repaired.
///
/// In the YAML, `⟦0xFF⟧` stands for a byte that a page can't hold, and `⟦a×70000⟧` for a text that often (`⏎` in it is
/// a line break).
struct DiagnosticPage: Sendable, CustomTestStringConvertible {
    let code: String
    let title: String
    var fails: [(path: String, bytes: [UInt8])] = []
    var repaired: [(path: String, bytes: [UInt8])] = []
    var expected = ""
    private var lines: [Substring]
    private var expectedLines: Range<Int>?

    var testDescription: String { code }

    static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(4)
        return parts.joined(separator: "/") + "/docs/diagnostics"
    }()

    static let all: [DiagnosticPage] = Repository.names(in: folder).filter { $0.hasSuffix(".md") && $0 != "README.md" }
        .map { DiagnosticPage(code: String($0.dropLast(3)), text: Repository.text(of: folder + "/" + $0)) }

    init(code: String, text: String) {
        self.code = code
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let heading = lines.first.map(String.init) ?? ""
        title = heading.hasPrefix("# \(code): ") ? String(heading.dropFirst(code.count + 4)) : ""
        var section = ""
        var index = 0
        while index < lines.count {
            let line = lines[index]
            if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
            guard line.hasPrefix("```"), line.count > 3 else {
                index += 1
                continue
            }
            let end = lines[(index + 1)...].firstIndex(of: "```") ?? lines.endIndex
            let block = lines[(index + 1)..<end].map { $0 + "\n" }.joined()
            if line.hasPrefix("```yaml file=") {
                let file = (path: String(line.dropFirst(13)), bytes: Self.expand(block))
                if section == "Fails" { fails.append(file) } else { repaired.append(file) }
            } else if line == "```text", section == "Fails" {
                expected = block
                expectedLines = index + 1..<end
            }
            index = end + 1
        }
    }

    /// The page with another text under `Fails`.
    func replacing(expected text: String) -> String {
        guard let expectedLines else { return lines.joined(separator: "\n") }
        var lines = lines
        var replacement = text.split(separator: "\n", omittingEmptySubsequences: false)
        if replacement.last == "" { replacement.removeLast() }
        lines.replaceSubrange(expectedLines, with: replacement)
        return lines.joined(separator: "\n")
    }

    private static func expand(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "⟦"), let close = rest[open...].firstIndex(of: "⟧") {
            bytes += Array(rest[..<open].utf8)
            let mark = rest[rest.index(after: open)..<close]
            if mark.hasPrefix("0x"), let byte = UInt8(mark.dropFirst(2), radix: 16) {
                bytes.append(byte)
            } else if let times = mark.lastIndex(of: "×"), let count = Int(mark[mark.index(after: times)...]) {
                let part = mark[..<times].split(separator: "⏎", omittingEmptySubsequences: false).joined(
                    separator: "\n"
                )
                for _ in 0..<count { bytes += Array(part.utf8) }
            }
            rest = rest[rest.index(after: close)...]
        }
        return bytes + Array(rest.utf8)
    }
}

/// Reads the repository's own files.
enum Repository {
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        fputs(text, file)
    }

    /// `make snapshots` sets it: what the tests would compare is written instead, and reviewed as a diff.
    static var rewritesSnapshots: Bool { getenv("CARILLON_SNAPSHOTS") != nil }
}
