import Glibc
import Runner
import Synchronization

/// What the connections of this process to one file have in common: who writes next, and who wants to hear that something was
/// written. SQLite lets one connection write at a time and makes the others ask again and again, each time later: two threads
/// that write in turn would sleep most of the time.
///
/// It is a courtesy among threads, not what keeps the data whole: other processes don't know it.
final class WriteQueue: Sendable {
    private struct Known {
        weak var queue: WriteQueue?
    }

    private struct FileID: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private static let known = Mutex<[FileID: Known]>([:])

    let turns = TurnQueue()
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    private init() {}

    /// One for a file, by whatever path it is opened.
    static func of(_ path: String) -> WriteQueue {
        var information = stat()
        guard stat(path, &information) == 0 else { return WriteQueue() }
        let id = FileID(device: UInt64(information.st_dev), inode: UInt64(information.st_ino))
        return known.withLock { known in
            if let queue = known[id]?.queue { return queue }
            known = known.filter { $0.value.queue != nil }
            let queue = WriteQueue()
            known[id] = Known(queue: queue)
            return queue
        }
    }

    /// - Parameter heard: called behind each commit by the thread that wrote, so it must not take long.
    func onCommit(_ heard: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(heard) }
    }

    func committed() {
        for heard in listeners.withLock({ $0 }) { heard() }
    }
}
