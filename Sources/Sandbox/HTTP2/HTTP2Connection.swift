import Channels
import NIOCore
import NIOHPACK

/// One connection of a client over HTTP/2: requests side by side, answered in the order in which they are complete.
struct HTTP2Connection {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// What a client may send before it hears that there is room for more.
    private static let room = 1 << 20
    private static let blockLimit = 64 << 10

    private let server: SandboxServer
    private var stream: SocketStream
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    /// Requests that are not complete.
    private var open: [UInt32: HTTPCall] = [:]
    private var ready: [(stream: UInt32, call: HTTPCall)] = []
    /// A head of which parts are still to come.
    private var block: (stream: UInt32, bytes: [UInt8], ends: Bool)?
    private var last: UInt32 = 0
    /// How much the client takes at once: of all streams, of a new one, and of those that were given more.
    private var window = 65_535
    private var streamWindow = 65_535
    private var streamWindows: [UInt32: Int] = [:]

    init(_ stream: SocketStream, _ server: SandboxServer) {
        self.stream = stream
        self.server = server
    }

    mutating func serve() {
        guard stream.read(count: Self.preface.count) == Self.preface else { return }
        // Setting 3 is how many requests may run side by side, setting 4 the room for each.
        let settings: [UInt8] =
            [0, 3] + HTTP2Frame.bytes(256) + [0, 4] + HTTP2Frame.bytes(UInt32(Self.room))
        write(HTTP2Frame(kind: HTTP2Frame.Kind.settings, payload: settings))
        write(HTTP2Frame.windowUpdate(0, 16 * Self.room))
        while true {
            while !ready.isEmpty {
                let (id, call) = ready.removeFirst()
                guard answer(id, call) else { return }
            }
            guard let frame = HTTP2Frame.read(&stream), take(frame) else { return }
        }
    }

    @discardableResult
    private func write(_ frame: HTTP2Frame) -> Bool { stream.write(frame.bytes) }

    // MARK: - Frames

    /// False where the connection ends.
    private mutating func take(_ frame: HTTP2Frame) -> Bool {
        // Nothing may stand between the parts of a head.
        if let block, frame.kind != HTTP2Frame.Kind.continuation || frame.stream != block.stream { return false }
        switch frame.kind {
        case HTTP2Frame.Kind.settings:
            return frame.has(HTTP2Frame.Flag.acknowledged) || takeSettings(frame.payload)
        case HTTP2Frame.Kind.ping:
            return frame.has(HTTP2Frame.Flag.acknowledged)
                || write(
                    HTTP2Frame(
                        kind: HTTP2Frame.Kind.ping, flags: HTTP2Frame.Flag.acknowledged, payload: frame.payload))
        case HTTP2Frame.Kind.windowUpdate:
            guard frame.payload.count == 4 else { return false }
            let more = Int(HTTP2Frame.number(frame.payload[...]) & 0x7FFF_FFFF)
            if frame.stream == 0 {
                window += more
            } else {
                streamWindows[frame.stream, default: streamWindow] += more
            }
            return true
        case HTTP2Frame.Kind.headers:
            guard let content = frame.content else { return false }
            return takeBlock(
                frame.stream, Array(content), ends: frame.has(HTTP2Frame.Flag.endStream),
                isWhole: frame.has(HTTP2Frame.Flag.endHeaders))
        case HTTP2Frame.Kind.continuation:
            guard let block, block.bytes.count + frame.payload.count <= Self.blockLimit else { return false }
            return takeBlock(
                block.stream, block.bytes + frame.payload, ends: block.ends,
                isWhole: frame.has(HTTP2Frame.Flag.endHeaders))
        case HTTP2Frame.Kind.data: return takeData(frame)
        case HTTP2Frame.Kind.resetStream:
            open[frame.stream] = nil
            ready.removeAll { $0.stream == frame.stream }
            return true
        case HTTP2Frame.Kind.pushPromise: return false
        // A goodbye, and whatever later versions have thought of.
        default: return true
        }
    }

    private mutating func takeSettings(_ payload: [UInt8]) -> Bool {
        var rest = payload[...]
        while rest.count >= 6 {
            let name = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            let value = Int(HTTP2Frame.number(rest.dropFirst(2)))
            if name == 4 {
                for id in streamWindows.keys { streamWindows[id, default: 0] += value - streamWindow }
                streamWindow = value
            }
            rest = rest.dropFirst(6)
        }
        return write(HTTP2Frame(kind: HTTP2Frame.Kind.settings, flags: HTTP2Frame.Flag.acknowledged))
    }

    private mutating func takeBlock(_ id: UInt32, _ bytes: [UInt8], ends: Bool, isWhole: Bool) -> Bool {
        guard isWhole else {
            block = (id, bytes, ends)
            return true
        }
        block = nil
        var buffer = ByteBuffer(bytes: bytes)
        guard let fields = try? decoder.decodeHeaders(from: &buffer) else { return false }
        // Fields behind a body say nothing that a provider here reads.
        if let call = open.removeValue(forKey: id) {
            ready.append((id, call))
            return true
        }
        guard id > last else { return true }
        last = id
        var call = HTTPCall()
        call.isHTTP2 = true
        for field in fields {
            switch field.name {
            case ":method": call.method = field.value
            case ":path": call.setTarget(field.value)
            case ":authority": call.headers["host"] = field.value
            default: if call.headers[field.name] == nil { call.headers[field.name] = field.value }
            }
        }
        guard call.path.hasPrefix("/") else { return false }
        if case .provider(let provider, let channel, _) = server.door(of: call),
            server.faults.beforeBody(provider, channel) != nil
        {
            stream.resetOnClose()
            return false
        }
        if ends { ready.append((id, call)) } else { open[id] = call }
        return true
    }

    private mutating func takeData(_ frame: HTTP2Frame) -> Bool {
        guard let content = frame.content else { return false }
        if !frame.payload.isEmpty {
            let ends = frame.has(HTTP2Frame.Flag.endStream)
            write(HTTP2Frame.windowUpdate(0, frame.payload.count))
            if !ends { write(HTTP2Frame.windowUpdate(frame.stream, frame.payload.count)) }
        }
        guard var call = open.removeValue(forKey: frame.stream) else { return true }
        call.body += content
        guard call.body.count <= HTTPReading.bodyLimit else { return false }
        if frame.has(HTTP2Frame.Flag.endStream) {
            ready.append((frame.stream, call))
        } else {
            open[frame.stream] = call
        }
        return true
    }

    // MARK: - Answers

    private mutating func answer(_ id: UInt32, _ call: HTTPCall) -> Bool {
        defer { streamWindows[id] = nil }
        guard case .provider(let provider, let channel, let path) = server.door(of: call) else {
            // 421: this is not the connection to ask for that.
            return send(HTTPReply(421, type: "text/plain", "the page is served over plain HTTP\n"), to: id)
        }
        let outcome = server.take(
            ProviderCall(provider: provider, channel: channel, http: call, path: path, now: server.now()))
        switch outcome {
        case .reply(let reply): return send(reply, to: id)
        case .spoiled(let deed, let reply):
            if let spoiled = deed.answer(for: reply) { return send(spoiled, to: id) }
            return spoil(deed, reply, id)
        }
    }

    private mutating func spoil(_ deed: FaultDeed, _ reply: HTTPReply, _ id: UInt32) -> Bool {
        switch deed {
        // The others on this connection are answered all the same.
        case .hang, .acceptAndHang: return true
        case .resetBeforeBody, .resetAfterBody, .acceptAndReset:
            stream.resetOnClose()
            return false
        case .close, .acceptAndClose:
            stream.end()
            return false
        case .truncated:
            let whole = HTTP2Frame.head(id, reply, ends: false).bytes + Self.data(id, reply.body, ends: true).bytes
            // Without a body what is missing is the frame that ends the stream.
            stream.write(Array(whole.dropLast(reply.body.isEmpty ? 9 : max(1, reply.body.count / 2))))
            return false
        case .slow:
            let whole = HTTP2Frame.head(id, reply, ends: false).bytes + Self.data(id, reply.body, ends: true).bytes
            return server.trickle(whole, to: stream)
        case .http2(let fault): return play(fault, reply, id)
        case .malformed, .huge, .html, .status, .throttle, .error, .tls: return send(reply, to: id)
        }
    }

    private mutating func play(_ fault: HTTP2Fault, _ reply: HTTPReply, _ id: UInt32) -> Bool {
        switch fault {
        case .goAwayBefore:
            // Streams of clients have odd numbers.
            write(HTTP2Frame.goAway(last: id < 2 ? 0 : id - 2))
            stream.end()
            return false
        case .goAwayAfter:
            write(HTTP2Frame.goAway(last: id))
            stream.end()
            return false
        case .goAwayAndAnswer: return write(HTTP2Frame.goAway(last: last)) && send(reply, to: id)
        case .refusedStream: return write(HTTP2Frame.reset(id, .refusedStream))
        case .resetStream, .acceptAndResetStream: return write(HTTP2Frame.reset(id, .internalError))
        }
    }

    private static func data(_ id: UInt32, _ bytes: some Sequence<UInt8>, ends: Bool) -> HTTP2Frame {
        HTTP2Frame(
            kind: HTTP2Frame.Kind.data, flags: ends ? HTTP2Frame.Flag.endStream : 0, stream: id, payload: Array(bytes))
    }

    /// As much at once as the client takes; meanwhile its other frames are read.
    private mutating func send(_ reply: HTTPReply, to id: UInt32) -> Bool {
        guard write(HTTP2Frame.head(id, reply, ends: reply.body.isEmpty)) else { return false }
        var at = 0
        while at < reply.body.count {
            let most = min(HTTP2Frame.limit, window, streamWindows[id] ?? streamWindow)
            guard most > 0 else {
                guard let frame = HTTP2Frame.read(&stream), take(frame) else { return false }
                continue
            }
            let end = min(reply.body.count, at + most)
            guard write(Self.data(id, reply.body[at..<end], ends: end == reply.body.count)) else { return false }
            window -= end - at
            streamWindows[id, default: streamWindow] -= end - at
            at = end
        }
        return true
    }
}
