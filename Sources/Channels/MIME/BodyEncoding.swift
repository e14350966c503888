import Glibc

/// How the bytes of one text part travel: as they are, quoted-printable or base64.
///
/// Nothing but 7-bit leaves this house, so no relay re-encodes a message and breaks its signature, and 8BITMIME
/// need not be asked for.
enum BodyEncoding {
    case sevenBit, quotedPrintable, base64

    /// RFC 5322 allows 998; room stays for a stuffed dot.
    private static let longestPlainLine = 990

    /// Chooses the plainest encoding that keeps the text whole.
    static func choose(for text: [UInt8]) -> BodyEncoding {
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else {
                return .sevenBit
            }
            var at = 0
            while at < bytes.count {
                let rest = bytes.count - at
                let end = memchr(base + at, 0x0A, rest).map { UnsafeRawPointer($0) - base } ?? bytes.count
                var length = end - at
                if length > 0, end < bytes.count, bytes[end - 1] == 0x0D {
                    length -= 1
                }
                if length > longestPlainLine || !isPlain(base + at, length) {
                    return cheaper(bytes)
                }
                at = end + 1
            }
            return .sevenBit
        }
    }

    /// A line that old mail software leaves alone. "From " at the start of a line gets a `>` in mailbox files.
    private static func isPlain(_ line: UnsafeRawPointer, _ length: Int) -> Bool {
        if length >= 5, memcmp(line, "From ", 5) == 0 {
            return false
        }
        if WordScan.isPrintable(line, length) {
            return true
        }
        for offset in 0..<length {
            let byte = line.load(fromByteOffset: offset, as: UInt8.self)
            if byte > 0x7E || (byte < 0x20 && byte != 0x09) {
                return false
            }
        }
        return true
    }

    /// Quoted-printable stays readable; it loses when more than about a quarter of the bytes need three.
    private static func cheaper(_ bytes: UnsafeRawBufferPointer) -> BodyEncoding {
        let grown = bytes.count + 2 * quoted(bytes)
        return grown * 10 > bytes.count * 16 ? .base64 : .quotedPrintable
    }

    /// How many bytes quoted-printable must write as three.
    private static func quoted(_ bytes: UnsafeRawBufferPointer) -> Int {
        mustQuote.withUnsafeBufferPointer { mustQuote in
            var count = 0
            for byte in bytes { count &+= Int(mustQuote[Int(byte)]) }
            return count
        }
    }

    /// 1 for each such byte. Added up without asking, because a branch for every byte costs more than the byte.
    private static let mustQuote: [UInt8] = (0..<256).map { byte in
        QuotedPrintable.isSafe[byte] || byte == 0x0A || byte == 0x0D || byte == 0x20 ? 0 : 1
    }

    var headerLine: StaticString {
        switch self {
        case .sevenBit: "Content-Transfer-Encoding: 7bit\r\n"
        case .quotedPrintable: "Content-Transfer-Encoding: quoted-printable\r\n"
        case .base64: "Content-Transfer-Encoding: base64\r\n"
        }
    }

    /// Appends the encoded text. It ends in CRLF, and every line break in it is CRLF.
    func append(_ text: [UInt8], to wire: inout [UInt8], stuffsDots: Bool) {
        text.withUnsafeBytes { bytes in
            switch self {
            case .sevenBit: BodyEncoding.appendPlain(bytes, to: &wire, stuffsDots: stuffsDots)
            case .quotedPrintable: QuotedPrintable.append(bytes, to: &wire)
            case .base64: Base64.appendLines(bytes, to: &wire)
            }
        }
    }

    private static func appendPlain(_ bytes: UnsafeRawBufferPointer, to wire: inout [UInt8], stuffsDots: Bool) {
        guard let base = bytes.baseAddress else {
            return
        }
        var at = 0
        while at < bytes.count {
            let rest = bytes.count - at
            let end = memchr(base + at, 0x0A, rest).map { UnsafeRawPointer($0) - base } ?? bytes.count
            var length = end - at
            if length > 0, end < bytes.count, bytes[end - 1] == 0x0D {
                length -= 1
            }
            if stuffsDots, length > 0, bytes[at] == 0x2E {
                wire.append(0x2E)
            }
            wire.append(contentsOf: UnsafeRawBufferPointer(start: base + at, count: length))
            wire.append(literal: "\r\n")
            at = end + 1
        }
    }
}

/// Quoted-printable of RFC 2045, for text.
enum QuotedPrintable {
    /// Bytes that stand for themselves anywhere in a line. The space is looked at on its own.
    static let isSafe: [Bool] = (0..<256).map { ($0 >= 33 && $0 <= 60) || ($0 >= 62 && $0 <= 126) }

    private static let longestLine = 76

    static func append(_ bytes: UnsafeRawBufferPointer, to wire: inout [UInt8]) {
        isSafe.withUnsafeBufferPointer { safe in
            let count = bytes.count
            var at = 0
            while at < count {
                at = appendLine(bytes, from: at, safe: safe, to: &wire)
            }
        }
    }

    /// Encodes up to and with the next line break, and gives the position behind it.
    private static func appendLine(
        _ bytes: UnsafeRawBufferPointer, from start: Int, safe: UnsafeBufferPointer<Bool>, to wire: inout [UInt8]
    ) -> Int {
        let count = bytes.count
        var at = start
        var column = 0
        while at < count {
            let byte = bytes[at]
            if byte == 0x0A || byte == 0x0D {
                wire.append(literal: "\r\n")
                return byte == 0x0D && at + 1 < count && bytes[at + 1] == 0x0A ? at + 2 : at + 1
            }
            // A run of bytes that stand for themselves goes over in one piece. One column stays free for the `=`
            // of a soft break.
            let room = min(count, at + longestLine - 1 - column)
            var end = at
            let mustQuoteFirst = column == 0 && (byte == 0x2E || startsFrom(bytes, at))
            if !mustQuoteFirst {
                while end < room, safe[Int(bytes[end])] || isInnerSpace(bytes, end) {
                    end += 1
                }
            }
            if end > at {
                wire.append(contentsOf: bytes[at..<end])
                column += end - at
                at = end
                continue
            }
            let isSafeByte = !mustQuoteFirst && (safe[Int(byte)] || isInnerSpace(bytes, at))
            if column + (isSafeByte ? 1 : 3) > longestLine - 1 {
                wire.append(literal: "=\r\n")
                column = 0
                continue
            }
            wire.append(0x3D)
            wire.append(hexDigit(byte >> 4))
            wire.append(hexDigit(byte & 15))
            column += 3
            at += 1
        }
        wire.append(literal: "\r\n")
        return at
    }

    /// White space may stand for itself unless a line break follows it.
    @inline(__always)
    private static func isInnerSpace(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        guard bytes[at] == 0x20, at + 1 < bytes.count else {
            return false
        }
        let next = bytes[at + 1]
        return next != 0x0A && next != 0x0D
    }

    @inline(__always)
    private static func startsFrom(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Bool {
        bytes[at] == 0x46 && at + 5 <= bytes.count && bytes[at + 1] == 0x72 && bytes[at + 2] == 0x6F
            && bytes[at + 3] == 0x6D && bytes[at + 4] == 0x20
    }

    @inline(__always)
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }
}

/// Base64 of RFC 4648, standard alphabet with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// 57 bytes make a line of 76 characters. Line breaks of the text become CRLF first, as RFC 2045 asks.
    static func appendLines(_ bytes: UnsafeRawBufferPointer, to wire: inout [UInt8]) {
        var canonical: [UInt8] = []
        canonical.reserveCapacity(bytes.count + bytes.count / 32)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == 0x0D || byte == 0x0A {
                if byte == 0x0D, at < bytes.count, bytes[at] == 0x0A {
                    at += 1
                }
                canonical.append(literal: "\r\n")
            } else {
                canonical.append(byte)
            }
        }
        canonical.withUnsafeBytes { all in
            var from = 0
            while from < all.count {
                let end = min(from + 57, all.count)
                append(UnsafeRawBufferPointer(rebasing: all[from..<end]), to: &wire)
                wire.append(literal: "\r\n")
                from = end
            }
        }
    }

    static func append(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        alphabet.withUnsafeBufferPointer { letters in
            var at = 0
            while at + 3 <= bytes.count {
                let word = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
                out.append(letters[Int(word >> 18)])
                out.append(letters[Int(word >> 12 & 63)])
                out.append(letters[Int(word >> 6 & 63)])
                out.append(letters[Int(word & 63)])
                at += 3
            }
            let rest = bytes.count - at
            guard rest > 0 else {
                return
            }
            let word = UInt32(bytes[at]) << 16 | (rest == 2 ? UInt32(bytes[at + 1]) << 8 : 0)
            out.append(letters[Int(word >> 18)])
            out.append(letters[Int(word >> 12 & 63)])
            out.append(rest == 2 ? letters[Int(word >> 6 & 63)] : 0x3D)
            out.append(0x3D)
        }
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var out: [UInt8] = []
        Array(bytes).withUnsafeBytes { append($0, to: &out) }
        return out.text
    }

    /// Decodes the standard alphabet, with or without padding. Nil for anything else.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var out: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        var padding = 0
        for byte in text.utf8 {
            if byte == 0x3D {
                padding += 1
                continue
            }
            guard padding == 0, let value = alphabet.firstIndex(of: byte) else {
                return nil
            }
            word = word << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        guard padding <= 2, bits < 6, word & ((1 << UInt32(bits)) - 1) == 0 else {
            return nil
        }
        return out
    }
}
