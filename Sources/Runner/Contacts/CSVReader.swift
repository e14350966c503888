/// Reads RFC 4180 row by row from chunks of bytes, in memory that doesn't grow with the file.
///
/// A row's fields are ranges of bytes, valid until the next row is read. Only a field with doubled quotes is copied.
/// A row that isn't sound is given as well, with its fault, and reading goes on with the next line: where a quote is
/// never closed, that is the line after the one in which it was opened, so that one stray quote spoils one row.
package struct CSVReader: ~Copyable {
    package struct Limits: Sendable {
        package var fieldBytes = 65_536
        package var rowBytes = 1_048_576
        package var fields = 1_000

        package init() {}
    }

    package enum Fault: Sendable, Equatable {
        case unclosedQuote
        case textAfterQuote
        case fieldTooLong
        case rowTooLong
        case tooManyFields
        case invalidUTF8
        case controlCharacter(UInt8)
    }

    package struct Field: Sendable {
        /// In the reader's buffer, or in its copy of fields that held doubled quotes.
        fileprivate(set) package var start: Int
        fileprivate(set) package var count: Int
        /// The line in which the field begins, counted from 1.
        package fileprivate(set) var line: Int
        fileprivate var isUnescaped: Bool
    }

    /// Fills a buffer and says how many bytes it wrote; 0 is the end.
    package typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

    package private(set) var fields: [Field] = []
    /// The line in which the row begins, counted from 1.
    package private(set) var line = 1
    package private(set) var fault: Fault?
    /// The field that the fault lies in, counted from 0.
    package private(set) var faultField = 0
    /// All that was read of the source up to the end of this row.
    package private(set) var bytesRead = 0
    package var delimiter: UInt8

    private let source: Source
    private let limits: Limits
    private let chunk: Int
    private var buffer: UnsafeMutableBufferPointer<UInt8>
    private var position = 0
    private var end = 0
    private var isAtEnd = false
    private var nextLine = 1
    private var rowStart = 0
    private var rowEnd = 0
    private var unescaped: [UInt8] = []

    package init(
        delimiter: UInt8 = UInt8(ascii: ","),
        limits: Limits = Limits(),
        chunk: Int = 262_144,
        source: @escaping Source
    ) {
        self.delimiter = delimiter
        self.limits = limits
        self.chunk = max(chunk, 16)
        self.source = source
        buffer = .allocate(capacity: max(chunk, 16) * 2)
    }

    deinit {
        buffer.deallocate()
    }

    /// What the file begins with, at most `count` bytes, without reading past it.
    package mutating func peek(_ count: Int) throws -> [UInt8] {
        while end - position < count, try fill() {}
        return Array(buffer[position..<min(end, position + count)])
    }

    package mutating func skip(_ count: Int) {
        position = min(position + count, end)
        bytesRead += count
    }

    /// The bytes of a field of the current row.
    @inline(__always)
    package func withField<Value>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value
    {
        let field = fields[index]
        if field.isUnescaped {
            return try unescaped.withUnsafeBufferPointer {
                try body(UnsafeBufferPointer(rebasing: $0[field.start..<field.start + field.count]))
            }
        }
        return try body(UnsafeBufferPointer(rebasing: buffer[field.start..<field.start + field.count]))
    }

    package func text(_ index: Int) -> String {
        withField(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// The row as it stands in the file, without its line end.
    package func withRow<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
        try body(UnsafeBufferPointer(rebasing: buffer[rowStart..<rowEnd]))
    }

    /// Moves to the next row that isn't empty; false at the end.
    package mutating func next() throws -> Bool {
        while true {
            guard try start() else { return false }
            fault = nil
            try scanRow()
            if fault == nil, fields.count == 1, rowEnd == rowStart { continue }
            return true
        }
    }

    private mutating func start() throws -> Bool {
        fields.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        rowStart = position
        line = nextLine
        if position < end { return true }
        return try fill()
    }

    /// Reads the next chunk behind what is there; false at the end of the source. The current row keeps its bytes,
    /// but they may move: every offset of the row is adjusted.
    private mutating func fill() throws -> Bool {
        if isAtEnd { return false }
        if rowStart > 0 {
            let kept = end - rowStart
            buffer.baseAddress?.update(from: buffer.baseAddress! + rowStart, count: kept)
            for index in fields.indices where !fields[index].isUnescaped { fields[index].start -= rowStart }
            position -= rowStart
            rowEnd -= rowStart
            end = kept
            rowStart = 0
        }
        if buffer.count - end < chunk {
            let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: buffer.count * 2)
            larger.baseAddress?.update(from: buffer.baseAddress!, count: end)
            buffer.deallocate()
            buffer = larger
        }
        let count = try source(
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[end..<end + chunk])
        )
        end += count
        isAtEnd = count == 0
        return count > 0
    }

    private mutating func scanRow() throws {
        // Offsets inside the row are relative to its start: filling the buffer moves the row.
        var offset = 0
        var hasHighBytes = false
        while true {
            let begin = offset
            let fieldLine = nextLine
            if try byte(rowStart + offset) == UInt8(ascii: "\"") {
                guard let after = try scanQuoted(begin, line: fieldLine, &hasHighBytes) else { return }
                offset = after
            } else {
                offset = try scanPlain(offset, &hasHighBytes)
                append(Field(start: rowStart + begin, count: offset - begin, line: fieldLine, isUnescaped: false))
            }
            if fault == nil, offset - begin > limits.fieldBytes + 2 {
                refuse(.fieldTooLong)
                faultField = fields.count - 1
            }
            if offset > limits.rowBytes {
                if fault == nil { refuse(.rowTooLong) }
                try skipToLineEnd(&offset)
            }
            switch try byte(rowStart + offset) {
            case delimiter:
                offset += 1
                if fields.count >= limits.fields, fault == nil { refuse(.tooManyFields) }
            case let terminator:
                finishRow(offset, terminator: terminator)
                if terminator == UInt8(ascii: "\r"), try byte(position) == UInt8(ascii: "\n") {
                    position += 1
                    bytesRead += 1
                }
                if hasHighBytes, fault == nil { checkEncoding() }
                return
            }
        }
    }

    /// Up to the delimiter or the end of the line.
    private mutating func scanPlain(_ from: Int, _ hasHighBytes: inout Bool) throws -> Int {
        var offset = from
        while true {
            var index = rowStart + offset
            let limit = end
            var high: UInt8 = 0
            let delimiter = delimiter
            let bytes = UnsafePointer(buffer.baseAddress!)
            while index < limit {
                let byte = bytes[index]
                if byte == delimiter || byte < 0x20 { break }
                high |= byte
                index += 1
            }
            if high & 0x80 != 0 { hasHighBytes = true }
            offset = index - rowStart
            if index < limit {
                let byte = bytes[index]
                if byte == delimiter || byte == 0x0A || byte == 0x0D { return offset }
                if byte != 0x09, fault == nil { refuse(.controlCharacter(byte)) }
                offset += 1
            } else {
                // A row without an end in sight is cut off, so that it can't fill the memory.
                if offset > limits.rowBytes {
                    if fault == nil { refuse(.rowTooLong) }
                    try skipToLineEnd(&offset)
                    return offset
                }
                if try !fill() { return offset }
            }
        }
    }

    /// Drops the rest of a line that is too long, keeping the row's first bytes only.
    private mutating func skipToLineEnd(_ offset: inout Int) throws {
        while true {
            let first = rowStart + offset
            var index = first
            while index < end, buffer[index] != 0x0A { index += 1 }
            if index < end {
                // What was dropped is closed up, so that the row ends where it was cut.
                buffer.baseAddress!.advanced(by: first).update(from: buffer.baseAddress! + index, count: end - index)
                end -= index - first
                bytesRead += index - first
                return
            }
            bytesRead += end - first
            end = first
            if try !fill() { return }
        }
    }

    /// A quoted field; gives the offset behind it, or nil where the row was given up.
    private mutating func scanQuoted(_ begin: Int, line: Int, _ hasHighBytes: inout Bool) throws -> Int? {
        var offset = begin + 1
        var run = offset
        var copied: Int?
        var lines = 0
        while true {
            guard let byte = try byte(rowStart + offset), offset - begin <= limits.fieldBytes + 2 else {
                return try giveUpQuote(begin)
            }
            if byte == UInt8(ascii: "\"") {
                if try self.byte(rowStart + offset + 1) == UInt8(ascii: "\"") {
                    if copied == nil { copied = unescaped.count }
                    unescaped.append(contentsOf: buffer[rowStart + run...rowStart + offset])
                    offset += 2
                    run = offset
                    continue
                }
                break
            }
            if byte == 0x0A { lines += 1 }
            if byte >= 0x80 { hasHighBytes = true }
            if byte < 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09, fault == nil { refuse(.controlCharacter(byte)) }
            offset += 1
        }
        nextLine += lines
        if let copied {
            unescaped.append(contentsOf: buffer[rowStart + run..<rowStart + offset])
            append(Field(start: copied, count: unescaped.count - copied, line: line, isUnescaped: true))
        } else {
            append(Field(start: rowStart + begin + 1, count: offset - begin - 1, line: line, isUnescaped: false))
        }
        offset += 1
        switch try byte(rowStart + offset) {
        case nil, delimiter, 0x0A, 0x0D: return offset
        default:
            if fault == nil {
                refuse(.textAfterQuote)
                faultField = fields.count - 1
            }
            return try scanPlain(offset, &hasHighBytes)
        }
    }

    /// The row ends with the line in which the quote was opened.
    private mutating func giveUpQuote(_ begin: Int) throws -> Int? {
        fault = nil
        refuse(.unclosedQuote)
        var offset = begin + 1
        while let byte = try byte(rowStart + offset), byte != 0x0A, byte != 0x0D { offset += 1 }
        append(Field(start: rowStart + begin, count: offset - begin, line: nextLine, isUnescaped: false))
        let terminator = try byte(rowStart + offset)
        finishRow(offset, terminator: terminator)
        if terminator == UInt8(ascii: "\r"), try byte(position) == UInt8(ascii: "\n") {
            position += 1
            bytesRead += 1
        }
        return nil
    }

    private mutating func finishRow(_ offset: Int, terminator: UInt8?) {
        rowEnd = rowStart + offset
        position = min(rowEnd + (terminator == nil ? 0 : 1), end)
        bytesRead += position - rowStart
        nextLine += 1
    }

    private mutating func append(_ field: Field) {
        if fields.count < limits.fields { fields.append(field) }
    }

    private mutating func refuse(_ reason: Fault) {
        fault = reason
        faultField = fields.count
    }

    private mutating func checkEncoding() {
        for index in fields.indices {
            let isSound = withField(index) { UTF8Text.isValid($0) }
            if !isSound {
                fault = .invalidUTF8
                faultField = index
                return
            }
        }
    }

    /// The byte at a place in the buffer, after filling it where need be; nil at the end. Filling moves the row to
    /// the front, which the place follows.
    @inline(__always)
    private mutating func byte(_ index: Int) throws -> UInt8? {
        if index < end { return buffer[index] }
        return try byteAfterFilling(index - rowStart)
    }

    @inline(never)
    private mutating func byteAfterFilling(_ offset: Int) throws -> UInt8? {
        while rowStart + offset >= end {
            if try !fill() { return nil }
        }
        return buffer[rowStart + offset]
    }
}
