import Dispatch
import Glibc
import LanguageServer
import Synchronization

/// Standard input and output as an editor's line to the language server.
///
/// What an edit changes is said at once, on this thread. What takes longer is worked out on another one when nothing has
/// come in for a while; if somebody types on meanwhile, its result is thrown away.
struct EditorConnection {
    private var server: LanguageServer
    private var framing = MessageFraming()
    /// Whoever types pauses longer than this before reading.
    private static let pause: Int32 = 150

    init(server: LanguageServer) {
        self.server = server
    }

    consuming func serve() -> Int32 {
        guard let bell = Bell() else { return 1 }
        let queue = DispatchQueue(label: "carillon.lsp.project")
        var isWorking = false
        while true {
            let canWork = !isWorking && server.hasUnsettled
            switch wait(bell, milliseconds: canWork ? Self.pause : -1) {
            case .input: if let status = read() { return status }
            case .bell:
                isWorking = false
                for project in bell.answer() { server.settle(project) }
            case .pause:
                guard let project = server.nextUnsettled() else { continue }
                isWorking = true
                queue.async { bell.ring(project.settled()) }
            }
            guard write(server.takeOutput()) else { return 1 }
        }
    }

    private enum Moment {
        case input, bell, pause
    }

    private func wait(_ bell: Bell, milliseconds: Int32) -> Moment {
        var watched = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: bell.reading, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&watched, 2, milliseconds)
            if count < 0, errno == EINTR { continue }
            if count == 0 { return .pause }
            // What is typed comes first: a result that it makes worthless need not be looked at.
            if watched[0].revents != 0 { return .input }
            return .bell
        }
    }

    /// The status to end with, once the editor has gone.
    private mutating func read() -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return nil }
        guard count > 0 else {
            server.inputEnded()
            _ = write(server.takeOutput())
            return server.exitStatus ?? 1
        }
        framing.add(buffer[..<count])
        while let piece = framing.next() {
            switch piece {
            case .message(let message): server.receive(message)
            case .broken(let reason):
                Terminal.error.line("carillon lsp: \(reason)")
                return 1
            }
        }
        server.work()
        if let status = server.exitStatus {
            _ = write(server.takeOutput())
            return status
        }
        return nil
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Hands results to a thread that waits for input, and wakes it: a pipe to itself.
private final class Bell: Sendable {
    let reading: Int32
    private let writing: Int32
    private let results = Mutex<[SettledProject]>([])

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
    }

    func ring(_ result: SettledProject) {
        results.withLock { $0.append(result) }
        var byte: UInt8 = 0
        while write(writing, &byte, 1) < 0, errno == EINTR {}
    }

    func answer() -> [SettledProject] {
        var byte: UInt8 = 0
        _ = read(reading, &byte, 1)
        return results.withLock { results in
            defer { results = [] }
            return results
        }
    }
}
