/// A message as DKIM's `relaxed` canonicalisation sees it (RFC 6376 sections 3.4.2 and 3.4.4): relays may fold headers
/// and change runs of white space, and the signature still holds.
struct MailCanonicalForm {
    struct Header {
        /// In small letters.
        let name: String
        /// `name:value` with its line break.
        let canonical: [UInt8]
    }

    let headers: [Header]
    let body: [UInt8]

    /// Reads a message in wire form, whose lines end in CRLF. `stuffsDots`: a dot that SMTP put in front of a line
    /// travels, and is not part of the message.
    init(_ message: ArraySlice<UInt8>, stuffsDots: Bool) {
        var headers: [Header] = []
        var position = message.startIndex
        var start = position
        while position < message.endIndex {
            let end = Self.endOfLine(message, from: position)
            let isFolded = end < message.endIndex && Self.isSpace(message[end])
            if end - position <= 2 {
                position = end
                break
            }
            position = end
            if isFolded { continue }
            headers.append(Self.header(message[start..<end]))
            start = end
        }
        self.headers = headers
        body = Self.body(message[position...], stuffsDots: stuffsDots)
    }

    /// One field, unfolded: its name in small letters, runs of white space as one space, none at the ends.
    static func header(_ field: ArraySlice<UInt8>) -> Header {
        let colon = field.firstIndex(of: UInt8(ascii: ":")) ?? field.endIndex
        let name = field[..<colon].filter { !isSpace($0) }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        var canonical = name + [UInt8(ascii: ":")]
        let valueStart = canonical.count
        for byte in field[min(colon + 1, field.endIndex)...] where byte != 0x0D && byte != 0x0A {
            append(byte, to: &canonical, lineStart: valueStart, keepsLeading: false)
        }
        if canonical.count > valueStart, canonical.last == 0x20 { canonical.removeLast() }
        canonical.append(literal: "\r\n")
        return Header(name: String(decoding: name, as: UTF8.self), canonical: canonical)
    }

    /// Runs of white space as one space, none at the ends of lines, no empty lines at the end.
    private static func body(_ body: ArraySlice<UInt8>, stuffsDots: Bool) -> [UInt8] {
        var canonical: [UInt8] = []
        canonical.reserveCapacity(body.count)
        var contentEnd = 0
        var position = body.startIndex
        while position < body.endIndex {
            let end = endOfLine(body, from: position)
            let lineStart = canonical.count
            if stuffsDots, body[position] == UInt8(ascii: ".") { position += 1 }
            for byte in body[position..<end] where byte != 0x0D && byte != 0x0A {
                append(byte, to: &canonical, lineStart: lineStart, keepsLeading: true)
            }
            if canonical.count > lineStart, canonical.last == 0x20 { canonical.removeLast() }
            let isEmpty = canonical.count == lineStart
            canonical.append(literal: "\r\n")
            if !isEmpty { contentEnd = canonical.count }
            position = end
        }
        canonical.removeSubrange(contentEnd...)
        return canonical
    }

    private static func append(_ byte: UInt8, to line: inout [UInt8], lineStart: Int, keepsLeading: Bool) {
        guard isSpace(byte) else { return line.append(byte) }
        let isLeading = line.count == lineStart
        if isLeading ? keepsLeading : line[line.count - 1] != 0x20 { line.append(0x20) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Behind the line break of the line that begins here.
    private static func endOfLine(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int {
        bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
    }
}
