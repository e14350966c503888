/// One answer of a mail server, of one line or several.
struct SMTPReply: Equatable {
    let code: Int
    /// The lines' texts, joined by spaces, at most 512 bytes.
    let text: [UInt8]

    init(code: Int, text: [UInt8]) {
        self.code = code
        self.text = text
    }

    var isPositive: Bool { code / 100 == 2 }

    /// The enhanced status code (RFC 3463) at the start of the text, `5.1.1`.
    var enhanced: String? {
        var parts: [Int] = []
        var value: Int?
        for byte in text.prefix(10) {
            if (0x30...0x39).contains(byte), (value ?? 0) < 100 {
                value = (value ?? 0) * 10 + Int(byte - 0x30)
            } else if byte == 0x2E, parts.count < 2, let number = value {
                parts.append(number)
                value = nil
            } else {
                break
            }
        }
        guard parts.count == 2, let last = value, [2, 4, 5].contains(parts[0]) else {
            return nil
        }
        return "\(parts[0]).\(parts[1]).\(last)"
    }

    /// `550 5.1.1`, or `550` where the server gave no enhanced code.
    var fullCode: String {
        enhanced.map { "\(code) \($0)" } ?? "\(code)"
    }

    /// The code of a raw line, for what libcurl heard while it opened the connection.
    static func code(of line: [UInt8]) -> String {
        let digits = line.prefix(3).reduce(0) { $0 * 10 + Int($1) - 0x30 }
        return SMTPReply(code: digits, text: Array(line.dropFirst(4))).fullCode
    }
}

/// Cuts what a server sends into answers.
struct SMTPReplyReader {
    enum Step: Equatable {
        case reply(code: Int)
        case incomplete
        case malformed
    }

    /// A server that goes on without end is cut off here.
    private static let longestReply = 64 << 10

    private var bytes: [UInt8] = []
    private var head = 0
    /// Where the answer found last stands; its text is read only if someone asks.
    private var found = 0..<0

    mutating func append(_ more: UnsafeRawBufferPointer) {
        if head == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            head = 0
        }
        bytes.append(contentsOf: more)
    }

    mutating func next() -> Step {
        let count = bytes.count
        let start = head
        let (step, end): (Step, Int) = bytes.withUnsafeBufferPointer { bytes in
            var line = start
            var code = -1
            while line < count {
                var end = line
                while end < count, bytes[end] != 0x0A {
                    end += 1
                }
                guard end < count else {
                    break
                }
                guard end - line >= 3, let number = Self.number(bytes, line), code < 0 || code == number else {
                    return (.malformed, end + 1)
                }
                code = number
                let mark = bytes[line + 3]
                if mark == 0x2D {
                    line = end + 1
                    continue
                }
                guard mark == 0x20 || mark == 0x0D || mark == 0x0A else {
                    return (.malformed, end + 1)
                }
                return (.reply(code: number), end + 1)
            }
            return (count - start > Self.longestReply ? .malformed : .incomplete, start)
        }
        found = start..<end
        head = end
        return step
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        guard (0x32...0x35).contains(bytes[at]), (0x30...0x39).contains(bytes[at + 1]),
            (0x30...0x39).contains(bytes[at + 2])
        else {
            return nil
        }
        return Int(bytes[at] - 0x30) * 100 + Int(bytes[at + 1] - 0x30) * 10 + Int(bytes[at + 2] - 0x30)
    }

    /// The answer that `next` gave last, with its text.
    func reply(code: Int) -> SMTPReply {
        var text: [UInt8] = []
        for line in bytes[found].split(separator: 0x0A) {
            if !text.isEmpty {
                text.append(0x20)
            }
            text.append(contentsOf: line.dropFirst(4).filter { $0 >= 0x20 && $0 != 0x7F })
            if text.count > 512 {
                break
            }
        }
        return SMTPReply(code: code, text: Array(text.prefix(512)))
    }
}
