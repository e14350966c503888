import Channels
import Crypto
import Glibc
package import RuleEngine

/// A backup on disk: the database, the key, and a list of what was there, by which a restore knows it for whole.
package struct BackupFolder: Sendable {
    package static let database = "carillon.db"
    package static let list = "backup.json"
    private static let form = 1

    package struct File: Sendable, Equatable {
        package var path: String
        package var size: Int
        package var sha256: String
    }

    package var madeAt: Timestamp
    package var program: String
    package var schema: Int64
    package var contents: [File]
    /// The project's files, which a backup doesn't hold: they have a history of their own.
    package var project: [File]

    // MARK: Writing

    /// Looks at what lies in the folder, and writes the list: from then on it is a backup.
    package static func seal(
        _ folder: String, madeAt: Timestamp, program: String, schema: Int64, project: [SourceFile]
    ) throws(StoreError) -> BackupFolder {
        let contents = try [database, "key"].map { (name) throws(StoreError) in
            guard let file = file(name, in: folder) else { throw .failed("can't read \(folder)/\(name)") }
            return file
        }
        let backup = BackupFolder(
            madeAt: madeAt, program: program, schema: schema, contents: contents,
            project: project.map { File(path: $0.path, size: $0.bytes.count, sha256: hex(SHA256.hash(data: $0.bytes))) }
        )
        let path = folder + "/" + list
        let text = Array(backup.json.text.utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("can't create \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw .failed("can't write \(path): \(String(cString: strerror(errno)))")
        }
        return backup
    }

    package var json: JSON {
        [
            "format": JSON(Self.form), "made_at": .string(ISOInstant.text(madeAt)), "program": .string(program),
            "schema_version": JSON(schema), "contents": .array(contents.map(Self.json)),
            "project": .array(project.map(Self.json)),
        ]
    }

    private static func json(_ file: File) -> JSON {
        ["path": .string(file.path), "size": JSON(file.size), "sha256": .string(file.sha256)]
    }

    // MARK: Reading

    package struct Fault: Error, Sendable {
        package let message: String
    }

    /// Reads a backup, and compares every byte with its list.
    package static func read(_ folder: String) throws(Fault) -> BackupFolder {
        guard let bytes = FileReading.bytes(of: folder + "/" + list), let json = JSONReader.read(bytes) else {
            throw Fault(message: "\(folder) is no backup: it has no readable \(list)")
        }
        guard json["format"]?.integer == Int64(form) else {
            throw Fault(message: "\(folder) is a backup of another form than this program knows")
        }
        guard let made = json["made_at"]?.string.flatMap(ISOInstant.read), let schema = json["schema_version"]?.integer,
            let contents = files(json["contents"]), let project = files(json["project"])
        else { throw Fault(message: "\(folder)/\(list) lacks something") }
        let backup = BackupFolder(
            madeAt: made, program: json["program"]?.string ?? "", schema: schema, contents: contents, project: project)
        for name in [database, "key"] where !contents.contains(where: { $0.path == name }) {
            throw Fault(message: "\(folder)/\(list) names no \(name)")
        }
        for told in contents {
            guard told.path == database || told.path == "key", let found = file(told.path, in: folder) else {
                throw Fault(message: "\(folder)/\(told.path) is missing")
            }
            guard found == told else { throw Fault(message: "\(folder)/\(told.path) isn't what was backed up") }
        }
        return backup
    }

    /// Paths of the project that are otherwise now, or gone, or new.
    package func changes(to files: [SourceFile]) -> [String] {
        let now = Dictionary(
            files.map { ($0.path, Self.hex(SHA256.hash(data: $0.bytes))) }, uniquingKeysWith: { first, _ in first })
        let then = Dictionary(project.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
        return Set(now.keys).union(then.keys).filter { now[$0] != then[$0] }.sorted()
    }

    private static func files(_ list: JSONValue?) -> [File]? {
        guard case .list(let items)? = list else { return nil }
        let files = items.compactMap { item -> File? in
            guard let path = item["path"]?.string, let size = item["size"]?.integer, let sum = item["sha256"]?.string
            else { return nil }
            return File(path: path, size: Int(size), sha256: sum)
        }
        return files.count == items.count ? files : nil
    }

    /// Piece by piece: a database may be larger than the memory.
    private static func file(_ name: String, in folder: String) -> File? {
        let descriptor = open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hash = SHA256()
        var size = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += count
        }
        return File(path: name, size: size, sha256: hex(hash.finalize()))
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
