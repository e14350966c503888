package import RuleEngine

/// The lines of a text as the protocol counts them, and the way between its positions and our offsets.
package struct LineTable: Sendable {
    /// In what the characters of a line are counted.
    package enum Encoding: String, Sendable {
        case utf8 = "utf-8"
        case utf16 = "utf-16"
    }

    package let bytes: [UInt8]
    package let encoding: Encoding
    private let starts: [Int]

    package init(_ bytes: [UInt8], _ encoding: Encoding) {
        self.bytes = bytes
        self.encoding = encoding
        var starts = [0]
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
            if byte == 0x0A || byte == 0x0D { starts.append(index) }
        }
        self.starts = starts
    }

    package func position(of offset: Int) -> JSONValue {
        let offset = min(max(0, offset), bytes.count)
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        var units = 0
        for byte in bytes[starts[low]..<offset] { units += width(of: byte) }
        return ["line": .integer(low), "character": .integer(units)]
    }

    package func range(_ span: SourceSpan) -> JSONValue {
        ["start": position(of: Int(span.start)), "end": position(of: Int(span.end))]
    }

    package func range(_ range: Range<Int>) -> JSONValue {
        ["start": position(of: range.lowerBound), "end": position(of: range.upperBound)]
    }

    /// What lies behind a line's end is its end, as the protocol says; what lies behind the text is the text's end. Nil
    /// for what is no position.
    package func offset(of position: JSONValue) -> Int? {
        guard let line = position["line"].integer, let character = position["character"].integer, line >= 0,
            character >= 0
        else { return nil }
        guard line < starts.count else { return bytes.count }
        var index = starts[line]
        let end = line + 1 < starts.count ? starts[line + 1] : bytes.count
        var units = 0
        while index < end, bytes[index] != 0x0A, bytes[index] != 0x0D {
            let next = units + width(of: bytes[index])
            // The second half of a pair, or the middle of a character: its beginning.
            if next > character { break }
            units = next
            index += 1
            while index < end, bytes[index] & 0xC0 == 0x80, encoding == .utf16 { index += 1 }
        }
        while index > starts[line], index < bytes.count, bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// How far a byte moves the column.
    private func width(of byte: UInt8) -> Int {
        switch encoding {
        case .utf8: 1
        case .utf16: byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1
        }
    }
}
