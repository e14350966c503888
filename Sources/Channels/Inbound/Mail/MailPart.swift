/// A mail, or a part of one, as far as reports need it: header fields by name, and what stands behind them. Total on any
/// bytes, and linear in them.
struct MailPart {
    /// Unfolded, by name in small letters; of several of one name the first.
    let fields: [String: String]
    let body: ArraySlice<UInt8>

    /// A header that is longer is no header of a mail system.
    private static let fieldLimit = 500
    private static let partLimit = 50

    init(_ bytes: ArraySlice<UInt8>) {
        var fields: [String: String] = [:]
        var name: String?
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let end = bytes[position...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
            let line = Self.trimmed(bytes[position..<end])
            let isFolded = bytes[position] == 0x20 || bytes[position] == 0x09
            position = end
            if line.isEmpty { break }
            if isFolded, let name {
                fields[name]? += " " + Self.text(line)
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), fields.count < Self.fieldLimit {
                let new = Self.text(line[..<colon]).lowercased()
                name = fields[new] == nil ? new : nil
                if let name { fields[name] = Self.text(Self.trimmed(line[(colon + 1)...])) }
            } else {
                name = nil
            }
        }
        self.fields = fields
        body = bytes[position...]
    }

    /// `multipart/report`, in small letters.
    var type: String {
        (fields["content-type"] ?? "text/plain").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// A parameter of the content type, without its quotes.
    func parameter(_ name: String) -> String? {
        let type = fields["content-type"] ?? ""
        for piece in type.split(separator: ";").dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let key = piece[..<equals].filter { !$0.isWhitespace }.lowercased()
            guard key == name else { continue }
            var value = piece[piece.index(after: equals)...]
            while value.first?.isWhitespace == true { value.removeFirst() }
            while value.last?.isWhitespace == true { value.removeLast() }
            if value.first == "\"", value.last == "\"", value.count >= 2 { value = value.dropFirst().dropLast() }
            return String(value)
        }
        return nil
    }

    /// The parts of a multipart, in their order.
    var parts: [MailPart] {
        guard type.hasPrefix("multipart/"), let boundary = parameter("boundary"), !boundary.isEmpty else { return [] }
        let mark = Array(("--" + boundary).utf8)
        var found: [MailPart] = []
        var start: Int?
        var position = body.startIndex
        while position < body.endIndex, found.count < Self.partLimit {
            let end = body[position...].firstIndex(of: 0x0A).map { $0 + 1 } ?? body.endIndex
            let line = Self.trimmed(body[position..<end])
            if line.starts(with: mark) {
                let rest = line.dropFirst(mark.count)
                if rest.isEmpty || rest.elementsEqual("--".utf8) {
                    if let start { found.append(MailPart(body[start..<position])) }
                    start = rest.isEmpty ? end : nil
                    if start == nil { return found }
                }
            }
            position = end
        }
        // The end may have been cut off.
        if let start, found.count < Self.partLimit { found.append(MailPart(body[start...])) }
        return found
    }

    /// The body as groups of fields with empty lines between them, which is how reports are written (RFC 3464).
    var groups: [[String: String]] {
        var groups: [[String: String]] = []
        var rest = body
        while !rest.isEmpty, groups.count < 100 {
            let part = MailPart(rest)
            if !part.fields.isEmpty { groups.append(part.fields) }
            rest = part.body
        }
        return groups
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(4096), as: UTF8.self)
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        let start = line.firstIndex { !isSpace($0) } ?? line.endIndex
        let end = line.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return line[start..<max(start, end)]
    }
}
