import Glibc

/// Collects small writes into large ones.
struct BufferedFile {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// A write has failed: the disk is full, or the reader went away.
    private(set) var isBroken = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        buffer.reserveCapacity(80_000)
    }

    mutating func write(_ text: String) { write(Array(text.utf8)) }

    mutating func write(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= 65_536 { flush() }
    }

    mutating func flush() {
        var rest = buffer[...]
        while !rest.isEmpty, !isBroken {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                isBroken = true
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
