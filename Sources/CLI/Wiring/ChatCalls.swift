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
        let secrets = SecretResolver(environment: ProcessEnvironment.all())
        var sites: [String: ChatDesk.Site] = [:]
        for channel in project?.channels.values ?? [:].values where channel.provider == "webchat" {
            let sending = channel.secret.flatMap { try? secrets.secret(named: $0) }
            let proof = try? secrets.secret(named: channel.id + "-identify")
            sites[channel.id] = ChatDesk.Site(
                channel: channel.id, origins: WebchatChannel.origins(channel.settings["origins"] ?? ""),
                title: channel.settings["title"] ?? "",
                proof: ChatProof(
                    (proof?.exposed ?? "").split(whereSeparator: \.isWhitespace).map(String.init)),
                mustIdentify: channel.settings["identify"] == "required",
                secret: sending?.exposed)
        }
        self.sites = sites
    }

    /// A connection for the one thread on which the closures are called, opened with the first call.
    private final class Chats: @unchecked Sendable {
        // Sendable because the server calls the closures on one queue, one call after the other.
        private var chats: (any ChatStore)?
        private let store: SQLiteStore

        init(_ store: SQLiteStore) {
            self.store = store
        }

        /// After a failed write nothing more may be written by the same connection.
        func using<Value>(_ body: (any ChatStore) throws -> Value) throws -> Value {
            let opened = try chats ?? store.openChats()
            chats = opened
            do {
                return try body(opened)
            } catch let refusal as ChatDesk.Refusal {
                throw WebchatService.Refusal(status: refusal.status, code: refusal.code)
            } catch {
                chats = nil
                throw error
            }
        }
    }

    /// Nil where the project has no web chat.
    var service: WebchatService? {
        guard !sites.isEmpty else { return nil }
        let chats = Chats(store)
        return WebchatService(
            bodyLimit: ChatDesk.bodyLimit, origins: sites.mapValues { Set($0.origins) },
            open: { channel, body in
                let site = try self.site(channel)
                return try chats.using { try desk.open(body, at: site, in: $0) }
            },
            visitor: { channel, authorization in
                let site = try self.site(channel)
                return try chats.using { _ in
                    let visitor = try desk.visitor(authorization, at: site)
                    return WebchatService.Visitor(channel: visitor.channel, id: visitor.id)
                }
            },
            take: { visitor, body in try chats.using { try desk.take(body, from: Self.known(visitor), in: $0) } },
            mark: { visitor, body in try chats.using { try desk.mark(body, of: Self.known(visitor), in: $0) } },
            messages: { visitor, after in
                try chats.using { try desk.messages(of: Self.known(visitor), after: after, in: $0) }
            },
            deliver: { channel, body, signature in
                let site = try self.site(channel)
                return try chats.using { chats in
                    let (answer, visitor) = try desk.deliver(
                        body, id: signature.id, timestamp: signature.timestamp, signature: signature.signature,
                        to: site, in: chats)
                    return (answer, WebchatService.Visitor(channel: visitor.channel, id: visitor.id))
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
