import Crypto

/// What the mails of one request carry, in wire form: which files, and what they held when the mails were composed. The
/// bytes themselves travel once a request and not once a mail; a launch's mails would fill the memory otherwise.
struct AttachmentList: Sendable {
    static let mark = UInt8(ascii: "a")

    /// One line: the digest and the names, a tab before each.
    let line: [UInt8]

    init(_ content: MessageContent) {
        var line = Array("files ".utf8) + Self.digest(content.attachments)
        for name in content.attachmentNames { line += [0x09] + Array(name.utf8) }
        self.line = line
    }

    /// The files of a line. Throws where one is gone or has changed since.
    static func files(
        _ line: ArraySlice<UInt8>, from source: MediaSource?
    ) throws(ComposeError) -> [MessageAttachment] {
        var parts = line.split(separator: 0x09, omittingEmptySubsequences: false).map(Array.init)[...]
        let digest = parts.popFirst()?.dropFirst("files ".utf8.count) ?? []
        var files: [MessageAttachment] = []
        for part in parts {
            let name = String(decoding: part, as: UTF8.self)
            guard let source else { throw .missingFile(name) }
            files.append(try source.attachment(name))
        }
        guard Self.digest(files).elementsEqual(digest) else {
            throw .missingFile(parts.first.map { String(decoding: $0, as: UTF8.self) } ?? "")
        }
        return files
    }

    private static func digest(_ files: [MessageAttachment]) -> [UInt8] {
        var hash = SHA256()
        for file in files {
            hash.update(data: Array("\(file.name)\u{0}\(file.type)\u{0}\(file.bytes.count)\u{0}".utf8))
            hash.update(data: file.bytes)
        }
        return Array(AWSSignature.hex(hash.finalize()).utf8)
    }
}
