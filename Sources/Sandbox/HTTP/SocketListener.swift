import Channels
import Glibc
import Synchronization

/// Takes connections on this machine and gives each a thread of its own.
final class SocketListener: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var isStopped = false
    }

    /// More than a client of ours ever opens; beyond it connections wait in the system's queue.
    private static let limit = 1024

    let port: Int
    private let descriptor: Int32
    private let state = Mutex(State())
    private let serve: @Sendable (Int32) -> Void

    /// - Parameter port: 0 takes a free one.
    init(port: Int, serve: @escaping @Sendable (Int32) -> Void) throws(ChannelSetupError) {
        self.serve = serve
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 1024) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard descriptor >= 0, isBound else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw ChannelSetupError(
                message: "can't listen on 127.0.0.1:\(port): \(reason)",
                help: "is another sandbox running? --port chooses another port"
            )
        }
        self.descriptor = descriptor
        self.port = Int(in_port_t(bigEndian: address.sin_port))
        try WorkerThread { [self] in accept() }.detach()
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            guard connection >= 0 else {
                if state.withLock({ $0.isStopped }) { return }
                // Out of descriptors, or a client that went away again.
                usleep(1000)
                continue
            }
            let isTaken = state.withLock { state in
                guard !state.isStopped, state.open.count < Self.limit else { return false }
                state.open.insert(connection)
                return true
            }
            guard isTaken, let thread = try? WorkerThread({ [self] in run(connection) }) else {
                close(connection)
                continue
            }
            thread.detach()
        }
    }

    private func run(_ connection: Int32) {
        serve(connection)
        state.withLock { _ = $0.open.remove(connection) }
        close(connection)
    }

    /// Ends all connections. Threads that sleep in them wake up and end.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
