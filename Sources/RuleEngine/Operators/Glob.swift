/// The pattern of `matches`: `*` stands for any text, `?` for one code point, everything else for itself.
///
/// There is no way back over more than the last `*`, so the time is bounded by the text's length times the pattern's.
package struct Glob: Sendable, Hashable {
    package let pattern: [UInt8]

    package init(_ pattern: [UInt8]) {
        self.pattern = pattern
    }

    package func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        pattern.withUnsafeBufferPointer { Self.matches($0, text) }
    }

    private static func matches(_ pattern: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        var position = 0
        var star: Int?
        var starPosition = 0
        while position < text.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = place
                starPosition = position
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") {
                place += 1
                position = afterCodePoint(position, text)
            } else if place < pattern.count, pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let star {
                starPosition = afterCodePoint(starPosition, text)
                position = starPosition
                place = star + 1
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
        return place == pattern.count
    }

    private static func afterCodePoint(_ position: Int, _ text: UnsafeBufferPointer<UInt8>) -> Int {
        var next = position + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}
