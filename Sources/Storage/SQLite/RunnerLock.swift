import Glibc
import Runner

/// The right to send from a data folder. One process holds it at a time; the kernel gives it back when that process
/// ends, however it ends, which is what proves to the next holder that nothing is still being sent.
final class RunnerLock {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone is not enough: a process that is just being started has a copy of the descriptor until it is
        // another program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Waits for somebody who only looks, and for nobody else.
    static func acquire(folder: String, takesCampaigns: Bool) throws(StoreError) -> RunnerLockAttempt {
        let descriptor = try openFile(folder)
        var looks = 10
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            if code == EWOULDBLOCK, looks > 0, flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
                // Only lookers are there, and they are gone in a moment.
                looks -= 1
                flock(descriptor, LOCK_UN)
                usleep(1000)
                continue
            }
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw StoreError(errno: code, "can't lock the data folder \(folder)") }
            return .held(holder(descriptor))
        }
        let text = Array("\(getpid())\(takesCampaigns ? takingMark : "")\n".utf8)
        // A lock without a number is still a lock, so a full disk here is no reason to refuse it.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        return .acquired(RunnerLock(descriptor: descriptor))
    }

    /// A shared lock: many may look at once, and a runner that is starting tries again.
    static func holder(folder: String) throws(StoreError) -> RunnerHolder? {
        let descriptor = try openFile(folder)
        defer { close(descriptor) }
        while flock(descriptor, LOCK_SH | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw StoreError(errno: code, "can't lock the data folder \(folder)") }
            return holder(descriptor)
        }
        return nil
    }

    private static func openFile(_ folder: String) throws(StoreError) -> Int32 {
        let path = folder + "/runner.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't open \(path)") }
        return descriptor
    }

    /// Behind the number of a process that begins launches of others.
    private static let takingMark = " campaigns"

    private static func holder(_ descriptor: Int32) -> RunnerHolder {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return RunnerHolder(
            process: Int32(text.prefix { $0.isNumber }), takesCampaigns: text.hasSuffix(takingMark + "\n"))
    }
}
