import Glibc

/// Speaks HTTP as bytes over a socket, so that a test sees exactly what a mail program or a scanner would.
struct RawClient {
    struct Response {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    enum Failure: Error {
        case socket(String, Int32)
        case noAnswer(String)
    }

    let port: Int

    func request(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: String? = nil
    ) throws -> Response {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers {
            text += "\(name): \(value)\r\n"
        }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        text += "\r\n" + (body ?? "")
        return try parse(exchange(Array(text.utf8)))
    }

    /// With a body that is no text, and the bytes of the answer's.
    func bytes(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
    ) throws -> (answer: Response, bytes: [UInt8]) {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        let received = try exchange(Array((head + "\r\n").utf8) + body)
        let end = received.indices.first { received[$0...].starts(with: Array("\r\n\r\n".utf8)) } ?? received.endIndex
        return (try parse(received), Array(received[end...].dropFirst(4)))
    }

    func form(_ path: String, _ body: String, headers: [String: String] = [:]) throws -> Response {
        let type = ["Content-Type": "application/x-www-form-urlencoded"].merging(headers) { $1 }
        return try request("POST", path, headers: type, body: body)
    }

    /// Sends the bytes and reads until the other side closes, or until what came is enough.
    func exchange(_ bytes: [UInt8], until isEnough: ([UInt8]) throws -> Bool = { _ in false }) throws -> [UInt8] {
        let descriptor = try connect()
        defer { close(descriptor) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A server that has refused the head may close before it has read the rest: the answer is what counts.
            if count <= 0 { break }
            sent += count
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while try !isEnough(received) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { break }
            received.append(contentsOf: chunk[..<count])
        }
        return received
    }

    /// A connection that nothing was said on, for its caller to close.
    func connect() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure.socket("socket", errno) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let code = errno
            close(descriptor)
            throw Failure.socket("connect", code)
        }
        return descriptor
    }

    private func parse(_ bytes: [UInt8]) throws -> Response {
        // Swift takes CR LF as one character, so the lines split at it.
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)),
            let end = lines.firstIndex(of: "")
        else { throw Failure.noAnswer(text) }
        var headers: [String: String] = [:]
        for line in lines[1..<end] {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        return Response(status: status, headers: headers, body: lines[(end + 1)...].joined(separator: "\r\n"))
    }
}
