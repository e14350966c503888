/// One file of a project: where it lies, relative to the project's folder, and its bytes as they are on disk.
package struct SourceFile: Sendable {
    package let path: String
    package let bytes: [UInt8]

    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// Names a file within one `SourceMap`.
package struct FileID: Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A half-open range of bytes in one file. Every node keeps its span, on into run traces.
package struct SourceSpan: Hashable, Sendable {
    package let file: FileID
    package let start: Int32
    package let end: Int32

    package init(file: FileID, start: Int32, end: Int32) {
        self.file = file
        self.start = start
        self.end = max(start, end)
    }
}

/// A place as people count it: both numbers start at one, columns count code points.
package struct SourcePosition: Hashable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// All files of one compilation, and the way from a byte range back to path, line and column.
package struct SourceMap: Sendable {
    package private(set) var files: [SourceFile] = []
    private var lineStarts: [[Int32]] = []

    package init() {}

    package mutating func add(_ file: SourceFile) -> FileID {
        files.append(file)
        lineStarts.append(Self.lineStarts(of: file.bytes))
        return FileID(rawValue: Int32(files.count - 1))
    }

    /// Gives a file a new text. Spans into the old one are worth nothing then.
    mutating func replace(_ id: FileID, with bytes: [UInt8]) {
        let index = Int(id.rawValue)
        files[index] = SourceFile(path: files[index].path, bytes: bytes)
        lineStarts[index] = Self.lineStarts(of: bytes)
    }

    private static func lineStarts(of bytes: [UInt8]) -> [Int32] {
        var starts: [Int32] = [0]
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(Int32(index + 1)) }
        return starts
    }

    package func file(_ id: FileID) -> SourceFile {
        files[Int(id.rawValue)]
    }

    package func path(of span: SourceSpan) -> String {
        file(span.file).path
    }

    package func position(of offset: Int32, in id: FileID) -> SourcePosition {
        let line = lineIndex(of: offset, in: id)
        let bytes = files[Int(id.rawValue)].bytes
        let start = Int(lineStarts[Int(id.rawValue)][line])
        let end = min(Int(offset), bytes.count)
        var column = 1
        for byte in bytes[min(start, end)..<end] where byte & 0xC0 != 0x80 {
            column += 1
        }
        return SourcePosition(line: line + 1, column: column)
    }

    package func start(of span: SourceSpan) -> SourcePosition {
        position(of: span.start, in: span.file)
    }

    package func end(of span: SourceSpan) -> SourcePosition {
        position(of: span.end, in: span.file)
    }

    /// The text of a line, counted from one, without its line break.
    package func lineText(_ line: Int, in id: FileID) -> String {
        let starts = lineStarts[Int(id.rawValue)]
        let bytes = files[Int(id.rawValue)].bytes
        guard line >= 1, line <= starts.count else { return "" }
        let start = Int(starts[line - 1])
        var end = line < starts.count ? Int(starts[line]) - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    }

    private func lineIndex(of offset: Int32, in id: FileID) -> Int {
        let starts = lineStarts[Int(id.rawValue)]
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}
