/// How a value is written into the place where it stands.
enum Escape: Int32, Sendable, Hashable {
    case none = 0
    /// `& < > " '`: safe between tags and in quoted attributes.
    case html = 1
    /// A value that is itself the beginning of a URL: its scheme is checked after it is written, and what may not
    /// stand in a URL is percent-encoded.
    case wholeURL = 2
    case wholeURLInHTML = 3
    /// A value in a URL that begins before it: everything but letters, digits and `- . _ ~` is percent-encoded.
    case partOfURL = 4

    /// Appends a value. False where it had to be a URL and is none.
    @inline(__always)
    func append(_ bytes: UnsafeBufferPointer<UInt8>, to buffer: inout [UInt8]) -> Bool {
        switch self {
        case .none: buffer.append(contentsOf: bytes)
        case .html: Self.appendHTML(bytes, to: &buffer)
        case .partOfURL: Self.appendPercentEncoded(bytes, keep: Self.unreserved, to: &buffer)
        case .wholeURL, .wholeURLInHTML: return Self.appendURL(bytes, isHTML: self == .wholeURLInHTML, to: &buffer)
        }
        return true
    }

    func append(_ bytes: [UInt8], to buffer: inout [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { append($0, to: &buffer) }
    }

    /// Copies whole runs up to the next character that needs care: four times as fast as byte by byte.
    static func appendHTML(_ bytes: UnsafeBufferPointer<UInt8>, to buffer: inout [UInt8]) {
        var start = 0
        for index in 0..<bytes.count where needsHTML(bytes[index]) {
            if index > start { buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index])) }
            switch bytes[index] {
            case UInt8(ascii: "&"): buffer.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): buffer.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): buffer.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): buffer.append(contentsOf: "&quot;".utf8)
            default: buffer.append(contentsOf: "&#39;".utf8)
            }
            start = index + 1
        }
        if start == 0 {
            buffer.append(contentsOf: bytes)
        } else if start < bytes.count {
            buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// `"` 34, `&` 38, `'` 39, `<` 60 and `>` 62, all below 64: one bit each.
    @inline(__always)
    static func needsHTML(_ byte: UInt8) -> Bool {
        byte < 64 && (0x5000_00C4_0000_0000 as UInt64) >> UInt64(byte) & 1 != 0
    }

    // MARK: URLs

    static func appendPercentEncoded(
        _ bytes: UnsafeBufferPointer<UInt8>,
        keep: (UInt8) -> Bool,
        to buffer: inout [UInt8]
    ) {
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            if keep(byte) {
                buffer.append(byte)
            } else {
                buffer.append(UInt8(ascii: "%"))
                buffer.append(digits[Int(byte >> 4)])
                buffer.append(digits[Int(byte & 15)])
            }
        }
    }

    static func unreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: byte.isASCIILetter || byte.isASCIIDigit
        }
    }

    /// What may stand in a URL as it is, the percent sign of what is encoded already included; no quotes.
    private static func allowedInURL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "%"):
            true
        default: unreserved(byte)
        }
    }

    private static func appendURL(
        _ bytes: UnsafeBufferPointer<UInt8>,
        isHTML: Bool,
        to buffer: inout [UInt8]
    ) -> Bool {
        guard hasAllowedScheme(bytes) else { return false }
        if isHTML {
            var encoded: [UInt8] = []
            appendPercentEncoded(bytes, keep: allowedInURL, to: &encoded)
            encoded.withUnsafeBufferPointer { appendHTML($0, to: &buffer) }
        } else {
            appendPercentEncoded(bytes, keep: allowedInURL, to: &buffer)
        }
        return true
    }

    static let allowedSchemes = ["https://", "http://", "mailto:", "tel:"]

    static func hasAllowedScheme(_ bytes: some Collection<UInt8>) -> Bool {
        allowedSchemes.contains { scheme in
            bytes.count > scheme.utf8.count
                && zip(bytes, scheme.utf8).allSatisfy { ($0.isASCIILetter ? $0 | 0x20 : $0) == $1 }
        }
    }
}
