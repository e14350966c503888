import CSystemSQLite
import Runner

extension StoreError {
    /// What a result code of SQLite means for the caller.
    init(code: Int32, database: OpaquePointer) {
        let message = "\(String(cString: sqlite3_errmsg(database))) (SQLite \(sqlite3_extended_errcode(database)))"
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self = .busy
        case SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_PERM:
            self = .failed(message)
        default:
            // Damage, a file that is no database, or SQL that doesn't fit the tables it finds: none of them gets
            // better by trying again.
            self = .unusable(message)
        }
    }

    /// A system call failed on a file of the data folder.
    init(errno code: Int32, _ action: String) {
        self = .failed("\(action): \(SystemFault.describe(code))")
    }
}
