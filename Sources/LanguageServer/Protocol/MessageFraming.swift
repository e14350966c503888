/// Cuts a stream into messages: `Content-Length: N`, a blank line, N bytes. However the bytes come in, the messages are
/// the same.
package struct MessageFraming: Sendable {
    package enum Piece: Sendable, Equatable {
        case message([UInt8])
        /// Nobody can say where the next message begins, so there is none.
        case broken(String)
    }

    /// No message of an editor comes near; a length without a limit would be an order to take all memory.
    package static let lengthLimit = 64 << 20
    private static let headerLimit = 8192

    private var bytes: [UInt8] = []
    private var start = 0
    /// How far the search for the header's end has come.
    private var searched = 0
    private var length: Int?
    private var fault: String?

    package init() {}

    package mutating func add(_ more: some Sequence<UInt8>) {
        if fault == nil { bytes.append(contentsOf: more) }
    }

    /// Nil where more bytes are needed.
    package mutating func next() -> Piece? {
        if let fault { return .broken(fault) }
        if length == nil, !readHeader() { return fault.map { .broken($0) } }
        guard let length, bytes.count - start >= length else { return nil }
        let message = Array(bytes[start..<start + length])
        start += length
        searched = start
        self.length = nil
        // What was read is given back in large pieces, not once a message.
        if start > 1 << 16 || start == bytes.count {
            bytes.removeFirst(start)
            (start, searched) = (0, 0)
        }
        return .message(message)
    }

    private mutating func readHeader() -> Bool {
        let end = Array("\r\n\r\n".utf8)
        while searched + 4 <= bytes.count {
            if bytes[searched..<searched + 4].elementsEqual(end) {
                let header = String(decoding: bytes[start..<searched], as: UTF8.self)
                start = searched + 4
                return read(header)
            }
            searched += 1
            if searched - start > Self.headerLimit { break }
        }
        if bytes.count - start > Self.headerLimit { fault = "the header does not end" }
        return false
    }

    private mutating func read(_ header: String) -> Bool {
        for line in header.split(separator: "\r\n", omittingEmptySubsequences: false) {
            guard let colon = line.firstIndex(of: ":") else {
                fault = "a line of the header has no colon"
                return false
            }
            guard line[..<colon].lowercased() == "content-length" else { continue }
            let digits = line[line.index(after: colon)...].drop { $0 == " " }
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int(digits), value <= Self.lengthLimit
            else {
                fault = "the length of a message is none, or more than \(Self.lengthLimit) bytes"
                return false
            }
            length = value
        }
        if length == nil { fault = "a message has no Content-Length" }
        return length != nil
    }

    /// A message as it goes out.
    package static func framed(_ message: JSONValue) -> [UInt8] {
        let content = message.bytes
        return Array("Content-Length: \(content.count)\r\n\r\n".utf8) + content
    }
}
