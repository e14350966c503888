import Glibc

/// A program that a test starts, with its output in a pipe. Ends with the value.
package final class ChildProcess {
    private var pid: pid_t = 0
    private var output: Int32 = -1
    private var input: Int32 = -1
    private var unread: [UInt8] = []

    /// Nil where the program can't be started. It is looked for in PATH.
    package init?(_ arguments: [String]) {
        var ours: [Int32] = [-1, -1]
        var theirs: [Int32] = [-1, -1]
        guard pipe(&ours) == 0, pipe(&theirs) == 0 else {
            return nil
        }
        for descriptor in ours + theirs {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, theirs[0], 0)
        posix_spawn_file_actions_adddup2(&actions, ours[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        let code = posix_spawnp(&pid, arguments.first ?? "", &actions, nil, words, environ)
        posix_spawn_file_actions_destroy(&actions)
        words.forEach { free($0) }
        close(ours[1])
        close(theirs[0])
        output = ours[0]
        input = theirs[1]
        guard code == 0 else {
            pid = 0
            return nil
        }
    }

    deinit {
        close(output)
        // A program that reads its input ends with it, so that none is left over after a test that trapped.
        close(input)
        if pid != 0 {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
    }

    /// The next line of output; nil at its end.
    package func readLine() -> String? {
        while true {
            if let end = unread.firstIndex(of: 10) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            var room = [UInt8](repeating: 0, count: 4096)
            let count = read(output, &room, room.count)
            guard count > 0 else {
                return nil
            }
            unread += room[..<count]
        }
    }

    /// Waits for the end; true if the program succeeded.
    package func succeeds() -> Bool {
        while readLine() != nil {}
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        pid = 0
        return status == 0
    }
}
