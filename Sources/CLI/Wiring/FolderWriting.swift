import Glibc

/// Writes files that must not exist yet, and the folders above them.
enum FolderWriting {
    static func makeFolders(_ path: String) throws(CommandFailure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            if mkdir(made, 0o777) != 0, errno != EEXIST { throw failure("can't make the folder \(made)") }
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    static func holdsSomething(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 0
    }

    /// - Parameter replacing: write over a file that is there.
    static func write(_ text: String, to path: String, replacing: Bool = false) throws(CommandFailure) {
        try write(Array(text.utf8), to: path, replacing: replacing)
    }

    static func write(_ bytes: [UInt8], to path: String, replacing: Bool = false) throws(CommandFailure) {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
        let file = open(path, flags, 0o666)
        guard file >= 0 else { throw failure("can't write \(path)") }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("can't write \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ message: String) -> CommandFailure {
        CommandFailure(reason: "file", message: "\(message): \(String(cString: strerror(errno)))")
    }
}
