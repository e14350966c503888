import Glibc
import Runner
import Storage
import Testing

@Suite struct StoreTests {
    @Test func `a new folder gets a durable database, a key and the tables`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        let connection = try store.connect()
        #expect(try connection.integer("PRAGMA synchronous") == 2)
        #expect(try connection.text("PRAGMA journal_mode") == "wal")
        #expect(try connection.integer("PRAGMA page_size") == 4096)
        #expect(try connection.meta("schema_version") == Migrations.all.last?.version)
        #expect(store.key.bytes.count == 32)
        #expect(mode(of: folder.path + "/key") == 0o600)
        #expect(mode(of: store.databasePath) == 0o600)
        #expect(mode(of: store.databasePath + "-wal") == 0o600)
        #expect(mode(of: folder.path) == 0o700)
    }

    @Test func `a folder that was opened before keeps its key`() throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteStore(folder: folder.path).key.bytes
        #expect(try SQLiteStore(folder: folder.path).key.bytes == first)
    }

    @Test func `a key that was lost is not replaced silently`() throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore(folder: folder.path)
        unlink(folder.path + "/key")
        #expect(throws: StoreError.self) { try SQLiteStore(folder: folder.path) }
    }

    @Test(arguments: ["gone", "empty", "another's"])
    func `a folder whose database is lost is not begun anew`(_ how: String) throws {
        let folder = try TemporaryFolder()
        _ = try SQLiteStore(folder: folder.path)
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm"] { unlink(folder.path + "/" + name) }
        if how != "gone" { try folder.writeBytes("carillon.db", []) }
        if how == "another's" {
            try Connection(path: folder.path + "/carillon.db").execute("CREATE TABLE notes (text TEXT)")
        }
        #expect {
            try SQLiteStore(folder: folder.path)
        } throws: { error in
            guard case .unusable(let text) = error as? StoreError else { return false }
            return text.contains("carillon restore")
        }
        #expect(throws: StoreError.self) { try StoreHealth(folder: folder.path) }
        // Nothing was made that would stand in the way of a backup.
        #expect((access(folder.path + "/carillon.db", F_OK) == 0) == (how != "gone"))
        // Whoever does mean to begin anew takes the name away.
        unlink(folder.path + "/instance")
        #expect(try !SQLiteStore(folder: folder.path).isCopy())
    }

    @Test func `the second runner on a folder is told who holds it`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        guard case .acquired(let lock) = try store.lockRunner(takesCampaigns: false) else {
            Issue.record("the first runner was refused")
            return
        }
        guard case .held(let holder) = try store.lockRunner(takesCampaigns: true) else {
            Issue.record("the second runner was let in")
            return
        }
        #expect(holder == RunnerHolder(process: getpid(), takesCampaigns: false))
        #expect(try store.runner() == holder)
        withExtendedLifetime(lock) {}
    }

    @Test func `looking for a runner takes no lock away from one`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        #expect(try !store.hasRunner())
        // Two who look at once see no runner in each other.
        let other = open(folder.path + "/runner.lock", O_RDWR)
        #expect(flock(other, LOCK_SH) == 0)
        #expect(try !store.hasRunner())
        close(other)
        guard case .acquired(let lock) = try store.lockRunner(takesCampaigns: false) else {
            Issue.record("the runner was refused because somebody had looked")
            return
        }
        #expect(try store.hasRunner())
        withExtendedLifetime(lock) {}
    }

    @Test func `the lock is free again when its holder is gone`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder: folder.path)
        do {
            let lock = try store.lockRunner(takesCampaigns: false)
            withExtendedLifetime(lock) {}
        }
        guard case .acquired = try store.lockRunner(takesCampaigns: false) else {
            Issue.record("the lock outlived its holder")
            return
        }
    }

    @Test func `a file that is no database is unusable`() throws {
        let folder = try TemporaryFolder()
        try folder.write("carillon.db", String(repeating: "this is not a database. ", count: 100))
        do {
            _ = try SQLiteStore(folder: folder.path)
            Issue.record("it was opened")
        } catch {
            guard case .unusable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    private func mode(of path: String) -> mode_t {
        var information = stat()
        guard stat(path, &information) == 0 else { return 0 }
        return information.st_mode & 0o777
    }
}
