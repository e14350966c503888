import Glibc

/// The file that is imported, read from its beginning as often as needed. It may lie in memory.
final class ImportFile {
    /// -1 where it lies in memory.
    private let descriptor: Int32
    private let bytes: [UInt8]
    private var offset = 0
    let size: Int
    let identity: (device: UInt64, inode: UInt64)
    let isSeekable: Bool

    init(_ path: String) throws(ImportError) {
        bytes = []
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .reading("can't open \(path): \(String(cString: strerror(errno)))") }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .reading("can't read \(path): \(String(cString: strerror(errno)))")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw .reading("\(path) is a folder")
        }
        isSeekable = status.st_mode & S_IFMT == S_IFREG
        size = isSeekable ? Int(status.st_size) : 0
        identity = (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        descriptor = -1
        size = bytes.count
        identity = (0, 0)
        isSeekable = true
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Back to the beginning.
    func rewind() {
        offset = 0
        if descriptor >= 0 { lseek(descriptor, 0, SEEK_SET) }
    }

    /// For `CSVReader`.
    func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard descriptor >= 0 else {
            let part = bytes[offset..<min(bytes.count, offset + buffer.count)]
            buffer.copyBytes(from: part)
            offset += part.count
            return part.count
        }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw ImportError.reading("can't read on: \(String(cString: strerror(errno)))") }
        }
    }

    /// A reader behind the byte-order mark, with the delimiter set, and the header's names.
    static func start(_ reader: inout CSVReader, options: ImportOptions) throws -> (names: [String], raw: [UInt8]) {
        let head = try reader.peek(65_536)
        if head.isEmpty {
            throw ImportError.file([
                FileFault("C104", "the file is empty", help: "the first line must name the columns")
            ])
        }
        if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) {
            throw ImportError.file([FileFault("C107", "the file is in UTF-16", help: "save it as UTF-8")])
        }
        if head.starts(with: [0x1F, 0x8B]) || head.starts(with: Array("PK\u{3}\u{4}".utf8)) {
            throw ImportError.file([
                FileFault(
                    "C107",
                    "the file is an archive or a spreadsheet",
                    help: "unpack it, or save the sheet as CSV"
                )
            ])
        }
        var start = 0
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            reader.skip(3)
            start = 3
        }
        reader.delimiter = options.delimiter ?? delimiter(of: head[start...])
        guard try reader.next() else {
            throw ImportError.file([
                FileFault("C104", "the file is empty", help: "the first line must name the columns")
            ])
        }
        if let fault = reader.fault {
            let place = RowFault.Place(column: nil, number: 0, line: reader.line)
            let words = RowFault.csv(fault, place)
            throw ImportError.file([FileFault(words.code, "in the header, \(words.message)", help: words.help)])
        }
        let names = reader.fields.indices.map { index in
            reader.withField(index) { String(decoding: UTF8Text.trimmed($0), as: UTF8.self) }
        }
        return (names, reader.withRow { Array($0) })
    }

    /// The one of comma, semicolon and tab that stands most often in the first line, outside of quotes.
    private static func delimiter(of head: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in head {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == 0x0A || byte == 0x0D {
                if counts.isEmpty { continue }
                break
            }
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == 0x09 { counts[byte, default: 0] += 1 }
        }
        let best = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09].max { counts[$0, default: 0] < counts[$1, default: 0] }
        return counts.isEmpty ? UInt8(ascii: ",") : best ?? UInt8(ascii: ",")
    }
}

/// Refused rows, under the header of the file that they came from. It is made with the first of them.
final class RefusedRows {
    private let path: String
    private let header: [UInt8]
    private var descriptor: Int32 = -1
    private(set) var count = 0

    init(path: String, header: [UInt8], source: ImportFile) throws(ImportError) {
        self.path = path
        self.header = header
        var status = stat()
        if stat(path, &status) == 0, (UInt64(status.st_dev), UInt64(status.st_ino)) == source.identity {
            throw .reading("\(path) is the file that is imported: give the refused rows a file of their own")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func append(_ row: [UInt8]) throws(ImportError) {
        if descriptor < 0 {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .reading("can't create \(path): \(String(cString: strerror(errno)))") }
            try write(header + [0x0A])
        }
        try write(row + [0x0A])
        count += 1
    }

    private func write(_ bytes: [UInt8]) throws(ImportError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .reading("can't write \(path): \(String(cString: strerror(errno)))") }
            done += count
        }
    }
}
