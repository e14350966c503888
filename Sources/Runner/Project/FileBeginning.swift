import Glibc

/// How large a file is, and how it begins: enough to tell whether it is what its name says.
struct FileBeginning {
    let size: Int
    let bytes: [UInt8]

    /// Nil for what is no file or can't be read.
    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        size = Int(info.st_size)
        var start = [UInt8](repeating: 0, count: 512)
        let count = start.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { return nil }
        bytes = Array(start.prefix(count))
    }
}
