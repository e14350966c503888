import Glibc
import Runner
import Storage
import Testing

/// SQLite's locks belong to the process: nothing in it may give them back by accident.
struct LockTests {
    /// The locks of this process on a file, as the kernel lists them.
    private func locks(on path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0)
        let file = try #require(fopen("/proc/locks", "r"))
        defer { fclose(file) }
        var count = 0
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split(separator: " ").map(String.init)
            if words.contains("\(getpid())"), words.contains(where: { $0.hasSuffix(":\(status.st_ino)") }) {
                count += 1
            }
        }
        return count
    }

    @Test func `to open a data folder again keeps the locks of who has it open`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        let journeys = try store.openJourneys()
        _ = try journeys.transaction { () throws(StoreError) in try journeys.liveStates() }
        let before = try locks(on: store.databasePath)
        try #require(before > 0)
        let again = try SQLiteStore(folder: folder.path)
        #expect(try locks(on: store.databasePath) >= before)
        withExtendedLifetime((journeys, again)) {}
    }
}
