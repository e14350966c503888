/// HTML under construction. What comes from outside is escaped; only literals are taken as they stand.
struct HTMLText {
    private(set) var text = ""

    mutating func raw(_ literal: StaticString) {
        text += literal.description
    }

    mutating func add(_ value: some StringProtocol) {
        text += Self.escaped(value)
    }

    mutating func add(_ other: HTMLText) {
        text += other.text
    }

    /// Safe between tags and in quoted attributes.
    static func escaped(_ value: some StringProtocol) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            // Direction marks could make one text look like another.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}":
                text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// With its addresses as links.
    mutating func addLinked(_ value: String) {
        for part in Self.pieces(value) {
            if AddressForm.isURL(part) {
                raw("<a target=\"_blank\" rel=\"noreferrer noopener\" href=\"")
                add(part)
                raw("\">")
                add(part.utf8.count > 60 ? part.prefix(57) + "…" : part[...])
                raw("</a>")
            } else {
                add(part)
            }
        }
    }

    private static func pieces(_ value: String) -> [String] {
        var pieces: [String] = []
        var rest = value[...]
        for link in Links.all(in: value) {
            guard let range = rest.firstRange(of: link) else { continue }
            pieces += [String(rest[..<range.lowerBound]), link]
            rest = rest[range.upperBound...]
        }
        return pieces + [String(rest)]
    }

    static func queryValue(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: bytes.append(byte)
            default:
                bytes.append(0x25)
                bytes += [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
