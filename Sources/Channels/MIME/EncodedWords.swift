import Glibc

/// Header text as RFC 2047 wants it: plain where it can be, encoded words where it must.
enum EncodedWords {
    /// The longest encoded word, the marks `=?utf-8?Q?` and `?=` with it.
    private static let longestWord = 75
    private static let marks = 12
    private static let longestLine = 76
    /// Beyond this even plain ASCII is cut into encoded words, since nothing else can be folded safely.
    private static let longestPlainRun = 900

    /// Appends unstructured text (a subject). `column` is where the line stands, behind `Subject: `.
    static func append(_ text: [UInt8], column: Int, to wire: inout [UInt8]) {
        if isPlain(text) {
            appendFolded(text, column: column, to: &wire)
        } else {
            appendEncoded(text, column: column, to: &wire)
        }
    }

    /// Appends a display name: atoms as they are, other ASCII in quotes, everything else encoded.
    static func append(phrase text: [UInt8], column: Int, to wire: inout [UInt8]) {
        guard isPlain(text) else {
            appendEncoded(text, column: column, to: &wire)
            return
        }
        // Readers may take two spaces between atoms for one, so those go in quotes as well.
        if text.allSatisfy({ isAtom($0) || $0 == 0x20 }), !text.holds([0x20, 0x20]) {
            appendFolded(text, column: column, to: &wire)
            return
        }
        var quoted: [UInt8] = [0x22]
        for byte in text {
            if byte == 0x22 || byte == 0x5C {
                quoted.append(0x5C)
            }
            quoted.append(byte)
        }
        quoted.append(0x22)
        appendFolded(quoted, column: column, to: &wire)
    }

    /// Printable ASCII that no reader takes for an encoded word, and that unfolds to itself.
    private static func isPlain(_ text: [UInt8]) -> Bool {
        guard !text.isEmpty, text[0] != 0x20, text[text.count - 1] != 0x20 else {
            return text.isEmpty
        }
        let isPrintable = text.withUnsafeBytes { bytes in
            bytes.baseAddress.map { WordScan.isPrintable($0, bytes.count) } ?? true
        }
        return isPrintable && !text.holds([0x3D, 0x3F]) && longestRun(text) <= longestPlainRun
    }

    private static func longestRun(_ text: [UInt8]) -> Int {
        if text.count <= longestPlainRun {
            return text.count
        }
        return text.split(separator: 0x20).map(\.count).max() ?? 0
    }

    static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// Breaks before a space, which stays: unfolding takes out only the CRLF.
    private static func appendFolded(_ text: [UInt8], column: Int, to wire: inout [UInt8]) {
        if column + text.count <= longestLine {
            wire.append(contentsOf: text)
            return
        }
        var column = column
        var at = 0
        while at < text.count {
            // One piece: the spaces before a word, and the word.
            var end = at
            while end < text.count, text[end] == 0x20 {
                end += 1
            }
            while end < text.count, text[end] != 0x20 {
                end += 1
            }
            if at > 0, column + end - at > longestLine {
                wire.append(literal: "\r\n")
                column = 0
            }
            wire.append(contentsOf: text[at..<end])
            column += end - at
            at = end
        }
    }

    /// The whole text as encoded words, in the shorter of the two encodings. A character is never split, since each
    /// word is decoded alone.
    private static func appendEncoded(_ text: [UInt8], column: Int, to wire: inout [UInt8]) {
        let quoted = text.reduce(0) { $0 + quotedWidth($1) }
        let usesBase64 = (text.count + 2) / 3 * 4 < quoted
        var column = column
        var at = 0
        while at < text.count {
            let room = min(longestWord, longestLine - column) - marks
            var end = at
            var width = 0
            while end < text.count {
                let next = end + characterLength(text, end)
                let grown =
                    usesBase64
                    ? (next - at + 2) / 3 * 4
                    : width + text[end..<next].reduce(0) { $0 + quotedWidth($1) }
                if grown > room {
                    break
                }
                width = grown
                end = next
            }
            if end == at {
                wire.append(literal: "\r\n ")
                column = 1
                continue
            }
            wire.append(literal: usesBase64 ? "=?utf-8?B?" : "=?utf-8?Q?")
            if usesBase64 {
                text[at..<end].withUnsafeBytes { Base64.append($0, to: &wire) }
            } else {
                text[at..<end].forEach { appendQuoted($0, to: &wire) }
            }
            wire.append(literal: "?=")
            at = end
            if at < text.count {
                wire.append(literal: "\r\n ")
                column = 1
            }
        }
    }

    private static func characterLength(_ text: [UInt8], _ at: Int) -> Int {
        var end = at + 1
        while end < text.count, end - at < 4, text[end] & 0xC0 == 0x80 {
            end += 1
        }
        return end - at
    }

    /// In a phrase only these may stand for themselves (RFC 2047 section 5), and they do for a subject as well.
    private static func isPlainInQuoted(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x2A, 0x2B, 0x2D, 0x2F: true
        default: false
        }
    }

    private static func quotedWidth(_ byte: UInt8) -> Int {
        isPlainInQuoted(byte) || byte == 0x20 ? 1 : 3
    }

    private static func appendQuoted(_ byte: UInt8, to wire: inout [UInt8]) {
        if byte == 0x20 {
            wire.append(0x5F)
        } else if isPlainInQuoted(byte) {
            wire.append(byte)
        } else {
            wire.append(0x3D)
            wire.append(QuotedPrintable.hexDigit(byte >> 4))
            wire.append(QuotedPrintable.hexDigit(byte & 15))
        }
    }
}
