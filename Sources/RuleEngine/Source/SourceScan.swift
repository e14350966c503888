/// One pass over a file before YAML sees it: is it UTF-8, does it hold only characters that a text may hold, and
/// where do its code points begin.
///
/// libyaml counts code points in its marks, we count bytes. It also reports bad bytes without a usable place and
/// takes U+0085, U+2028 and U+2029 for line breaks, which nobody sees in an editor; both end here.
struct SourceScan {
    enum Problem {
        case invalidUTF8(at: Int)
        case controlCharacter(at: Int, length: Int, scalar: UInt32)
    }

    /// Past a byte-order mark.
    let start: Int
    let problem: Problem?
    private let isASCII: Bool
    private let count: Int
    /// The byte offset of every 64th code point, counted from `start`.
    private let checkpoints: [Int32]

    private static let stride = 64

    init(_ bytes: [UInt8]) {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var problem: Problem?
        var checkpoints: [Int32] = []
        var isASCII = true
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count, problem == nil {
                let byte = bytes[index]
                if byte < 0x80 {
                    if Self.isForbidden(ascii: byte, at: index, in: bytes) {
                        problem = .controlCharacter(at: index, length: 1, scalar: UInt32(byte))
                    }
                    index += 1
                } else {
                    isASCII = false
                    guard let (scalar, length) = Self.decode(bytes, at: index) else {
                        problem = .invalidUTF8(at: index)
                        break
                    }
                    if Self.isForbidden(scalar) {
                        problem = .controlCharacter(at: index, length: length, scalar: scalar)
                    }
                    index += length
                }
            }
            guard !isASCII, problem == nil else { return }
            var codePoint = 0
            for index in start..<bytes.count where bytes[index] & 0xC0 != 0x80 {
                if codePoint % Self.stride == 0 { checkpoints.append(Int32(index)) }
                codePoint += 1
            }
        }
        self.start = start
        self.problem = problem
        self.isASCII = isASCII
        self.checkpoints = checkpoints
        count = bytes.count
    }

    /// The byte offset of a code point, counted from the one that starts at byte `base`.
    func offset(ofCodePoint codePoint: Int, from base: Int, in bytes: [UInt8]) -> Int {
        if isASCII { return min(base + codePoint, count) }
        return bytes.withUnsafeBufferPointer { bytes in
            let wanted = codePoint + self.codePoint(at: base, in: bytes)
            let mark = min(wanted / Self.stride, checkpoints.count - 1)
            guard mark >= 0 else { return base }
            var index = Int(checkpoints[mark])
            var left = wanted - mark * Self.stride
            while left > 0, index < bytes.count {
                index += 1
                while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
                left -= 1
            }
            return index
        }
    }

    private func codePoint(at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if offset == start { return 0 }
        var low = 0
        var high = checkpoints.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(checkpoints[middle]) <= offset { low = middle } else { high = middle }
        }
        var count = low * Self.stride
        for index in Int(checkpoints[low])..<offset where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private static func isForbidden(ascii byte: UInt8, at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        switch byte {
        case 0x20..<0x7F, 0x09, 0x0A: false
        // A carriage return counts only as the first half of a line break.
        case 0x0D: index + 1 >= bytes.count || bytes[index + 1] != 0x0A
        default: true
        }
    }

    private static func isForbidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x80...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (scalar: UInt32, length: Int)? {
        let first = bytes[index]
        let length: Int
        var scalar: UInt32
        switch first {
        case 0xC2...0xDF: (length, scalar) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (length, scalar) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (length, scalar) = (4, UInt32(first & 0x07))
        default: return nil
        }
        guard index + length <= bytes.count else { return nil }
        for next in index + 1..<index + length {
            guard bytes[next] & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | UInt32(bytes[next] & 0x3F)
        }
        // Overlong forms, surrogates and what lies beyond the last plane.
        if length == 3 && (scalar < 0x800 || 0xD800...0xDFFF ~= scalar) { return nil }
        if length == 4 && (scalar < 0x10000 || scalar > 0x10FFFF) { return nil }
        return (scalar, length)
    }
}
