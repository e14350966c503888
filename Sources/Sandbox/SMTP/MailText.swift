import Channels

/// What a person sees of a mail: subject, text and HTML, out of MIME. Total on any bytes.
struct MailText {
    private var headers: [(name: String, value: String)] = []
    private(set) var text = ""
    private(set) var html = ""

    private static let depthLimit = 8

    init(_ bytes: [UInt8]) {
        let (head, body) = Self.split(bytes[...])
        headers = head
        take(head, body, depth: 0)
    }

    func header(_ name: String) -> String {
        headers.first { $0.name == name }?.value ?? ""
    }

    var subject: String { EncodedWordReader.text(header("subject")) }

    private mutating func take(_ head: [(name: String, value: String)], _ body: ArraySlice<UInt8>, depth: Int) {
        let type = head.first { $0.name == "content-type" }?.value ?? "text/plain"
        let kind = type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        if kind.hasPrefix("multipart/"), depth < Self.depthLimit, let boundary = Self.parameter("boundary", of: type) {
            for part in Self.parts(body, boundary) {
                let (head, body) = Self.split(part)
                take(head, body, depth: depth + 1)
            }
            return
        }
        let coding = (head.first { $0.name == "content-transfer-encoding" }?.value ?? "").lowercased()
        let decoded: [UInt8] =
            switch coding.filter({ $0 != " " }) {
            case "base64": Base64Text.decode(String(decoding: body.filter { $0 > 0x20 }, as: UTF8.self)) ?? []
            case "quoted-printable": Self.unquoted(body)
            default: Array(body)
            }
        let content = String(decoding: decoded, as: UTF8.self).replacing("\r\n", with: "\n")
        if kind == "text/html", html.isEmpty { html = content }
        if kind == "text/plain", text.isEmpty { text = content }
    }

    /// Header fields with their folding undone, and the rest.
    private static func split(_ bytes: ArraySlice<UInt8>) -> ([(name: String, value: String)], ArraySlice<UInt8>) {
        let end = bytes.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A])
        let head = String(decoding: bytes[..<(end?.lowerBound ?? bytes.endIndex)], as: UTF8.self)
        var fields: [(name: String, value: String)] = []
        for line in head.split(separator: "\r\n").prefix(500) {
            if let first = line.first, first == " " || first == "\t" {
                guard !fields.isEmpty else { continue }
                fields[fields.count - 1].value += " " + line.drop { $0 == " " || $0 == "\t" }
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                fields.append((line[..<colon].lowercased(), String(value)))
            }
        }
        return (fields, end.map { bytes[$0.upperBound...] } ?? [])
    }

    private static func parts(_ body: ArraySlice<UInt8>, _ boundary: String) -> [ArraySlice<UInt8>] {
        let mark = Array("--\(boundary)".utf8)
        var rest = body
        var parts: [ArraySlice<UInt8>] = []
        while let found = rest.firstRange(of: mark), parts.count < 50 {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return parts.dropFirst().map { part in
            var part = part.drop { $0 == 0x0D || $0 == 0x0A }
            if part.suffix(2).elementsEqual([0x0D, 0x0A]) { part = part.dropLast(2) }
            return part
        }
    }

    private static func parameter(_ name: String, of header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else { continue }
            return String(pair[1].drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" })
        }
        return nil
    }

    static func unquoted(_ bytes: some Sequence<UInt8>, underscoreIsSpace: Bool = false) -> [UInt8] {
        let bytes = Array(bytes)
        var plain: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == 0x3D {
                let pair = String(decoding: bytes[(at + 1)..<min(at + 3, bytes.count)], as: UTF8.self)
                if pair == "\r\n" {
                    at += 3
                    continue
                }
                if let byte = HexText.decode(pair, count: 1) {
                    plain += byte
                    at += 3
                    continue
                }
            }
            plain.append(underscoreIsSpace && bytes[at] == 0x5F ? 0x20 : bytes[at])
            at += 1
        }
        return plain
    }
}

/// Reads `=?utf-8?q?…?=` (RFC 2047), as far as UTF-8 goes.
enum EncodedWordReader {
    static func text(_ header: String) -> String {
        var text = ""
        var rest = header[...]
        var wasWord = false
        while let start = rest.firstRange(of: "=?") {
            let between = rest[..<start.lowerBound]
            let parts = rest[start.upperBound...].split(
                separator: "?", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 4, parts[3].hasPrefix("=") else {
                text += rest[..<start.upperBound]
                rest = rest[start.upperBound...]
                wasWord = false
                continue
            }
            // Blanks between two words belong to the writing, not to the text.
            if !(wasWord && between.allSatisfy(\.isWhitespace)) { text += between }
            let bytes =
                parts[1].lowercased() == "b"
                ? Base64Text.decode(parts[2]) ?? [] : MailText.unquoted(parts[2].utf8, underscoreIsSpace: true)
            text += String(decoding: bytes, as: UTF8.self)
            rest = parts[3].dropFirst()
            wasWord = true
        }
        return text + rest
    }
}
