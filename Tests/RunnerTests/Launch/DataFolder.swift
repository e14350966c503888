import Glibc
import Testing

/// A folder for one database, which goes away with the test.
final class DataFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/carillon-runner-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm", "key", "instance", "runner.lock"] {
            unlink(path + "/" + name)
        }
        rmdir(path)
    }
}
