import Glibc
import RuleEngine
import Runner
import Storage

/// Checkpoints of the audit log, in a file beside the database and, line by line, in the log of whoever keeps that elsewhere.
final class CheckpointFile {
    static let name = "audit-checkpoints"

    private let path: String
    private let log: any AuditLog
    private let key: DataKey
    private let environment: RunnerEnvironment
    private let tell: (String) -> Void
    /// Of the newest line.
    private var known: Int64

    /// - Parameter tell: writes a line of the log.
    init(
        folder: String, log: any AuditLog, key: DataKey, environment: RunnerEnvironment,
        tell: @escaping (String) -> Void
    ) {
        path = folder + "/" + Self.name
        self.log = log
        self.key = key
        self.environment = environment
        self.tell = tell
        let last = Self.text(of: folder).flatMap { $0.split(separator: "\n").last.map(String.init) }
        known = last.flatMap { AuditCheckpoint(line: $0)?.entries } ?? 0
    }

    /// Nil where there is none.
    static func text(of folder: String) -> String? {
        FileReading.bytes(of: folder + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A line, where anything was added since the last one.
    func write() throws {
        guard let head = try log.head(), head.number != known else { return }
        let now = environment.now()
        let checkpoint = AuditCheckpoint(at: now, entries: head.number, hash: head.hash, under: key)
        try append(checkpoint.json.compactText + "\n")
        known = head.number
        let line = JSON.object([
            JSON.Entry(key: "time", value: .string(ISOInstant.text(now))),
            JSON.Entry(key: "level", value: "notice"), JSON.Entry(key: "message", value: "audit checkpoint"),
            JSON.Entry(key: "checkpoint", value: checkpoint.json),
        ])
        tell(line.compactText + "\n")
    }

    private func append(_ line: String) throws(CommandFailure) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        // One write: a line is there as a whole, or cut off at the end of the file.
        let bytes = Array(line.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else { throw failure() }
    }

    private func failure() -> CommandFailure {
        CommandFailure(reason: "file", message: "can't write \(path): \(String(cString: strerror(errno)))")
    }
}
