import Crypto

/// Writes `multipart/form-data` (RFC 7578).
struct MultipartWriter {
    private var parts: [[UInt8]] = []

    mutating func field(_ name: StaticString, _ value: some Sequence<UInt8>) {
        parts.append(Array("Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n".utf8) + value)
    }

    mutating func file(_ name: StaticString, _ file: MessageAttachment) {
        let shown = String(decoding: file.name.utf8.filter { $0 > 0x1F && $0 != 0x22 && $0 != 0x5C }, as: UTF8.self)
        let head =
            "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(shown)\"\r\n"
            + "Content-Type: \(file.type)\r\n\r\n"
        parts.append(Array(head.utf8) + file.bytes)
    }

    /// The boundary is made of all that stands between, so that nothing between can hold it.
    func written() -> (contentType: String, body: [UInt8]) {
        var hash = SHA256()
        for part in parts { hash.update(data: part) }
        let boundary = "carillon-" + AWSSignature.hex(hash.finalize()).prefix(40)
        var body: [UInt8] = []
        body.reserveCapacity(parts.reduce(64) { $0 + $1.count + boundary.utf8.count + 6 })
        for part in parts {
            body += "--\(boundary)\r\n".utf8
            body += part
            body += "\r\n".utf8
        }
        body += "--\(boundary)--\r\n".utf8
        return ("multipart/form-data; boundary=\(boundary)", body)
    }
}
