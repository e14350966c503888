import Glibc
import RuleEngine

/// Reads files and folders with the system's own calls.
package enum FileReading {
    /// A file's bytes, or nil where it can't be read, or has more than a gibibyte: a device may have no end.
    package static func bytes(of path: String) -> [UInt8]? {
        let limit = 1 << 30
        guard let bytes = beginning(of: path, atMost: limit + 1) else { return nil }
        if bytes.count <= limit { return bytes }
        errno = EFBIG
        return nil
    }

    /// The bytes of a file of the project. Of one that is too large as many as show that.
    package static func source(_ path: String) -> [UInt8]? {
        beginning(of: path, atMost: ReaderLimits().bytes + 1)
    }

    private static func beginning(of path: String, atMost limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        // One byte more than it says it has, so that its end is seen at once; it may have grown since.
        var status = stat()
        var piece = 65_536
        if fstat(descriptor, &status) == 0, status.st_size < 1 << 30 { piece = max(512, Int(status.st_size) + 1) }
        while true {
            var count = 0
            let more = [UInt8](unsafeUninitializedCapacity: piece) { buffer, length in
                count = read(descriptor, buffer.baseAddress, piece)
                length = max(0, count)
            }
            if count == 0 { return bytes }
            if bytes.count + count >= limit { return Array((bytes + more).prefix(limit)) }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            if bytes.isEmpty { bytes = more } else { bytes += more }
            if count == piece { piece = 65_536 }
        }
    }

    enum SecretFile {
        case found(String)
        case missing
        /// Others than its owner can read it: it is refused.
        case readable
    }

    /// A text that its owner alone may read, without the lines' ends behind it.
    static func secret(_ path: String) -> SecretFile {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        guard status.st_mode & 0o077 == 0 else { return .readable }
        guard let bytes = bytes(of: path) else { return .missing }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return .found(text)
    }

    package static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Paths of all files below a folder, relative to it, sorted by bytes. Hidden entries and what symbolic links
    /// point to outside are left out; so is everything deeper than sixteen folders.
    package static func files(below folder: String) -> [String] {
        var paths: [String] = []
        collect(folder, prefix: "", depth: 0, into: &paths)
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func collect(_ folder: String, prefix: String, depth: Int, into paths: inout [String]) {
        guard depth < 16, let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: collect(path, prefix: prefix + name + "/", depth: depth + 1, into: &paths)
            case S_IFREG: paths.append(prefix + name)
            default: continue
            }
        }
    }
}
