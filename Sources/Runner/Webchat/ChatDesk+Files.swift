import Channels
import FoundationEssentials
import RuleEngine

/// Files of conversations: what a visitor may bring, what we send along, and who may have the bytes.
extension ChatDesk {
    /// What visitors of a channel may bring.
    package struct Uploads: Sendable {
        package enum Kinds: String, Sendable {
            case none, images, all
        }

        package var kinds: Kinds
        /// In bytes.
        package var limit: Int

        package init(kinds: Kinds = .all, limit: Int = 5 << 20) {
            self.kinds = kinds
            self.limit = limit
        }

        /// No archives, and nothing that an archive is inside of: nobody looks into them.
        func takes(_ type: MediaType) -> Bool {
            switch type {
            case .jpeg, .png, .gif, .webp: kinds != .none
            case .mp4, .threeGP, .mp3, .m4a, .ogg, .wav, .pdf, .text, .csv: kinds == .all
            case .calendar, .docx, .xlsx, .pptx: false
            }
        }

        /// As a file field of a page says it; empty for none.
        var accept: String {
            MediaType.allCases.filter(takes).map { String($0.mime.prefix { $0 != ";" }) }.joined(separator: ",")
        }
    }

    /// How long the address of a file is good; the conversation gives a new one each time it is read.
    private static let addressLife: Double = 7 * 86_400
    private static let filesPerMessage = 10
    /// Of one visitor, in all.
    private static let room = 50 << 20
    /// A message of ours with its files.
    package static let deliveryLimit = 8 << 20

    /// What a visitor brings, for a message that will name it.
    package func keep(
        _ bytes: [UInt8], name raw: String, declared: String, from visitor: ChatVisitor, at site: Site,
        in store: any ChatStore
    ) throws -> String {
        guard site.uploads.kinds != .none else { throw Refusal.noUploads }
        guard bytes.count <= site.uploads.limit else { throw Refusal.fileTooLarge }
        let file = try Self.file(name: raw, declared: declared, bytes, from: .visitor)
        guard site.uploads.takes(file.type) else { throw Refusal.badType }
        guard let isKept = try store.keep(file, of: visitor, room: Self.room, now: environment.now()) else {
            throw Refusal.unknownVisitor
        }
        guard isKept else { throw Refusal.noRoom }
        var json = ChatJSON()
        json.text("id", file.id)
        json.text("name", file.name)
        json.text("type", file.type.mime)
        json.number("size", Int64(bytes.count))
        return json.closed
    }

    /// The bytes behind an address that we gave out, or for our own side, which signs the file's id.
    ///
    /// - Parameter ticket: of the address; nil where the request is signed.
    package func file(
        _ id: String, ticket: String?, signed: (id: String, timestamp: String, signature: String)?, at site: Site,
        in store: any ChatStore
    ) throws -> ChatFile {
        if let signed {
            guard signed.id == id else { throw Refusal.unsigned }
            try verify([], id: signed.id, timestamp: signed.timestamp, signature: signed.signature, at: site)
        } else {
            guard let ticket, tokens.opens(ticket, file: id, channel: site.channel, now: environment.now()) else {
                throw Refusal.unknownFile
            }
        }
        guard let file = try store.file(id, channel: site.channel) else { throw Refusal.unknownFile }
        return file
    }

    /// Whether our side is writing to somebody just now.
    package func typing(
        _ body: [UInt8], id: String, timestamp: String, signature: String, at site: Site, in store: any ChatStore
    ) throws -> (isOn: Bool, visitor: ChatVisitor) {
        let (data, visitor) = try addressed(
            body, id: id, timestamp: timestamp, signature: signature, at: site, in: store)
        guard case .flag(let isOn)? = data["on"] else { throw Refusal.malformed }
        return (isOn, visitor)
    }

    /// Whether a visitor is writing just now.
    package func isTyping(_ body: [UInt8]) throws -> Bool {
        guard case .flag(let isOn)? = try Self.object(body)["on"] else { throw Refusal.malformed }
        return isOn
    }

    // MARK: Parts

    /// Files that a message of the visitor's names: brought before, by the same visitor, for no other message.
    func kept(
        _ named: JSONValue?, key: String, of visitor: ChatVisitor, in store: any ChatStore
    ) throws -> [ChatFile] {
        guard let named, named != .null else { return [] }
        guard case .list(let items) = named, items.count <= Self.filesPerMessage else { throw Refusal.malformed }
        return try items.map { item in
            guard let id = item.string else { throw Refusal.malformed }
            guard let file = try store.kept(id, of: visitor, key: key) else { throw Refusal.unknownFile }
            return file
        }
    }

    /// Files that a message of ours brings along.
    static func files(of data: JSONValue) throws -> [ChatFile] {
        let items = data["attachments"]?.items ?? []
        guard items.count <= filesPerMessage else { throw Refusal.malformed }
        return try items.map { item in
            guard let name = item["name"]?.string, let content = item["content"]?.string,
                let bytes = Data(base64Encoded: content)
            else { throw Refusal.malformed }
            return try file(name: name, declared: item["type"]?.string ?? "", Array(bytes), from: .us)
        }
    }

    /// The name says what it is, the sender says it too, and the bytes have to agree: a page must not come as a picture.
    private static func file(
        name raw: String, declared: String, _ bytes: [UInt8], from source: ChatMessage.Source
    ) throws(Refusal) -> ChatFile {
        let name = clean(String(raw.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""))
            .trimmingPrefix(while: { $0 == "." || $0 == " " || $0 == "\n" })
        guard (1...200).contains(name.utf8.count), !name.contains("\n"), !bytes.isEmpty else { throw .malformed }
        guard let type = MediaType(name: name), type.matches(bytes), agrees(declared, type) else { throw .badType }
        if type == .text || type == .csv {
            guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else { throw .badType }
        }
        return ChatFile(id: ChatTokens.newFile(), source: source, name: String(name), type: type, bytes: bytes)
    }

    /// Systems differ in what they call a sound or a table; none calls a picture a page.
    private static func agrees(_ declared: String, _ type: MediaType) -> Bool {
        let plain = declared.prefix { $0 != ";" && $0 != " " }.lowercased()
        if plain.isEmpty || plain == "application/octet-stream" { return true }
        switch type.family {
        case .image, .video, .audio:
            // 3GP holds sounds as well, and some call it so.
            return plain.hasPrefix(type.family.rawValue + "/") || type.mime.hasPrefix(plain)
        case .file: return type.mime.hasPrefix(plain) || (type == .csv && plain == "application/vnd.ms-excel")
        }
    }

    /// Of the files of a message as we wrote it down: in it, quotes of texts are escaped.
    func addresses(_ message: ChatMessage, _ visitor: ChatVisitor) -> [String] {
        guard message.body.contains("\"files\":["), let body = JSONReader.read(Array(message.body.utf8)) else {
            return []
        }
        let end = environment.now().adding(seconds: Self.addressLife)
        return (body["files"]?.items ?? []).compactMap { $0["id"]?.string }.map { id in
            "/webchat/v1/\(visitor.channel)/files/\(id)?t="
                + tokens.ticket(file: id, channel: visitor.channel, until: end)
        }
    }
}

extension ChatFile {
    /// As the rest of the engine hears of it.
    var told: WebchatEvent.File {
        WebchatEvent.File(id: id, type: type.mime, name: name, kind: type.family.rawValue)
    }
}
