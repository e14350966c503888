/// Names and values of a form, in the order in which they came. As bytes: what is signed is bytes.
package struct FormFields: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package let name: [UInt8]
        package let value: [UInt8]
        /// Of a part that is a file.
        package var file: String?
    }

    package private(set) var fields: [Field] = []

    /// Of `name=value&…`. Total: what is no escape stands for itself.
    package init(urlencoded bytes: some Collection<UInt8>, limit: Int = 1000) {
        for pair in bytes.split(separator: UInt8(ascii: "&")).prefix(limit) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields.append(
                Field(name: Self.decode(parts[0]), value: parts.count > 1 ? Self.decode(parts[1]) : [])
            )
        }
    }

    /// Of `multipart/form-data` (RFC 7578). Nil where it isn't.
    package init?(multipart bytes: [UInt8], contentType: String) {
        guard let boundary = Self.boundary(of: contentType) else {
            return nil
        }
        let mark = Array("--\(boundary)".utf8)
        var parts: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        guard rest.starts(with: mark) || rest.firstRange(of: [0x0A] + mark) != nil else {
            return nil
        }
        while let found = rest.firstRange(of: mark), parts.count <= 64 {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        for part in parts.dropFirst() {
            guard let end = part.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) else {
                continue
            }
            let head = String(decoding: part[..<end.lowerBound], as: UTF8.self)
            var value = part[end.upperBound...]
            if value.suffix(2).elementsEqual([0x0D, 0x0A]) {
                value.removeLast(2)
            }
            guard let name = Self.parameter("name", of: head) else {
                continue
            }
            fields.append(
                Field(name: Array(name.utf8), value: Array(value), file: Self.parameter("filename", of: head)))
        }
    }

    /// By what a request says it is; nil for other kinds.
    init?(_ request: WebhookRequest) {
        switch request.contentType {
        case "application/x-www-form-urlencoded", "": self.init(urlencoded: request.body)
        case "multipart/form-data": self.init(multipart: request.body, contentType: request.header("content-type"))
        default: return nil
        }
    }

    /// The first of a name, as text.
    package subscript(name: String) -> String? {
        fields.first { $0.name.elementsEqual(name.utf8) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The last of a name: a provider puts its own behind what strangers may have written.
    func last(_ name: String) -> String? {
        fields.last { $0.name.elementsEqual(name.utf8) }.map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// Nil for a name that isn't there and for an empty value.
    package func filled(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            let next = bytes.index(after: index)
            if byte == UInt8(ascii: "+") {
                decoded.append(0x20)
            } else if byte == UInt8(ascii: "%"), next < bytes.endIndex, let high = HexText.digit(bytes[next]),
                case let second = bytes.index(after: next), second < bytes.endIndex,
                let low = HexText.digit(bytes[second])
            {
                decoded.append(high << 4 | low)
                index = bytes.index(after: second)
                continue
            } else {
                decoded.append(byte)
            }
            index = next
        }
        return decoded
    }

    private static func boundary(of contentType: String) -> String? {
        guard let value = parameter("boundary", of: contentType), (1...70).contains(value.utf8.count) else {
            return nil
        }
        return value
    }

    /// `name="value"` or `name=value` behind a semicolon.
    private static func parameter(_ name: String, of header: String) -> String? {
        for part in header.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else {
                continue
            }
            let value = pair[1].drop { $0 == " " }
            return value.hasPrefix("\"")
                ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value.prefix { $0 != " " })
        }
        return nil
    }
}
