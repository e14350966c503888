import Channels
import RuleEngine

/// What the web chat's routes do: sessions, messages both ways, and how far they were seen. It reads hostile texts, and
/// gives back JSON or why not.
package struct ChatDesk: Sendable {
    /// One channel as the desk knows it.
    package struct Site: Sendable {
        package var channel: String
        package var origins: [String]
        package var title: String
        package var proof: ChatProof
        package var mustIdentify: Bool
        package var uploads: Uploads
        /// Proves that a message for a visitor comes from our own runner.
        private(set) var secret: WebhookSecret?

        package init(
            channel: String, origins: [String], title: String, proof: ChatProof, mustIdentify: Bool,
            uploads: Uploads = Uploads(), secret: String?
        ) {
            self.channel = channel
            self.origins = origins
            self.title = title
            self.proof = proof
            self.mustIdentify = mustIdentify
            self.uploads = uploads
            self.secret = secret.flatMap { WebhookSecret($0) }
        }
    }

    /// Why a request has no effect; the code stays.
    package struct Refusal: Error, Sendable, Equatable {
        package let status: Int
        package let code: String

        static let malformed = Refusal(status: 400, code: "chat_malformed")
        static let unknownFile = Refusal(status: 404, code: "chat_unknown_file")
        static let noUploads = Refusal(status: 403, code: "chat_no_uploads")
        static let fileTooLarge = Refusal(status: 413, code: "chat_file_too_large")
        static let noRoom = Refusal(status: 413, code: "chat_no_room")
        static let badType = Refusal(status: 415, code: "chat_bad_type")
        static let tooLong = Refusal(status: 413, code: "chat_too_long")
        static let noToken = Refusal(status: 401, code: "chat_no_token")
        static let noProof = Refusal(status: 401, code: "chat_identify_required")
        static let badProof = Refusal(status: 403, code: "chat_bad_hash")
        static let unknownVisitor = Refusal(status: 404, code: "chat_unknown_visitor")
        static let unsigned = Refusal(status: 401, code: "chat_unsigned")
        static let noSecret = Refusal(status: 503, code: "chat_no_secret")
    }

    package static let bodyLimit = 64 << 10
    private static let textLimit = 4000
    private static let pageSize = 200

    let tokens: ChatTokens
    let environment: RunnerEnvironment

    package init(key: DataKey, environment: RunnerEnvironment) {
        tokens = ChatTokens(key)
        self.environment = environment
    }

    // MARK: Sessions

    /// Begins a conversation or takes one up again.
    package func open(_ body: [UInt8], at site: Site, in store: any ChatStore) throws -> String {
        let request = try Self.object(body)
        let now = environment.now()
        var visitor: ChatVisitor?
        var contact: String?
        // A token that is over or not ours begins anew, as if there were none.
        let earlier = request["token"]?.string.flatMap { tokens.visitor($0, channel: site.channel, now: now) }
        if let identify = request["identify"], identify != .null {
            guard let id = identify["external_id"]?.word, (1...256).contains(id.utf8.count),
                let hash = identify["hash"]?.string
            else { throw Refusal.malformed }
            guard site.proof.proves(id, hash) else { throw Refusal.badProof }
            visitor = ChatVisitor(channel: site.channel, id: tokens.visitor(of: id, channel: site.channel))
            contact = id
        } else if site.mustIdentify {
            throw Refusal.noProof
        } else {
            visitor = earlier
        }
        let known = visitor ?? ChatVisitor(channel: site.channel, id: tokens.newVisitor())
        let page = request["page"]?["url"]?.string.flatMap(Self.page)
        guard var marks = try store.visit(known, page: page, creates: true, now: now) else {
            throw Refusal.unknownVisitor
        }
        var isKnown = false
        if let contact { isKnown = try store.identify(known, as: contact, now: now) }
        // Only behind a proof: whoever holds a guest's token is that guest, and the site says who that is.
        if isKnown, let earlier, ChatTokens.isGuest(earlier.id) {
            try store.merge(earlier, into: known, now: now)
            marks = try store.visit(known, page: nil, creates: false, now: now) ?? marks
        }
        var json = ChatJSON()
        json.text("visitor_id", known.id)
        json.text("token", tokens.token(for: known, until: now.adding(seconds: ChatTokens.life)))
        json.number("last_seq", marks.last)
        json.number("read_seq", marks.read)
        json.text("title", site.title)
        json.flag("known", isKnown)
        json.text("accept", site.uploads.accept)
        json.number("most", Int64(site.uploads.limit))
        return json.closed
    }

    /// - Parameter authorization: of the request's header.
    package func visitor(_ authorization: String?, at site: Site) throws(Refusal) -> ChatVisitor {
        guard let authorization, authorization.hasPrefix("Bearer "),
            let visitor = tokens.visitor(
                String(authorization.dropFirst(7)), channel: site.channel, now: environment.now())
        else { throw .noToken }
        return visitor
    }

    // MARK: Messages

    /// What a visitor writes, or taps.
    package func take(_ body: [UInt8], from visitor: ChatVisitor, in store: any ChatStore) throws -> String {
        let request = try Self.object(body)
        guard let cid = request["cid"]?.string, (1...64).contains(cid.utf8.count),
            cid.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw Refusal.malformed }
        let files = try kept(request["files"], key: cid, of: visitor, in: store)
        let text = Self.clean(request["text"]?.string ?? "")
        guard !files.isEmpty || text.unicodeScalars.contains(where: { !Self.isJoiner($0) }) else {
            throw Refusal.malformed
        }
        guard text.unicodeScalars.count <= Self.textLimit else { throw Refusal.tooLong }
        let payload = request["payload"]?.string.flatMap { $0.utf8.count <= 256 ? Self.clean($0) : nil }
        let replyTo = request["reply_to"]?.integer
        let page = request["page"]?.string.flatMap(Self.page)
        let now = environment.now()
        var shown = ChatJSON()
        shown.text("text", text)
        shown.files(files)
        let stored = try store.append(
            shown.closed, from: .visitor, key: cid, to: visitor, files: [], kept: files.map(\.id),
            webhook: { sequence in
                self.webhook(
                    visitor, name: "m\(sequence)",
                    WebchatEvent.body(
                        kind: "inbound", key: "\(visitor.id)-\(sequence)", visitor: visitor.id, at: now.microseconds,
                        id: Self.id(visitor, sequence), text: text, payload: payload, page: page,
                        files: files.map(\.told), replyTo: replyTo.map { Self.id(visitor, $0) }), now)
            }, now: now)
        guard let stored else { throw Refusal.unknownVisitor }
        var json = ChatJSON()
        json.text("cid", cid)
        json.text("id", Self.id(visitor, stored.sequence))
        json.number("seq", stored.sequence)
        return json.closed
    }

    /// A message for a visitor, from our own runner: signed, and the same one however often it comes.
    package func deliver(
        _ body: [UInt8], id: String, timestamp: String, signature: String, to site: Site, in store: any ChatStore
    ) throws -> (answer: String, visitor: ChatVisitor) {
        let (data, visitor) = try addressed(
            body, id: id, timestamp: timestamp, signature: signature, at: site, in: store)
        let files = try Self.files(of: data)
        let stored = try store.append(
            ChatJSON.shown(data, files: files), from: .us, key: id, to: visitor, files: files, kept: [],
            webhook: { _ in nil }, now: environment.now())
        guard let stored else { throw Refusal.unknownVisitor }
        var json = ChatJSON()
        json.text("id", Self.id(visitor, stored.sequence))
        return (json.closed, visitor)
    }

    /// What our own runner says, and to whom.
    func addressed(
        _ body: [UInt8], id: String, timestamp: String, signature: String, at site: Site, in store: any ChatStore
    ) throws -> (data: JSONValue, visitor: ChatVisitor) {
        try verify(body, id: id, timestamp: timestamp, signature: signature, at: site)
        guard let data = try Self.object(body, limit: Self.deliveryLimit)["data"], let to = data["to"]?.string,
            ChatTokens.isVisitor(to)
        else { throw Refusal.malformed }
        return (data, try store.heir(of: ChatVisitor(channel: site.channel, id: to)))
    }

    func verify(
        _ body: [UInt8], id: String, timestamp: String, signature: String, at site: Site
    ) throws(Refusal) {
        guard let secret = site.secret else { throw .noSecret }
        let now = Int(environment.now().microseconds / 1_000_000)
        guard secret.verifies(id: id, timestamp: timestamp, signature: signature, body: body, now: now) else {
            throw .unsigned
        }
    }

    /// Messages behind a sequence, each as one line of JSON.
    package func messages(
        of visitor: ChatVisitor, after: Int64, in store: any ChatStore
    ) throws -> [(sequence: Int64, line: String)] {
        try store.messages(of: visitor, after: after, limit: Self.pageSize).map { message in
            (
                message.sequence,
                ChatJSON.line(message, id: Self.id(visitor, message.sequence), addresses: addresses(message, visitor))
            )
        }
    }

    /// How far the visitor has got and read the conversation.
    package func mark(_ body: [UInt8], of visitor: ChatVisitor, in store: any ChatStore) throws -> Bool {
        let request = try Self.object(body)
        let read = request["read"]?.integer ?? 0
        let delivered = max(read, request["delivered"]?.integer ?? 0)
        guard delivered > 0 else { throw Refusal.malformed }
        let now = environment.now()
        return try store.mark(
            visitor, delivered: delivered, read: read,
            webhook: { name, sequence, at in
                self.webhook(
                    visitor, name: "\(name)\(sequence)",
                    WebchatEvent.body(
                        kind: name, key: "\(visitor.id)-\(name)-\(sequence)", visitor: visitor.id,
                        at: now.microseconds, watermark: at.microseconds), now)
            }, now: now)
    }

    // MARK: Parts

    private func webhook(_ visitor: ChatVisitor, name: String, _ body: [UInt8], _ now: Timestamp) -> RawWebhook {
        RawWebhook(
            channel: visitor.channel, channelKind: "webchat", provider: "webchat", receivedAt: now,
            fingerprint: Array("\(visitor.id)/\(name)".utf8), method: "POST", url: "", contentType: "application/json",
            messageID: "", body: body)
    }

    /// A message's id as reports and other systems see it.
    private static func id(_ visitor: ChatVisitor, _ sequence: Int64) -> String { "\(visitor.id)-\(sequence)" }

    static func object(_ body: [UInt8], limit: Int = bodyLimit) throws(Refusal) -> JSONValue {
        guard body.count <= limit else { throw .tooLong }
        guard let value = JSONReader.read(body), case .object = value else { throw .malformed }
        return value
    }

    /// Without control characters, and without those that turn a text's direction or can't be seen. The joiners stay:
    /// Persian words and emoji of several parts are spelt with them.
    static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: scalars.append(scalar)
            case 0..<0x20, 0x7F..<0xA0, 0x200B, 0x200E...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: continue
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x200C || scalar.value == 0x200D }

    /// The address of a page, without what may stand behind a question mark: it may hold names and keys.
    private static func page(_ text: String) -> String? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return String(text.prefix { $0 != "?" && $0 != "#" })
    }
}
