import Glibc

extension HTTPFaultServer {
    /// One connection's bytes: reads requests, writes answers.
    struct Connection {
        private let descriptor: Int32
        private var unread: [UInt8] = []

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
        }

        private mutating func fill() -> Bool {
            var room = [UInt8](repeating: 0, count: 16 << 10)
            let count = recv(descriptor, &room, room.count, 0)
            guard count > 0 else {
                return false
            }
            unread.append(contentsOf: room[..<count])
            return true
        }

        /// Nil at the end of the connection.
        mutating func readHead() -> Request? {
            while true {
                if let end = headEnd {
                    let head = String(decoding: unread[..<end], as: UTF8.self)
                    unread.removeFirst(end + 4)
                    return Connection.request(head)
                }
                guard fill() else {
                    return nil
                }
            }
        }

        private var headEnd: Int? {
            let mark: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
            guard unread.count >= 4 else {
                return nil
            }
            return (0...(unread.count - 4)).first { unread[$0..<($0 + 4)].elementsEqual(mark) }
        }

        private static func request(_ head: String) -> Request {
            var request = Request()
            for (at, line) in head.split(separator: "\r\n", omittingEmptySubsequences: false).enumerated() {
                if at == 0 {
                    request.line = String(line)
                } else if let colon = line.firstIndex(of: ":") {
                    let value = line[line.index(after: colon)...].drop { $0 == " " }
                    request.headers[line[..<colon].lowercased()] = String(value)
                }
            }
            return request
        }

        mutating func readBody(_ request: inout Request) -> Bool {
            let length = Int(request.headers["content-length"] ?? "") ?? 0
            while unread.count < length {
                guard fill() else {
                    return false
                }
            }
            request.body = Array(unread[..<length])
            unread.removeFirst(length)
            return true
        }

        /// False where the connection ends with the answer.
        mutating func send(_ answer: Answer) -> Bool {
            switch answer {
            case .answer(let status, let headers, let body):
                let lines = ["HTTP/1.1 \(status) Scripted", "Content-Length: \(body.utf8.count)"] + headers
                return write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
            case .hang:
                // Until the client or `stop` closes the connection.
                while fill() {}
                return false
            case .resetBeforeBody, .resetAfterBody:
                reset()
                return false
            case .close:
                return false
            case .truncated(let status, let body):
                _ = write("HTTP/1.1 \(status) Scripted\r\nContent-Length: \(body.utf8.count + 10)\r\n\r\n" + body)
                return false
            case .stallAfterHead(let status):
                _ = write("HTTP/1.1 \(status) Scripted\r\nContent-Length: 10\r\n\r\n")
                while fill() {}
                return false
            case .huge(let status, let bytes):
                _ = write("HTTP/1.1 \(status) Scripted\r\nContent-Length: \(bytes)\r\n\r\n")
                return write([UInt8](repeating: 0x78, count: bytes))
            case .raw(let text):
                _ = write(text)
                return false
            }
        }

        /// Closing with nothing to linger for sends a reset.
        func reset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }

        private func write(_ text: String) -> Bool {
            write(Array(text.utf8))
        }

        private func write(_ bytes: [UInt8]) -> Bool {
            var at = 0
            while at < bytes.count {
                let count = bytes[at...].withUnsafeBytes { left in
                    Glibc.send(descriptor, left.baseAddress, left.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else {
                    return false
                }
                at += count
            }
            return true
        }
    }
}
