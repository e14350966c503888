import Glibc

extension [UInt8] {
    /// Appends the bytes of a literal without going through a `String`.
    @inline(__always)
    mutating func append(literal: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Appends a number in decimal.
    mutating func append(decimal number: Int) {
        if number < 0 {
            append(0x2D)
        }
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        Swift.withUnsafeMutableBytes(of: &digits) { room in
            var at = room.count
            var rest = number.magnitude
            repeat {
                at -= 1
                room[at] = UInt8(0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            append(contentsOf: room[at...])
        }
    }

    /// Appends a number below 100 in two digits.
    @inline(__always)
    mutating func append(twoDigits number: Int) {
        append(UInt8(0x30 + number / 10 % 10))
        append(UInt8(0x30 + number % 10))
    }

    /// Whether the bytes hold the given bytes.
    func holds(_ needle: [UInt8]) -> Bool {
        withUnsafeBytes { all in
            needle.withUnsafeBytes { part in
                guard let base = all.baseAddress, let wanted = part.baseAddress else {
                    return false
                }
                var at = 0
                while all.count - at >= part.count,
                    let found = memchr(base + at, Int32(part[0]), all.count - at - part.count + 1)
                {
                    if memcmp(found, wanted, part.count) == 0 {
                        return true
                    }
                    at = UnsafeRawPointer(found) - base + 1
                }
                return false
            }
        }
    }

    /// Whether any byte is a control character. The tab counts: no header of ours needs one.
    var holdsControl: Bool {
        contains { $0 < 0x20 || $0 == 0x7F }
    }

    var text: String {
        String(decoding: self, as: UTF8.self)
    }
}

/// Eight bytes at a time: which of them is a control character, DEL or not ASCII?
enum WordScan {
    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let spaces: UInt64 = 0x2020_2020_2020_2020
    private static let deletes: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// True when all bytes are 0x20–0x7E. May look at bytes one at a time at the end of the range.
    @inline(__always)
    static func isPrintable(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        var at = 0
        while at + 8 <= count {
            let word = start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let below = (word &- spaces) & ~word
            let delete = word ^ deletes
            let isDelete = (delete &- ones) & ~delete
            if (word | below | isDelete) & high != 0 {
                return false
            }
            at += 8
        }
        while at < count {
            let byte = start.load(fromByteOffset: at, as: UInt8.self)
            if byte < 0x20 || byte > 0x7E {
                return false
            }
            at += 1
        }
        return true
    }
}
