import Glibc
import Runner

/// A folder of its own for one test, removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let path: String

    /// - Parameter inMemory: where the machine keeps such a place, for what many databases are made for.
    init(inMemory: Bool = false) throws {
        let place = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(place)/carillon-storage-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StoreError.failed("mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // Nothing here makes folders inside it.
        guard let listing = opendir(path) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(listing)
        rmdir(path)
    }

    /// A file of another folder.
    func copy(_ name: String, from folder: String) throws {
        guard let file = fopen(folder + "/" + name, "r") else { throw StoreError.failed("fopen: \(errno)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw StoreError.failed("fread: \(errno)") }
        try writeBytes(name, bytes)
        chmod(path + "/" + name, 0o600)
    }

    func write(_ name: String, _ text: String) throws {
        guard let file = fopen(path + "/" + name, "w") else { throw StoreError.failed("fopen: \(errno)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    func writeBytes(_ name: String, _ bytes: [UInt8]) throws {
        guard let file = fopen(path + "/" + name, "w") else { throw StoreError.failed("fopen: \(errno)") }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }

    func read(_ name: String) throws -> String {
        guard let file = fopen(path + "/" + name, "r") else { throw StoreError.failed("fopen: \(errno)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
