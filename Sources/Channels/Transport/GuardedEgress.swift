import Glibc
import Synchronization

/// The one client for addresses that a user or a provider's message named.
///
/// HTTPS to public servers on 443 and 8443 only; a name is looked up once, every address that it has is checked, and
/// the checked address is connected to, whatever the name says by then. Nothing follows redirects, asks for a proxy or
/// reads more than a limit. Connections stay open between calls to the same server.
package final class GuardedEgress: Sendable {
    package struct Policy: Sendable {
        /// For tests and for projects whose receivers stand in their own network.
        package var allowsPrivate: Bool
        /// PEM certificates to trust in place of the system's.
        package var authorityFile: String?
        /// Seconds for one call as a whole.
        package var timeout: Double
        /// Bytes of an answer's body that are read.
        package var answerLimit: Int

        package init(
            allowsPrivate: Bool = false, authorityFile: String? = nil, timeout: Double = 10, answerLimit: Int = 1 << 20
        ) {
            self.allowsPrivate = allowsPrivate
            self.authorityFile = authorityFile
            self.timeout = timeout
            self.answerLimit = answerLimit
        }
    }

    package typealias Completion = @Sendable (EgressOutcome) -> Void

    /// Servers with open connections; the one that was called longest ago makes room for another.
    private static let mostLines = 32
    /// Calls to one server that wait or run.
    private static let mostOpen = 1024
    private static let connections = 8

    private struct Line {
        let transport: HTTPTransport
        var open = 0
        var usedAt: UInt64
    }

    /// Shared with the threads of the lines.
    private final class Book: Sendable {
        struct State {
            var lines: [String: Line] = [:]
            var waiting: [UInt64: (line: String, completion: Completion)] = [:]
            var next: UInt64 = 0
            var isStopped = false
        }

        let state = Mutex(State())

        func settle(_ reports: [HTTPReport]) {
            for report in reports {
                let waiting = state.withLock { $0.waiting.removeValue(forKey: report.token) }
                guard let waiting else { continue }
                waiting.completion(GuardedEgress.outcome(report.result))
                // Only now: a line whose thread still answers somebody must not be ended by that somebody.
                state.withLock { $0.lines[waiting.line]?.open -= 1 }
            }
        }
    }

    private let policy: Policy
    private let guarding: EgressGuard
    private let lookup: EgressResolver.Lookup
    private let book = Book()

    package convenience init(_ policy: Policy = Policy()) {
        self.init(policy, lookup: EgressResolver.system, ownAddresses: EgressAddress.ofThisMachine())
    }

    init(_ policy: Policy, lookup: @escaping EgressResolver.Lookup, ownAddresses: Set<EgressAddress> = []) {
        self.policy = policy
        self.lookup = lookup
        guarding = EgressGuard(allowsPrivate: policy.allowsPrivate, refused: ownAddresses)
    }

    deinit {
        finish(within: 0)
    }

    /// Starts a call and returns at once. `then` is called once, on a thread of this client, and must not block; a call
    /// that is refused is told before this returns.
    package func begin(_ call: EgressCall, then: @escaping Completion) {
        let url: EgressURL
        do throws(EgressURL.Fault) {
            url = try EgressURL(call.url)
            try guarding.check(url)
        } catch {
            return then(.refused(code: error.code, sentence: error.rawValue))
        }
        guard var request = GuardedEgress.request(call) else {
            return then(.refused(code: "unsafe_header", sentence: "was to be called with a header that can't be sent"))
        }
        request.target = url.target
        let origin = url.text(target: "")
        var ended: HTTPTransport?
        let refusal: EgressOutcome? = book.state.withLock { state in
            guard !state.isStopped else { return .notSent(code: "stopped") }
            if state.lines[origin] == nil {
                ended = GuardedEgress.makeRoom(&state)
                guard state.lines.count < GuardedEgress.mostLines, let transport = transport(url) else {
                    return .notSent(code: "too_many_servers")
                }
                state.lines[origin] = Line(transport: transport, usedAt: 0)
            }
            guard let line = state.lines[origin], line.open < GuardedEgress.mostOpen else {
                return .notSent(code: "queue_full")
            }
            request.token = state.next
            state.waiting[state.next] = (origin, then)
            state.next += 1
            state.lines[origin]?.open += 1
            state.lines[origin]?.usedAt = MonotonicClock.now
            // With the lock held, so that nobody ends the line in between.
            line.transport.submit([request])
            return nil
        }
        ended?.finish(within: 0)
        if let refusal { then(refusal) }
    }

    /// The same, waiting for the end. For threads that may block: never in a Task, never on a thread of this client.
    package func send(_ call: EgressCall) -> EgressOutcome {
        let answer = WaitingAnswer()
        begin(call) { answer.set($0) }
        return answer.wait()
    }

    package func get(_ url: String, headers: [(name: String, value: String)] = []) -> EgressOutcome {
        send(EgressCall(.get, url, headers: headers))
    }

    package func post(
        _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8], signedWith: EgressSignature? = nil
    ) -> EgressOutcome {
        send(EgressCall(.post(body), url, headers: headers, signature: signedWith))
    }

    /// Waits for what is under way; what has no answer by then is told as lost or not sent. Later calls are not sent.
    package func finish(within seconds: Double) {
        let lines = book.state.withLock { state in
            let lines = state.isStopped ? [] : Array(state.lines.values)
            state.isStopped = true
            return lines
        }
        for line in lines {
            line.transport.finish(within: seconds)
        }
    }

    // MARK: - Parts

    /// Takes the server out that nobody waits for and that was called longest ago.
    private static func makeRoom(_ state: inout Book.State) -> HTTPTransport? {
        guard state.lines.count >= mostLines else { return nil }
        let idle = state.lines.filter { $0.value.open == 0 }.min { $0.value.usedAt < $1.value.usedAt }
        return idle.flatMap { state.lines.removeValue(forKey: $0.key)?.transport }
    }

    private func transport(_ url: EgressURL) -> HTTPTransport? {
        var account = HTTPAccount(endpoint: url, egress: guarding, authorityFile: policy.authorityFile)
        account.connectTimeout = min(5, policy.timeout)
        account.timeout = policy.timeout
        account.connections = GuardedEgress.connections
        account.answerLimit = policy.answerLimit
        account.lookup = lookup
        let book = book
        return try? HTTPTransport(account) { book.settle($0) }
    }

    /// Nil where a header can't be sent as it is, or would change how the request is read.
    private static func request(_ call: EgressCall) -> HTTPRequest? {
        var request = HTTPRequest(token: 0, body: [])
        switch call.method {
        case .get: request.method = .get
        case .post(let body): request.body = body
        case .put(let body): (request.method, request.body) = (.other("PUT"), body)
        case .patch(let body): (request.method, request.body) = (.other("PATCH"), body)
        case .delete(let body): (request.method, request.body) = (.other("DELETE"), body)
        }
        guard call.headers.count <= 64 else { return nil }
        var isTyped = false
        for (name, value) in call.headers {
            guard isSound(name), value.utf8.count <= 8192, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                return nil
            }
            isTyped = isTyped || name.lowercased() == "content-type"
            // libcurl takes a name without a value for a header to leave out.
            request.headers.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if !request.isHarmless, !isTyped {
            request.headers.append("Content-Type: application/json")
        }
        if let signature = call.signature {
            guard signature.isSound else { return nil }
            request.headers += signature.headers(request.body)
        }
        return request
    }

    /// Those that say where a request goes, how long it is or who signed it are not the caller's.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
        "proxy-authorization", "webhook-id", "webhook-timestamp", "webhook-signature",
    ]

    private static func isSound(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !reserved.contains(name.lowercased())
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
            }
    }

    private static func outcome(_ result: HTTPResult) -> EgressOutcome {
        switch result {
        case .answered(let answer):
            .answered(
                EgressAnswer(
                    status: answer.status, contentType: answer.contentType, body: answer.body, isCut: answer.isCut,
                    retryAfter: answer.retryAfter(now: SystemClock.now)))
        case .notSent(let code): .notSent(code: code)
        case .lost(let phase, let detail): .lost(phase, code: detail)
        }
    }
}

/// An outcome that another thread will bring.
private final class WaitingAnswer: @unchecked Sendable {
    // Sendable because `outcome` is only touched with the lock held.
    private let lock = WaitingLock()
    private var outcome: EgressOutcome?

    func set(_ outcome: EgressOutcome) {
        lock.locked {
            self.outcome = outcome
            lock.wakeAll()
        }
    }

    func wait() -> EgressOutcome {
        lock.locked {
            while true {
                if let outcome { return outcome }
                lock.wait()
            }
        }
    }
}
