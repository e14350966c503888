import Channels

/// One connection of a client: request after request, and whatever a script does to them.
struct HTTPConnection {
    let server: SandboxServer
    private var stream: SocketStream

    init(_ descriptor: Int32, _ server: SandboxServer) {
        self.server = server
        stream = SocketStream(descriptor)
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
        let page = "<!doctype html><html><body><h1>It works!</h1></body></html>"
        switch outcome {
        case .reply(let reply), .spoiled(.slow, let reply):
            let bytes = reply.bytes(closing: isClosing)
            guard case .spoiled = outcome else { return stream.write(bytes) && !isClosing }
            return server.trickle(bytes, to: stream) && !isClosing
        case .spoiled(let deed, let reply):
            switch deed {
            case .hang, .acceptAndHang:
                stream.waitForEnd()
                return false
            case .resetBeforeBody, .resetAfterBody, .acceptAndReset:
                stream.resetOnClose()
                return false
            case .close, .acceptAndClose: return false
            case .malformed:
                return stream.write(
                    HTTPReply(reply.status, type: "application/json", "{\"sid\": \"SM").bytes(closing: false))
            case .truncated:
                stream.write(reply.bytes(closing: false).dropLast(max(1, reply.body.count / 2)))
                return false
            case .huge:
                let body = [UInt8](repeating: 0x78, count: 1 << 20)
                return stream.write(HTTPReply(reply.status, headers: reply.headers, body: body).bytes(closing: false))
            case .html: return stream.write(HTTPReply(200, type: "text/html", page).bytes(closing: false))
            case .status(let status):
                return stream.write(HTTPReply(status, type: "text/html", page).bytes(closing: false))
            case .slow, .throttle, .error: return stream.write(reply.bytes(closing: isClosing)) && !isClosing
            }
        }
    }
}

extension SocketStream {
    @discardableResult
    fileprivate func write(_ bytes: ArraySlice<UInt8>) -> Bool { write(Array(bytes)) }
}
