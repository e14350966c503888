import Glibc
import Runner
import Synchronization

/// Who of this process writes next. SQLite lets one connection write at a time and makes the others ask again and again,
/// each time later: two threads that write in turn would sleep most of the time.
///
/// It is a courtesy among threads, not what keeps the data whole: other processes don't know it.
enum WriteQueue {
    private struct Known {
        weak var queue: TurnQueue?
    }

    private struct FileID: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private static let known = Mutex<[FileID: Known]>([:])

    /// One for a file, by whatever path it is opened.
    static func of(_ path: String) -> TurnQueue {
        var information = stat()
        guard stat(path, &information) == 0 else { return TurnQueue() }
        let id = FileID(device: UInt64(information.st_dev), inode: UInt64(information.st_ino))
        return known.withLock { known in
            if let queue = known[id]?.queue { return queue }
            known = known.filter { $0.value.queue != nil }
            let queue = TurnQueue()
            known[id] = Known(queue: queue)
            return queue
        }
    }
}
