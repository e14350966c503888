import Glibc

/// Debian's Python, as the second opinion on what we write, and for the SMTP server that it brings.
package final class Python {
    package struct Failure: Error {
        package let message: String

        package init(message: String) {
            self.message = message
        }
    }

    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private var heard: [UInt8] = []

    /// Starts a script of `Tests/Support`. It should end when its standard input does.
    package init(script: String, _ arguments: [String] = []) throws {
        let path = Self.supportFolder + "/" + script
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw Failure(message: "no pipe")
        }
        // Our ends must not live on in programs that other tests start: a script would never see its input end.
        _ = fcntl(toChild[1], F_SETFD, FD_CLOEXEC)
        _ = fcntl(fromChild[0], F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        for descriptor in toChild + fromChild {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var argv: [UnsafeMutablePointer<CChar>?] =
            (["/usr/bin/python3", path] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/bin:/bin"), strdup("LANG=C.UTF-8"), nil]
        defer { (argv + environment).forEach { free($0) } }
        var started = pid_t()
        let code = posix_spawn(&started, "/usr/bin/python3", &actions, nil, &argv, &environment)
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else {
            throw Failure(message: "can't start python3 (error \(code))")
        }
        process = started
        input = toChild[1]
        output = fromChild[0]
    }

    /// The next line it prints, or nil at the end.
    package func readLine() -> String? {
        while true {
            if let end = heard.firstIndex(of: 0x0A) {
                defer { heard.removeFirst(end + 1) }
                return String(decoding: heard[..<end], as: UTF8.self)
            }
            var room = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &room, room.count)
            guard count > 0 else {
                return nil
            }
            heard.append(contentsOf: room[..<count])
        }
    }

    /// Ends its input and gives the rest of its output.
    @discardableResult
    package func finish() -> String {
        close(input)
        var lines: [String] = []
        while let line = readLine() {
            lines.append(line)
        }
        close(output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return lines.joined(separator: "\n")
    }

    package static let supportFolder: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/Tests/Support"
    }()
}
