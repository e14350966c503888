import Glibc

/// The bytes of one connection, both ways, on the thread that owns it.
///
/// Sockets and not a framework, because a server that plays broken networks must be able to stop in the middle of a
/// line, to reset, and to say nothing at all.
struct SocketStream {
    private let descriptor: Int32
    /// Nil where the bytes travel as they are.
    private let tls: TLSSession?
    private var unread: [UInt8] = []
    private var start = 0

    init(_ descriptor: Int32, _ tls: TLSSession? = nil) {
        self.descriptor = descriptor
        self.tls = tls
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// False at the end of the connection.
    private mutating func fill(_ room: Int = 64 << 10) -> Bool {
        if start > 0 {
            unread.removeFirst(start)
            start = 0
        }
        let old = unread.count
        unread.append(contentsOf: repeatElement(0, count: room))
        while true {
            let count = unread.withUnsafeMutableBytes { bytes in
                let begin = bytes.baseAddress.map { $0 + old }
                return tls?.read(begin, room) ?? recv(descriptor, begin, room, 0)
            }
            if tls == nil, count < 0, errno == EINTR { continue }
            unread.removeLast(room - max(0, count))
            return count > 0
        }
    }

    /// Up to and with the mark; nil where the connection ends before, or the limit is passed.
    mutating func read(through mark: StaticString, limit: Int) -> ArraySlice<UInt8>? {
        let wanted = Array(UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount))
        var searched = 0
        while true {
            if let end = position(of: wanted, from: start + searched) {
                defer { start = end }
                return unread[start..<end]
            }
            searched = max(0, unread.count - start - wanted.count)
            guard unread.count - start <= limit, fill() else { return nil }
        }
    }

    /// Where the bytes behind the mark begin.
    private func position(of mark: [UInt8], from first: Int) -> Int? {
        guard let last = mark.last else { return nil }
        var at = first
        while at < unread.count, let found = unread[at...].firstIndex(of: last) {
            let begin = found + 1 - mark.count
            if begin >= start, unread[begin...found].elementsEqual(mark) { return found + 1 }
            at = found + 1
        }
        return nil
    }

    mutating func read(count: Int) -> [UInt8]? {
        while unread.count - start < count {
            guard fill(min(1 << 20, max(64 << 10, count - (unread.count - start)))) else { return nil }
        }
        defer { start += count }
        return Array(unread[start..<(start + count)])
    }

    /// Whether client and server have agreed on HTTP/2.
    var isHTTP2: Bool { tls?.isHTTP2 ?? false }

    /// Tells the client that nothing more comes, as far as TLS has a word for it.
    func end() { tls?.end() }

    /// Whether more has arrived already.
    var hasUnread: Bool { unread.count > start }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            let count = bytes[at...].withUnsafeBytes { rest in
                tls?.write(rest.baseAddress, rest.count)
                    ?? send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if tls == nil, count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            at += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    /// Until the other side gives up, or the server is stopped.
    mutating func waitForEnd() {
        while fill() { start = unread.count }
    }

    /// Closing with nothing to linger for sends a reset.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}
