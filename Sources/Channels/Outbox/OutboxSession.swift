import Glibc
import Synchronization

/// Writes messages to files on a thread of its own.
///
/// Each file is written under a temporary name and renamed, so a reader never sees half of one; the same reference
/// overwrites itself, which makes the channel idempotent. After each batch the folder is synced, not each file: a
/// process that dies loses nothing, a power cut can leave the last seconds' files empty.
final class OutboxSession: ChannelSession {
    private let inbox: Inbox<ComposedMessage>
    private let worker: WorkerThread
    private let control: Control

    private final class Control: Sendable {
        let isFinishing = Atomic(false)
        let deadline = Atomic<UInt64>(.max)
    }

    init(folder: String, report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) {
        try OutboxSession.makeFolder(folder)
        let directory = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw ChannelSetupError(message: "can't open the outbox folder `\(folder)` (error \(errno))")
        }
        let inbox = try Inbox<ComposedMessage>()
        let control = Control()
        self.inbox = inbox
        self.control = control
        worker = try WorkerThread {
            var isEnding = false
            while true {
                let messages = inbox.take()
                if messages.isEmpty {
                    // Looked at again behind `take`: nothing is submitted after `finish`.
                    if isEnding {
                        break
                    }
                    isEnding = control.isFinishing.load(ordering: .acquiring)
                    if !isEnding {
                        inbox.sleep()
                    }
                    continue
                }
                OutboxSession.write(messages, in: directory, control: control, report: report)
            }
            close(directory)
        }
    }

    func submit(_ messages: [ComposedMessage]) {
        inbox.put(messages)
    }

    func finish(within seconds: Double) {
        control.deadline.store(MonotonicClock.now &+ MonotonicClock.span(seconds), ordering: .releasing)
        control.isFinishing.store(true, ordering: .releasing)
        inbox.wake()
        worker.join()
    }

    private static func write(
        _ messages: [ComposedMessage], in directory: Int32, control: Control,
        report: @Sendable ([SendReport]) -> Void
    ) {
        var reports: [SendReport] = []
        reports.reserveCapacity(messages.count)
        var wrote = false
        for message in messages {
            var outcome: SendOutcome
            if MonotonicClock.now > control.deadline.load(ordering: .relaxed) {
                outcome = .unavailable(code: "not_begun")
            } else {
                outcome = write(message, in: directory)
            }
            if case .accepted = outcome {
                wrote = true
            }
            reports.append(SendReport(token: message.token, outcome: outcome))
        }
        if wrote, fsync(directory) != 0 {
            // What the disk can't keep was not accepted. The same reference overwrites the file next time.
            let code = code(errno)
            reports = reports.map { report in
                if case .accepted = report.outcome {
                    return SendReport(token: report.token, outcome: .unavailable(code: code))
                }
                return report
            }
        }
        report(reports)
    }

    private static func write(_ message: ComposedMessage, in directory: Int32) -> SendOutcome {
        guard let end = message.wire.firstIndex(of: 0x0A) else {
            return .rejected(code: "not_composed", suppress: nil)
        }
        let name = message.wire[..<end]
        guard !name.isEmpty, name.first != 0x2E, !name.contains(0x2F), !name.contains(0) else {
            return .rejected(code: "not_composed", suppress: nil)
        }
        let file = String(decoding: name, as: UTF8.self)
        let temporary = ".tmp-" + file
        let descriptor = openat(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return .unavailable(code: code(errno))
        }
        var failure: Int32 = 0
        message.wire.withUnsafeBytes { bytes in
            var at = end + 1
            while at < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + at }, bytes.count - at)
                if written >= 0 {
                    at += written
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        if close(descriptor) != 0, failure == 0 {
            failure = errno
        }
        if failure == 0, renameat(directory, temporary, directory, file) != 0 {
            failure = errno
        }
        if failure != 0 {
            unlinkat(directory, temporary, 0)
            return .unavailable(code: code(failure))
        }
        return .accepted(providerID: file)
    }

    private static func code(_ error: Int32) -> String {
        switch error {
        case ENOSPC, EDQUOT: "disk_full"
        case EACCES, EPERM, EROFS: "not_writable"
        default: "file_error_\(error)"
        }
    }

    private static func makeFolder(_ folder: String) throws(ChannelSetupError) {
        var path = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            path += path.isEmpty || path == "/" ? String(part) : "/" + part
            if mkdir(path, 0o700) != 0, errno != EEXIST {
                throw ChannelSetupError(
                    message: "can't make the outbox folder `\(folder)` (error \(errno))",
                    help: "check that its parent exists and is yours")
            }
        }
    }
}
