import Glibc
import Synchronization

/// An HTTP/1.1 server on this machine that answers each request as a test says, faults included.
///
/// One thread accepts and one more serves each connection. `stop` closes everything and waits for the threads.
package final class HTTPFaultServer: Sendable {
    package struct Request: Sendable {
        package var line = ""
        /// Names in lower case.
        package var headers: [String: String] = [:]
        package var body: [UInt8] = []
        /// Connections count from one, and requests of all connections too.
        package var connection = 0
        package var number = 0
    }

    package enum Answer: Sendable {
        case answer(Int, headers: [String] = [], body: String = "")
        /// Reads the request and never answers.
        case hang
        /// Resets the connection when the head of the request was read.
        case resetBeforeBody
        /// Resets the connection when all of the request was read.
        case resetAfterBody
        /// Closes the connection when all of the request was read.
        case close
        /// Promises more bytes than it sends, and closes.
        case truncated(Int, body: String)
        /// Sends the head, and then nothing more.
        case stallAfterHead(Int)
        /// Sends this many bytes of body.
        case huge(Int, bytes: Int)
        /// Sends these bytes and closes.
        case raw(String)
    }

    package typealias Script = @Sendable (Request) -> Answer

    private struct State {
        var descriptors: Set<Int32> = []
        var threads: [pthread_t] = []
        var connections = 0
        var requests: [Request] = []
        var heads = 0
        var isStopping = false
    }

    package let port: Int
    private let listener: Int32
    private let script: Script
    /// Whether the script wants to see the body before it answers.
    private let readsBody: Bool
    private let state = Mutex(State())
    private let arrivals = Arrivals()

    /// A server whose script sees requests with their bodies.
    package convenience init(answering script: @escaping Script) {
        self.init(readsBody: true, script)
    }

    /// - Parameter script: sees the head of a request; what it says may come before the body was read.
    package init(readsBody: Bool = false, _ script: @escaping Script) {
        self.readsBody = readsBody
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        precondition(listener >= 0, "no socket for the test server")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { typed in
            typed.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, raw, &length) == 0
            }
        }
        precondition(bound, "no port for the test server")
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        self.script = script
        state.withLock { state in
            start(in: &state) { [self] in accept() }
        }
    }

    package var requests: [Request] { state.withLock { $0.requests } }
    package var connections: Int { state.withLock { $0.connections } }

    /// Waits until this many requests were read, as far as the script wanted them read.
    package func awaitRequests(_ count: Int) {
        arrivals.await(count)
    }

    package func stop() {
        let threads = state.withLock { state in
            state.isStopping = true
            shutdown(listener, Int32(SHUT_RDWR))
            for descriptor in state.descriptors {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
            return state.threads
        }
        threads.forEach { pthread_join($0, nil) }
        close(listener)
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                return
            }
            let isServed = state.withLock { state in
                guard !state.isStopping else {
                    return false
                }
                state.descriptors.insert(descriptor)
                state.connections += 1
                let number = state.connections
                start(in: &state) { [self] in
                    var connection = Connection(descriptor)
                    serve(&connection, number)
                    _ = self.state.withLock { $0.descriptors.remove(descriptor) }
                    close(descriptor)
                }
                return true
            }
            guard isServed else {
                close(descriptor)
                return
            }
        }
    }

    private func serve(_ connection: inout Connection, _ number: Int) {
        while var request = connection.readHead() {
            request.connection = number
            request.number = state.withLock { state in
                state.heads += 1
                return state.heads
            }
            if readsBody, !connection.readBody(&request) {
                return
            }
            let answer = script(request)
            if case .resetBeforeBody = answer {
                note(request)
                connection.reset()
                return
            }
            guard readsBody || connection.readBody(&request) else {
                return
            }
            note(request)
            guard connection.send(answer) else {
                return
            }
        }
    }

    private func note(_ request: Request) {
        state.withLock { $0.requests.append(request) }
        arrivals.signal()
    }

    /// Under the lock, so that `stop` joins every thread that began.
    private func start(in state: inout State, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { raw in
                if let raw {
                    Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                }
                return nil
            },
            box.toOpaque()
        )
        precondition(code == 0, "no thread for the test server")
        state.threads.append(thread)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}

/// Counts what came, for a thread that waits for it.
private final class Arrivals: @unchecked Sendable {
    // The semaphore may be used from any thread; it moves no more once it is allocated.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let taken = Mutex(0)

    init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() {
        sem_post(semaphore)
    }

    func await(_ count: Int) {
        taken.withLock { taken in
            while taken < count {
                if sem_wait(semaphore) == 0 {
                    taken += 1
                }
            }
        }
    }
}
