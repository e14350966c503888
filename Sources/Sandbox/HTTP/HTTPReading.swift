/// Reads requests off a connection.
enum HTTPReading {
    static let headLimit = 64 << 10
    static let bodyLimit = 64 << 20

    enum Head {
        case call(HTTPCall)
        case malformed
        /// The connection has ended.
        case none
    }

    static func head(_ stream: inout SocketStream) -> Head {
        guard let bytes = stream.read(through: "\r\n\r\n", limit: headLimit) else { return .none }
        let text = String(decoding: bytes.dropLast(4), as: UTF8.self)
        var call = HTTPCall()
        for (index, line) in text.split(separator: "\r\n", omittingEmptySubsequences: false).enumerated() {
            if index == 0 {
                let words = line.split(separator: " ")
                guard words.count == 3, words[1].hasPrefix("/"), words[2].hasPrefix("HTTP/1.") else {
                    return .malformed
                }
                call.method = String(words[0])
                call.setTarget(words[1])
                if words[2] == "HTTP/1.0" { call.headers["connection"] = "close" }
            } else {
                guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { return .malformed }
                let name = line[..<colon].lowercased()
                let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
                if call.headers[name] == nil { call.headers[name] = String(value) }
            }
        }
        return .call(call)
    }

    /// False where the body is too large, malformed, or breaks off.
    static func body(of call: inout HTTPCall, from stream: inout SocketStream) -> Bool {
        if call.header("expect").lowercased() == "100-continue" { stream.write("HTTP/1.1 100 Continue\r\n\r\n") }
        if call.header("transfer-encoding").lowercased().contains("chunked") {
            while true {
                guard let line = stream.read(through: "\r\n", limit: 256) else { return false }
                let digits = String(decoding: line.dropLast(2).prefix { $0 != 0x3B }, as: UTF8.self)
                guard let size = Int(digits.filter { $0 != " " }, radix: 16), size >= 0,
                    call.body.count + size <= bodyLimit
                else { return false }
                if size == 0 { return stream.read(through: "\r\n", limit: headLimit) != nil }
                guard let chunk = stream.read(count: size), stream.read(count: 2) != nil else { return false }
                call.body += chunk
            }
        }
        let header = call.header("content-length")
        guard !header.isEmpty else { return true }
        guard let length = Int(header), (0...bodyLimit).contains(length), let body = stream.read(count: length) else {
            return false
        }
        call.body = body
        return true
    }
}
