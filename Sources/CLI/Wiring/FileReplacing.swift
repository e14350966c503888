import Glibc
import Runner

/// Writes over a file that somebody else may be editing.
enum FileReplacing {
    /// Replaces the file as a whole, or not at all; where it no longer holds what was read, not at all.
    static func replace(_ path: String, holding old: [UInt8], with new: [UInt8]) throws(CommandFailure) {
        // What a link points to is replaced, not the link.
        let path = try AbsolutePath.resolved(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("can't write \(path)") }
        let draft = path + ".carillon-\(getpid())"
        unlink(draft)
        try FolderWriting.write(new, to: draft)
        defer { unlink(draft) }
        chmod(draft, status.st_mode & 0o7777)
        // As late as it can be asked: an editor may have saved the file since.
        guard FileReading.bytes(of: path) == old else {
            throw CommandFailure(
                .refused,
                reason: "changed",
                message: "\(path) has changed since it was read",
                help: "nothing was written to it; run the command again"
            )
        }
        guard rename(draft, path) == 0 else { throw failure("can't write \(path)") }
    }

    private static func failure(_ message: String) -> CommandFailure {
        CommandFailure(reason: "file", message: "\(message): \(String(cString: strerror(errno)))")
    }
}
