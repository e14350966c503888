import Crypto
import Glibc
import Runner

/// The data folder's own secret: 32 random bytes, readable by their owner alone. References to providers are sealed
/// and addresses hashed with it, so that neither can be guessed from outside.
enum StoreKey {
    static let byteCount = 32

    /// Reads the key, or makes one for a new folder.
    static func load(folder: String) throws(StoreError) -> [UInt8] {
        let path = folder + "/key"
        if let key = try read(path) { return key }
        let draft = folder + "/key.\(getpid()).\(UInt32.random(in: 0 ... .max))"
        try write((0..<byteCount).map { _ in UInt8.random(in: 0 ... .max) }, to: draft)
        defer { unlink(draft) }
        // A link fails where the key exists: of two processes that start at once, both end up with the same key.
        if link(draft, path) != 0, errno != EEXIST { throw StoreError(errno: errno, "can't create \(path)") }
        guard let key = try read(path) else { throw .failed("\(path) vanished while it was made") }
        return key
    }

    /// A name of chance for a data folder: 128 bits, in hex.
    static func name() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: (0..<32).map { _ in digits[Int.random(in: 0..<16)] }, as: UTF8.self)
    }

    /// A fingerprint that lies in the database. Without it a lost key would be replaced silently, and with it every
    /// suppressed address would be forgotten.
    static func fingerprint(_ key: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: Array("carillon key".utf8), using: SymmetricKey(data: key))
        return String(decoding: code.prefix(8).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func read(_ path: String) throws(StoreError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StoreError(errno: errno, "can't open \(path)")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: byteCount + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count == byteCount else { throw .unusable("\(path) doesn't hold a key of \(byteCount) bytes") }
        return Array(bytes.prefix(byteCount))
    }

    private static func write(_ key: [UInt8], to path: String) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't create \(path)") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, key, key.count) == key.count, fsync(descriptor) == 0 else {
            throw StoreError(errno: errno, "can't write \(path)")
        }
    }
}
