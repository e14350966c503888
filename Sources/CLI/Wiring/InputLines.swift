import Glibc

/// The lines of standard input or of a file, each without its end.
struct InputLines {
    struct Line {
        /// Nil where the line is longer than the limit; it was passed over then.
        let bytes: [UInt8]?
    }

    private let limit: Int
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// Why it ended before its end.
    private var fault: Int32?

    init(limit: Int) {
        self.limit = limit
        descriptor = STDIN_FILENO
    }

    /// - Parameter file: `-` is standard input. A file stays open until the command ends.
    init(file: String, limit: Int) throws(CommandFailure) {
        self.limit = limit
        descriptor = file == "-" ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(
                reason: "file", message: "can't read \(file): \(String(cString: strerror(errno)))",
                help: "name a file, or `-` for standard input")
        }
    }

    mutating func next() -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        var isSomething = false
        while true {
            if start == end, !fill() { break }
            isSomething = true
            let stop = buffer[start..<end].firstIndex(of: 0x0A) ?? end
            if line.count + stop - start > limit {
                isTooLong = true
                line.removeAll()
            } else if !isTooLong {
                line += buffer[start..<stop]
            }
            let isEnd = stop < end
            start = isEnd ? stop + 1 : end
            if isEnd { break }
        }
        return isSomething ? Line(bytes: isTooLong ? nil : line) : nil
    }

    /// Behind the last line: a disk that fails in the middle is not the end of a file.
    func throwFault(of file: String) throws(CommandFailure) {
        guard let fault else { return }
        throw CommandFailure(
            reason: "file", message: "can't read \(file): \(String(cString: strerror(fault)))",
            help: "what came before it was taken; sent again, only what has an id or a unique field is known")
    }

    /// The next line is not here yet: whoever holds something back for company had better not.
    var mustWait: Bool {
        guard !isAtEnd, !buffer[start..<end].contains(0x0A) else { return false }
        var input = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&input, 1, 0) == 0
    }

    private mutating func fill() -> Bool {
        while !isAtEnd {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                start = 0
                end = count
                return true
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { fault = errno }
            isAtEnd = true
        }
        return false
    }
}
