import CSystemZlib

/// Answers of the API in a quarter of their size, for callers who take them so. Only whole answers: a stream of events is
/// small, and would wait in the compressor.
enum Gzip {
    /// Below this the head of the answer is as large as what is saved.
    static let least = 1024

    /// Whether `Accept-Encoding` takes it: named, or by `*`, and not with `q=0`.
    static func isTaken(_ header: String?) -> Bool {
        var any = false
        for part in (header ?? "").lowercased().split(separator: ",") {
            let words = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = words.first, name == "gzip" || name == "x-gzip" || name == "*" else { continue }
            let isRefused = words.dropFirst().contains { word in
                word.hasPrefix("q=") && Double(word.dropFirst(2)) ?? 0 == 0
            }
            if name != "*" { return !isRefused }
            any = !isRefused
        }
        return any
    }

    /// Nil where zlib has no memory: then the answer goes as it is.
    static func bytes(of text: String) -> [UInt8]? {
        var stream = z_stream()
        // The lowest level: the others cost three times as much for a tenth of the size.
        guard carillon_gzip_begin(&stream, 1) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var text = text
        return text.withUTF8 { source in
            let room = Int(deflateBound(&stream, UInt(source.count)))
            var isWhole = false
            let bytes = [UInt8](unsafeUninitializedCapacity: room) { target, count in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(room)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = isWhole ? room - Int(stream.avail_out) : 0
            }
            return isWhole ? bytes : nil
        }
    }
}
