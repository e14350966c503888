/// Copies text as it may be kept: without characters that don't show, and never with control characters.
enum CleanText {
    /// Appends the text; gives the first control character that makes it unfit, and then leaves the output as it was.
    static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) -> Unicode.Scalar? {
        var needsCare = false
        for byte in bytes where byte >= 0x7F || byte < 0x20 {
            needsCare = true
            break
        }
        guard needsCare else {
            output.append(contentsOf: bytes)
            return nil
        }
        let start = output.count
        var index = 0
        while index < bytes.count {
            let (scalar, length) = decode(bytes, at: index)
            if UTF8Text.isControl(scalar), scalar != "\n", scalar != "\t", scalar != "\r" {
                output.removeSubrange(start...)
                return scalar
            }
            // A carriage return goes with its line feed: texts have one kind of line end.
            if !UTF8Text.isInvisible(scalar), scalar != "\r" {
                output.append(contentsOf: bytes[index..<index + length])
            }
            index += length
        }
        return nil
    }

    /// The bytes are UTF-8: the reader has seen to that.
    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (Unicode.Scalar, Int) {
        let first = UInt32(bytes[index])
        func next(_ offset: Int) -> UInt32 { index + offset < bytes.count ? UInt32(bytes[index + offset] & 0x3F) : 0 }
        let value: UInt32
        let length: Int
        switch first {
        case ..<0x80: (value, length) = (first, 1)
        case ..<0xE0: (value, length) = ((first & 0x1F) << 6 | next(1), 2)
        case ..<0xF0: (value, length) = ((first & 0xF) << 12 | next(1) << 6 | next(2), 3)
        default: (value, length) = ((first & 7) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
        }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", min(length, bytes.count - index))
    }
}
