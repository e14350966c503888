import CSystemSQLite
import Dispatch
import Runner
import Synchronization

/// Copies the write-ahead log into the database beside the connection that writes, so that hardly a commit waits for it.
///
/// While more is being written the copy never reaches the log's end, so that the log can't begin anew. Where it holds
/// `limit` pages the writer copies what is left itself, which is little by then.
final class LogCopier: Sendable {
    private struct State {
        /// How many pages the log held when it was last copied.
        var copied = 0
        var isCopying = false
    }

    private let path: String
    private let step: Int
    private let limit: Int
    private let queue = DispatchQueue(label: "carillon.log", qos: .utility)
    private let state = Mutex(State())

    init(path: String, step: Int, limit: Int) {
        self.path = path
        self.step = step
        self.limit = limit
    }

    /// After each commit of `connection`. SQLite's own copying is over with this.
    func follow(_ connection: Connection) {
        sqlite3_wal_hook(
            connection.handle,
            { context, handle, _, pages in
                guard let context, let handle else { return SQLITE_OK }
                Unmanaged<LogCopier>.fromOpaque(context).takeUnretainedValue().committed(Int(pages), on: handle)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ pages: Int, on writer: OpaquePointer) {
        if pages >= limit {
            // What fails now is tried again behind the next commit; nothing is lost meanwhile.
            sqlite3_wal_checkpoint_v2(writer, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        }
        let isDue = state.withLock { state in
            if pages < state.copied { state.copied = 0 }
            guard !state.isCopying, pages - state.copied >= step else { return false }
            state.isCopying = true
            state.copied = pages
            return true
        }
        guard isDue else { return }
        queue.async { [self] in
            if let connection = try? Connection(path: path) {
                sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
            }
            state.withLock { $0.isCopying = false }
        }
    }
}
