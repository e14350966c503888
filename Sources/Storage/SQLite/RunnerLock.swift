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
        close(descriptor)
    }

    /// Never waits.
    static func acquire(folder: String) throws(StoreError) -> RunnerLockAttempt {
        let path = folder + "/runner.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(errno: errno, "can't open \(path)") }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            defer { close(descriptor) }
            guard code == EWOULDBLOCK else { throw StoreError(errno: code, "can't lock \(path)") }
            return .heldByProcess(holder(descriptor))
        }
        let text = Array("\(getpid())\n".utf8)
        // A lock without a number is still a lock, so a full disk here is no reason to refuse it.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
        return .acquired(RunnerLock(descriptor: descriptor))
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let digits = bytes.prefix(count).prefix { $0 >= 0x30 && $0 <= 0x39 }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}
