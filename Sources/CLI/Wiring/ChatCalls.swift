import Channels
import RuleEngine
import Runner
import Server
import Storage

/// The project's web chats, as browsers and our own runner call them.
struct ChatCalls: Sendable {
    private let sites: [String: ChatDesk.Site]
    private let desk: ChatDesk
    private let store: SQLiteStore

    init(_ workspace: Workspace, project: CheckedProject?) throws(CommandFailure) {
        store = try workspace.openSQLite()
        desk = ChatDesk(key: store.key, environment: workspace.environment)
        let secrets = workspace.secrets
        var sites: [String: ChatDesk.Site] = [:]
        for channel in project?.channels.values ?? [:].values where channel.provider == "webchat" {
            let sending = Self.sending(channel, secrets)
            let proof = Self.proof(channel, secrets)
            let site = ChatDesk.Site(
                channel: channel.id, origins: WebchatChannel.origins(channel.settings["origins"] ?? ""),
                title: channel.settings["title"] ?? "",
                proof: ChatProof(
                    (proof?.exposed ?? "").split(whereSeparator: \.isWhitespace).map(String.init)),
                mustIdentify: channel.settings["identify"] == "required",
                uploads: Self.uploads(channel),
                secret: sending?.exposed)
            if let sending, WebhookSecret(sending.exposed) == nil {
                Self.warn(
                    "chat_no_secret", "the secret of channel `\(channel.id)` is not what signs messages",
                    "store `whsec_` and Base64 of 24 to 64 random bytes, for this process and for the one that sends")
            }
            sites[channel.id] = site
        }
        self.sites = sites
    }

    private static func uploads(_ channel: CheckedChannel) -> ChatDesk.Uploads {
        var uploads = ChatDesk.Uploads()
        if let kinds = channel.settings["uploads"].flatMap(ChatDesk.Uploads.Kinds.init(rawValue:)) {
            uploads.kinds = kinds
        }
        if let limit = channel.settings["max_upload"].flatMap({ Int($0) }) { uploads.limit = limit }
        return uploads
    }

    /// What proves that a message is our own runner's. Without it none gets through, and whoever serves must hear why.
    private static func sending(_ channel: CheckedChannel, _ secrets: SecretResolver) -> Secret? {
        guard let name = channel.secret else {
            warn("chat_no_secret", "channel `\(channel.id)` has no `secret`, so no message reaches its visitors", nil)
            return nil
        }
        do throws(SecretResolver.Failure) {
            return try secrets.secret(named: name)
        } catch {
            warn(
                "chat_no_secret", "no message reaches the visitors of channel `\(channel.id)`: \(error.message)",
                error.help)
            return nil
        }
    }

    /// What a site proves its visitors with. A site may do without, unless only proved visitors may chat.
    private static func proof(_ channel: CheckedChannel, _ secrets: SecretResolver) -> Secret? {
        do throws(SecretResolver.Failure) {
            return try secrets.secret(named: channel.id + "-identify")
        } catch {
            guard !error.isUnset || channel.settings["identify"] == "required" else { return nil }
            warn("chat_no_proof", "nobody can be identified on channel `\(channel.id)`: \(error.message)", error.help)
            return nil
        }
    }

    private static func warn(_ code: String, _ message: String, _ help: String?) {
        Terminal.error.line("warning: \(code): \(message)" + (help.map { "\n  help: \($0)" } ?? ""))
    }

    /// Gives back what the desk says. A refusal is an answer like any other: only what fails by accident costs the
    /// connection.
    private static func using<Value>(
        _ chats: QueueBound<any ChatStore>, _ body: (any ChatStore) throws -> Value
    ) throws -> Value {
        let answer: Result<Value, WebchatService.Refusal> = try chats.use { store in
            do {
                return .success(try body(store))
            } catch let refusal as ChatDesk.Refusal {
                return .failure(WebchatService.Refusal(status: refusal.status, code: refusal.code))
            }
        }
        return try answer.get()
    }

    /// Nil where the project has no web chat.
    var service: WebchatService? {
        guard !sites.isEmpty else { return nil }
        let chats = QueueBound<any ChatStore> { [store] in try store.openChats() }
        return WebchatService(
            bodyLimit: ChatDesk.bodyLimit, deliveryLimit: ChatDesk.deliveryLimit,
            origins: sites.mapValues { Set($0.origins) }, uploadLimits: sites.mapValues(\.uploads.limit),
            open: { channel, body in
                let site = try self.site(channel)
                return try Self.using(chats) { try desk.open(body, at: site, in: $0) }
            },
            visitor: { channel, authorization in
                let site = try self.site(channel)
                return try Self.using(chats) { _ in
                    let visitor = try desk.visitor(authorization, at: site)
                    return WebchatService.Visitor(channel: visitor.channel, id: visitor.id)
                }
            },
            take: { visitor, body in
                try Self.using(chats) { try desk.take(body, from: Self.known(visitor), in: $0) }
            },
            mark: { visitor, body in
                try Self.using(chats) { try desk.mark(body, of: Self.known(visitor), in: $0) }
            },
            messages: { visitor, after in
                try Self.using(chats) { try desk.messages(of: Self.known(visitor), after: after, in: $0) }
            },
            deliver: { channel, body, signature in
                let site = try self.site(channel)
                return try Self.using(chats) { chats in
                    let (answer, visitor) = try desk.deliver(
                        body, id: signature.id, timestamp: signature.timestamp, signature: signature.signature,
                        to: site, in: chats)
                    return (answer, WebchatService.Visitor(channel: visitor.channel, id: visitor.id))
                }
            },
            keep: { visitor, upload in
                let site = try self.site(visitor.channel)
                return try Self.using(chats) {
                    try desk.keep(
                        upload.bytes, name: upload.name, declared: upload.type, from: Self.known(visitor), at: site,
                        in: $0)
                }
            },
            file: { channel, id, ticket, signature in
                let site = try self.site(channel)
                let signed = signature.map { (id: $0.id, timestamp: $0.timestamp, signature: $0.signature) }
                let file = try Self.using(chats) {
                    try desk.file(id, ticket: ticket, signed: signed, at: site, in: $0)
                }
                return WebchatService.File(name: file.name, type: file.type.mime, bytes: file.bytes)
            },
            isTyping: { body in try Self.using(chats) { _ in try desk.isTyping(body) } },
            typing: { channel, body, signature in
                let site = try self.site(channel)
                return try Self.using(chats) { chats in
                    let (isOn, visitor) = try desk.typing(
                        body, id: signature.id, timestamp: signature.timestamp, signature: signature.signature,
                        at: site, in: chats)
                    return (isOn, WebchatService.Visitor(channel: visitor.channel, id: visitor.id))
                }
            })
    }

    private func site(_ channel: String) throws -> ChatDesk.Site {
        guard let site = sites[channel] else {
            throw WebchatService.Refusal(status: 404, code: "chat_unknown_channel")
        }
        return site
    }

    private static func known(_ visitor: WebchatService.Visitor) -> ChatVisitor {
        ChatVisitor(channel: visitor.channel, id: visitor.id)
    }
}
