/// One frame of RFC 9113. Written by us and not by a framework, because a server that plays broken ones must be able to
/// end a connection or a stream with any word and at any byte.
struct HTTP2Frame {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let pushPromise: UInt8 = 5
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    enum Flag {
        /// Of data and headers; of settings and pings it says that this is the answer.
        static let endStream: UInt8 = 0x1
        static let acknowledged: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }

    enum Code: UInt32 {
        case none = 0
        case internalError = 2
        case refusedStream = 7
    }

    /// What a frame may hold unless settings say more; ours never do.
    static let limit = 16_384

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    /// Nil at the end of the connection, and for a frame that is too large.
    static func read(_ stream: inout SocketStream) -> HTTP2Frame? {
        guard let head = stream.read(count: 9) else { return nil }
        let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
        guard length <= limit, let payload = stream.read(count: length) else { return nil }
        return HTTP2Frame(
            kind: head[3], flags: head[4], stream: number(head[5...]) & 0x7FFF_FFFF, payload: payload)
    }

    var bytes: [UInt8] {
        let length = payload.count
        let head = [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), kind, flags]
        return head + Self.bytes(stream) + payload
    }

    /// Without padding and priority; nil where the frame says it has more of them than it has bytes.
    var content: ArraySlice<UInt8>? {
        var rest = payload[...]
        var padding = 0
        if has(Flag.padded) {
            guard let first = rest.popFirst() else { return nil }
            padding = Int(first)
        }
        if kind == Kind.headers, has(Flag.priority) {
            guard rest.count >= 5 else { return nil }
            rest = rest.dropFirst(5)
        }
        return padding <= rest.count ? rest.dropLast(padding) : nil
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
    }

    // MARK: - Ours

    static func windowUpdate(_ stream: UInt32, _ count: Int) -> HTTP2Frame {
        HTTP2Frame(kind: Kind.windowUpdate, stream: stream, payload: bytes(UInt32(count)))
    }

    static func reset(_ stream: UInt32, _ code: Code) -> HTTP2Frame {
        HTTP2Frame(kind: Kind.resetStream, stream: stream, payload: bytes(code.rawValue))
    }

    static func goAway(last: UInt32, _ code: Code = .none) -> HTTP2Frame {
        HTTP2Frame(kind: Kind.goAway, payload: bytes(last) + bytes(code.rawValue))
    }

    /// The head of an answer, each field written out: nothing of it enters the other side's table.
    static func head(_ stream: UInt32, _ reply: HTTPReply, ends: Bool) -> HTTP2Frame {
        var block: [UInt8] = []
        append(":status", "\(reply.status)", to: &block)
        for header in reply.headers {
            guard let colon = header.firstIndex(of: ":") else { continue }
            let value = header[header.index(after: colon)...].drop { $0 == " " }
            append(header[..<colon].lowercased(), String(value), to: &block)
        }
        if reply.status != 204 { append("content-length", "\(reply.body.count)", to: &block) }
        return HTTP2Frame(
            kind: Kind.headers, flags: Flag.endHeaders | (ends ? Flag.endStream : 0), stream: stream, payload: block)
    }

    /// A literal field without indexing (RFC 7541, 6.2.2).
    private static func append(_ name: String, _ value: String, to block: inout [UInt8]) {
        block.append(0)
        for text in [name, value] {
            let bytes = Array(text.utf8)
            if bytes.count < 127 {
                block.append(UInt8(bytes.count))
            } else {
                block.append(127)
                var rest = bytes.count - 127
                while rest >= 128 {
                    block.append(UInt8(rest & 0x7F) | 0x80)
                    rest >>= 7
                }
                block.append(UInt8(rest))
            }
            block += bytes
        }
    }
}
