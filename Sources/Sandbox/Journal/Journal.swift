import Channels
import Glibc

/// Lines about what was accepted, on disk before anybody is told so. What it holds has happened; an oracle can trust it.
///
/// Writers that wait at the same time share one write and one sync: the first of them does it for all.
final class Journal: @unchecked Sendable {
    // Everything below is touched with `lock` held, apart from `file`, which only the leader writes to.
    private let lock = WaitingLock()
    private let file: Int32
    private var waiting: [UInt8] = []
    private var appended: UInt64 = 0
    private var durable: UInt64 = 0
    private var isLed = false
    private var hasFailed = false

    /// How many lines earlier processes left.
    let earlier: UInt64

    init(path: String) throws(ChannelSetupError) {
        file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw ChannelSetupError(message: "can't write \(path): \(String(cString: strerror(errno)))")
        }
        earlier = Self.mend(file)
    }

    deinit {
        close(file)
    }

    /// Counts the lines, and cuts off one that a crash broke: nobody was told of it.
    private static func mend(_ file: Int32) -> UInt64 {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var (offset, whole): (off_t, off_t) = (0, 0)
        var lines: UInt64 = 0
        while true {
            let count = pread(file, &buffer, buffer.count, offset)
            guard count > 0 else { break }
            for (index, byte) in buffer[..<count].enumerated() where byte == 0x0A {
                lines += 1
                whole = offset + off_t(index) + 1
            }
            offset += off_t(count)
        }
        if whole < offset { ftruncate(file, whole) }
        return lines
    }

    /// Returns once the lines are durable; false where the disk refused them.
    func append(_ lines: [UInt8]) -> Bool {
        lock.locked {
            waiting.append(contentsOf: lines)
            appended += 1
            let ticket = appended
            while durable < ticket, !hasFailed {
                if isLed {
                    lock.wait()
                } else {
                    writeForAll()
                }
            }
            return !hasFailed
        }
    }

    private func writeForAll() {
        isLed = true
        let (bytes, last) = (waiting, appended)
        waiting = []
        let isDone = lock.unlocked { Self.write(bytes, to: file) }
        // After a failed sync nobody knows what is on disk: the sandbox accepts nothing more.
        if isDone { durable = last } else { hasFailed = true }
        isLed = false
        lock.wakeAll()
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var at = 0
        while at < bytes.count {
            let count = bytes[at...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            at += count
        }
        return fdatasync(file) == 0
    }
}

extension SandboxMessage {
    /// One line of the journal.
    func writeLine(to bytes: inout [UInt8]) {
        func field(_ name: StaticString, _ value: String, isFirst: Bool = false) {
            bytes.append(contentsOf: (isFirst ? "{\"" : ",\"").utf8)
            bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            bytes.append(contentsOf: "\":".utf8)
            JSONValue.quote(value, to: &bytes)
        }
        var time: [UInt8] = []
        MailDate.append(rfc3339: at, to: &time)
        field("at", String(decoding: time, as: UTF8.self), isFirst: true)
        field("provider", provider)
        field("channel", channel)
        field("id", id)
        field("to", to)
        field("from", from)
        field("reference", reference)
        bytes.append(contentsOf: ",\"bytes\":\(text.utf8.count + html.utf8.count)}\n".utf8)
    }
}
