import Channels

/// One connection of a client: request after request, and whatever a script does to them.
struct HTTPConnection {
    let server: SandboxServer
    private var stream: SocketStream

    init(_ stream: SocketStream, _ server: SandboxServer) {
        self.server = server
        self.stream = stream
    }

    mutating func serve() {
        while true {
            switch HTTPReading.head(&stream) {
            case .none: return
            case .malformed:
                stream.write(HTTPReply(400, type: "text/plain", "this is no HTTP request\n").bytes(closing: true))
                return
            case .call(var call):
                guard serve(&call) else { return }
            }
        }
    }

    /// False where the connection ends.
    private mutating func serve(_ call: inout HTTPCall) -> Bool {
        let door = server.door(of: call)
        if case .provider(let provider, let channel, _) = door,
            server.faults.beforeBody(provider, channel) != nil
        {
            stream.resetOnClose()
            return false
        }
        guard HTTPReading.body(of: &call, from: &stream) else {
            stream.write(HTTPReply(413, type: "text/plain", "the body can't be taken\n").bytes(closing: true))
            return false
        }
        let isClosing = call.header("connection").lowercased() == "close"
        let isHead = call.method == "HEAD"
        switch door {
        case .provider(let provider, let channel, let path):
            let outcome = server.take(
                ProviderCall(provider: provider, channel: channel, http: call, path: path, now: server.now()))
            return answer(outcome, isClosing)
        case .events:
            SandboxEvents(server: server).write(to: stream)
            return false
        case .page:
            return stream.write(server.page.answer(call).bytes(closing: isClosing, isHead: isHead)) && !isClosing
        }
    }

    private mutating func answer(_ outcome: SandboxServer.Outcome, _ isClosing: Bool) -> Bool {
        switch outcome {
        case .reply(let reply): return stream.write(reply.bytes(closing: isClosing)) && !isClosing
        case .spoiled(let deed, let reply):
            if let spoiled = deed.answer(for: reply) {
                return stream.write(spoiled.bytes(closing: isClosing)) && !isClosing
            }
            switch deed {
            case .hang, .acceptAndHang:
                stream.waitForEnd()
                return false
            case .resetBeforeBody, .resetAfterBody, .acceptAndReset:
                stream.resetOnClose()
                return false
            case .close, .acceptAndClose:
                stream.end()
                return false
            case .truncated:
                // Without a word of TLS that this is the end: cut in the middle.
                stream.write(Array(reply.bytes(closing: false).dropLast(max(1, reply.body.count / 2))))
                return false
            case .slow: return server.trickle(reply.bytes(closing: isClosing), to: stream) && !isClosing
            case .malformed, .huge, .html, .status, .throttle, .error, .tls, .http2:
                return stream.write(reply.bytes(closing: isClosing)) && !isClosing
            }
        }
    }
}

extension FaultDeed {
    /// What is answered in place of what is right; nil where the fault is not in the answer.
    func answer(for reply: HTTPReply) -> HTTPReply? {
        let page = "<!doctype html><html><body><h1>It works!</h1></body></html>"
        return switch self {
        case .malformed: HTTPReply(reply.status, type: "application/json", "{\"sid\": \"SM")
        case .huge:
            HTTPReply(reply.status, headers: reply.headers, body: [UInt8](repeating: 0x78, count: 1 << 20))
        case .html: HTTPReply(200, type: "text/html", page)
        case .status(let status): HTTPReply(status, type: "text/html", page)
        case .hang, .acceptAndHang, .resetBeforeBody, .resetAfterBody, .acceptAndReset, .close, .acceptAndClose,
            .truncated, .slow, .throttle, .error, .tls, .http2:
            nil
        }
    }
}
