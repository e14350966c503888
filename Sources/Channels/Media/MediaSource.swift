import FoundationEssentials
import Glibc
import Synchronization

/// A file that a mail carries.
package struct MessageAttachment: Sendable, Equatable {
    /// As the recipient sees it.
    package let name: String
    package let type: String
    package let bytes: [UInt8]

    package init(name: String, type: String, bytes: [UInt8]) {
        self.name = name
        self.type = type
        self.bytes = bytes
    }

    var base64: String { Data(bytes).base64EncodedString() }
}

/// Where a project's files for messages lie: a folder, or a bucket of an S3-compatible store. Files are read once and kept;
/// whoever changes one begins anew.
package final class MediaSource: Sendable {
    package enum Place: Sendable {
        case folder(String)
        case store(MediaStore)
        /// Nothing is fetched: a sandbox reads no secret, and shows which file it would have been.
        case sandbox
    }

    /// A name as files write it, in ASCII and without a way out of the folder, and its type.
    package struct Name: Sendable {
        package let text: String
        package let type: String
        /// Whether a file begins as one of its type does.
        package let matches: @Sendable ([UInt8]) -> Bool

        package init(text: String, type: String, matches: @escaping @Sendable ([UInt8]) -> Bool) {
            self.text = text
            self.type = type
            self.matches = matches
        }
    }

    /// What all attachments of a mail may have together.
    package static let limit = 7 << 20
    private static let room = 64 << 20

    private struct Shelf {
        var files: [String: MessageAttachment] = [:]
        var size = 0
    }

    private let place: Place
    private let name: @Sendable (String) -> Name?
    private let shelf = Mutex(Shelf())

    /// - Parameter name: reads a name; nil for one that must not be used.
    package init(_ place: Place, name: @escaping @Sendable (String) -> Name?) {
        self.place = place
        self.name = name
    }

    package func attachment(_ text: String) throws(ComposeError) -> MessageAttachment {
        if let known = shelf.withLock({ $0.files[text] }) { return known }
        guard let name = name(text) else { throw .missingFile(text) }
        let bytes: [UInt8]?
        switch place {
        case .folder(let folder): bytes = Self.read(folder + "/" + name.text)
        case .store(let store): bytes = store.fetch(name.text, limit: Self.limit)
        case .sandbox:
            return MessageAttachment(
                name: Self.last(name.text) + ".txt", type: "text/plain; charset=utf-8",
                bytes: Array("In place of \(name.text): a sandbox opens no store.\n".utf8))
        }
        guard let bytes, name.matches(bytes) else { throw .missingFile(text) }
        let file = MessageAttachment(name: Self.last(name.text), type: name.type, bytes: bytes)
        shelf.withLock { shelf in
            guard shelf.size + bytes.count <= Self.room else { return }
            shelf.files[text] = file
            shelf.size += bytes.count
        }
        return file
    }

    /// Where a provider fetches a file, for as long as it may want to.
    package func address(_ text: String, now: Int) throws(ComposeError) -> [UInt8] {
        guard let name = name(text) else { throw .missingFile(text) }
        switch place {
        case .folder: throw .missingFile(text)
        case .store(let store): return Array(store.address(name.text, now: now).utf8)
        case .sandbox: return Array("https://media.sandbox.invalid/\(name.text)".utf8)
        }
    }

    private static func last(_ path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }

    /// Nil for what is no file, is too large or can't be read. A link that leads out of the folder is not followed.
    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(info.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}

/// A bucket of an S3-compatible store.
package struct MediaStore: Sendable {
    /// Providers fetch soon, but some try again for a day.
    private static let life = 86_400

    private let url: EgressURL
    private let signature: AWSSignature
    private let egress: GuardedEgress

    /// - Parameters:
    ///   - url: the bucket's address.
    ///   - secret: `access key id:secret access key`, or JSON with a `session_token` too.
    ///   - allowsPrivate: for stores in a network of one's own.
    package init(url: String, region: String, secret: Secret, allowsPrivate: Bool) throws(ChannelSetupError) {
        do throws(EgressURL.Fault) {
            self.url = try EgressURL(url)
        } catch {
            throw ChannelSetupError(message: "`store` of the project's `media` \(error.rawValue)")
        }
        guard !self.url.target.contains("?") else {
            throw ChannelSetupError(message: "`store` of the project's `media` has more than a path")
        }
        var configuration = ChannelConfiguration(id: "media", kind: "", provider: "", baseFolder: "")
        configuration.secret = secret
        let credentials = Credentials(configuration)
        guard let keys = credentials?.pair("access_key_id", "secret_access_key") else {
            throw ChannelSetupError(
                message: "the secret of the project's `media` can't be read",
                help: "store `access key id:secret access key`, or JSON with a `session_token` too")
        }
        signature = AWSSignature(
            keyID: keys.user, secret: Secret(keys.password), sessionToken: credentials?["session_token"],
            region: region, service: "s3")
        egress = GuardedEgress(
            .init(allowsPrivate: allowsPrivate, timeout: 30, answerLimit: MediaSource.limit + 1))
    }

    func address(_ name: String, now: Int) -> String {
        let host = url.literal?.isIPv4 == false ? "[\(url.host)]" : url.host
        let base = url.target.hasSuffix("/") ? String(url.target.dropLast()) : url.target
        return signature.address(
            scheme: url.isSecure ? "https" : "http",
            host: url.port == (url.isSecure ? 443 : 80) ? host : "\(host):\(url.port)", path: base + "/" + name,
            validFor: Self.life, now: now)
    }

    /// Nil for anything but the whole object.
    func fetch(_ name: String, limit: Int) -> [UInt8]? {
        guard case .answered(let answer) = egress.get(address(name, now: SystemClock.now)), answer.status == 200,
            !answer.isCut, answer.body.count <= limit
        else { return nil }
        return answer.body
    }
}

extension MessageContent {
    /// With the bytes of what it carries, and the address from which its media are fetched.
    func filled(from source: MediaSource?, now: Int) throws(ComposeError) -> MessageContent {
        var content = self
        for name in attachmentNames {
            guard let source else { throw .missingFile(name) }
            content.attachments.append(try source.attachment(name))
        }
        guard content.attachments.reduce(0, { $0 + $1.bytes.count }) <= MediaSource.limit else {
            throw .tooLarge(limit: MediaSource.limit)
        }
        if let name = media?.storedName {
            guard let source else { throw .missingFile(name) }
            content.media?.url = try source.address(name, now: now)
        }
        return content
    }

    var needsFilling: Bool { !attachmentNames.isEmpty || media?.storedName != nil }
}
