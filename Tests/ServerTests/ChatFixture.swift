import Channels
import Glibc
import RuleEngine
import Runner
import Storage

@testable import Server

/// A server with one web chat over a real data folder, for the time of one test.
final class ChatFixture: Sendable {
    static let key = "a key of the site, long enough"
    static let secret = "whsec_c2FuZGJveCBzYW5kYm94IHNhbmRib3ggc2FuZGJveA=="

    private let folder: ChatFolder
    let store: SQLiteStore
    private let desk: ChatDesk
    private let site: ChatDesk.Site
    private let webhooks: WebhookDesk
    private let origin: String

    init(
        origin: String = "https://acme.example", mustIdentify: Bool = false,
        uploads: ChatDesk.Uploads = ChatDesk.Uploads(), secret: String? = ChatFixture.secret
    ) throws {
        folder = try ChatFolder()
        store = try SQLiteStore(folder: folder.path, isDurable: false)
        self.origin = origin
        desk = ChatDesk(key: store.key, environment: .live)
        webhooks = WebhookDesk(key: store.key, environment: .live, errands: nil)
        site = ChatDesk.Site(
            channel: "site", origins: [origin], title: "Acme <b>& Söhne</b>", proof: ChatProof([Self.key]),
            mustIdentify: mustIdentify, uploads: uploads, secret: secret)
    }

    private var service: WebchatService {
        let chats = Shared(store)
        let (desk, site) = (desk, site)
        @Sendable func known(_ visitor: WebchatService.Visitor) -> ChatVisitor {
            ChatVisitor(channel: visitor.channel, id: visitor.id)
        }
        @Sendable func refusing<Value>(_ body: (any ChatStore) throws -> Value) throws -> Value {
            do {
                return try body(chats.open())
            } catch let refusal as ChatDesk.Refusal {
                throw WebchatService.Refusal(status: refusal.status, code: refusal.code)
            }
        }
        return WebchatService(
            bodyLimit: ChatDesk.bodyLimit, deliveryLimit: ChatDesk.deliveryLimit, origins: ["site": [origin]],
            uploadLimits: ["site": site.uploads.limit],
            open: { _, body in try refusing { try desk.open(body, at: site, in: $0) } },
            visitor: { _, header in
                try refusing { _ in
                    let visitor = try desk.visitor(header, at: site)
                    return WebchatService.Visitor(channel: visitor.channel, id: visitor.id)
                }
            },
            take: { visitor, body in try refusing { try desk.take(body, from: known(visitor), in: $0) } },
            mark: { visitor, body in try refusing { try desk.mark(body, of: known(visitor), in: $0) } },
            messages: { visitor, after in try refusing { try desk.messages(of: known(visitor), after: after, in: $0) }
            },
            deliver: { _, body, signature in
                try refusing { store in
                    let (answer, visitor) = try desk.deliver(
                        body, id: signature.id, timestamp: signature.timestamp, signature: signature.signature,
                        to: site, in: store)
                    return (answer, WebchatService.Visitor(channel: visitor.channel, id: visitor.id))
                }
            },
            keep: { visitor, upload in
                try refusing {
                    try desk.keep(
                        upload.bytes, name: upload.name, declared: upload.type, from: known(visitor), at: site, in: $0)
                }
            },
            file: { _, id, ticket, signature in
                try refusing { store in
                    let signed = signature.map { (id: $0.id, timestamp: $0.timestamp, signature: $0.signature) }
                    let file = try desk.file(id, ticket: ticket, signed: signed, at: site, in: store)
                    return WebchatService.File(name: file.name, type: file.type.mime, bytes: file.bytes)
                }
            },
            isTyping: { body in try refusing { _ in try desk.isTyping(body) } },
            typing: { _, body, signature in
                try refusing { store in
                    let (isOn, visitor) = try desk.typing(
                        body, id: signature.id, timestamp: signature.timestamp, signature: signature.signature,
                        at: site, in: store)
                    return (isOn, WebchatService.Visitor(channel: visitor.channel, id: visitor.id))
                }
            })
    }

    private final class Shared: @unchecked Sendable {
        // Sendable because the server calls the closures on one queue, one call after the other.
        private var chats: (any ChatStore)?
        private let store: SQLiteStore

        init(_ store: SQLiteStore) {
            self.store = store
        }

        func open() throws -> any ChatStore {
            let opened = try chats ?? store.openChats()
            chats = opened
            return opened
        }
    }

    /// Reads what visitors have done, as the server does in the background.
    func read() throws {
        _ = try webhooks.process(try store.openInbox())
    }

    func text(_ sql: String) throws -> [String] {
        let statement = try store.connect().prepareOnce(sql)
        var rows: [String] = []
        while try statement.step() { rows.append(statement.string(0)) }
        return rows
    }

    func serve<Value: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Value) async throws -> Value {
        try await RunningServer.serve(
            WebServer(port: 0, unsubscribe: ServerFixture().service, webchat: service), body)
    }
}

extension RawClient {
    /// A call of a page of the site.
    func chat(
        _ method: String, _ action: String, token: String? = nil, origin: String? = "https://acme.example",
        body: String? = nil, from address: String = "203.0.113.9"
    ) throws -> Response {
        var headers = ["Content-Type": "application/json", "X-Forwarded-For": address]
        headers["Origin"] = origin
        if let token { headers["Authorization"] = "Bearer " + token }
        return try request(method, "/webchat/v1/site/" + action, headers: headers, body: body)
    }

    func session(_ body: String = "{}", from address: String = "203.0.113.9") throws -> (token: String, visitor: String)
    {
        let answer = try chat("POST", "sessions", body: body, from: address).body
        return (Self.value("token", in: answer), Self.value("visitor_id", in: answer))
    }

    /// A message of our own runner's.
    func deliver(_ text: String, to visitor: String, id: String) throws -> Response {
        try deliver(data: "\"to\":\"\(visitor)\",\"text\":\"\(text)\"", id: id)
    }

    func deliver(data: String, id: String) throws -> Response {
        let body = "{\"type\":\"message.send\",\"data\":{\(data)}}"
        return try request("POST", "/webchat/v1/site/deliver", headers: Self.signed(body, id: id), body: body)
    }

    /// Our own side writes to a visitor, or no more.
    func typing(_ isOn: Bool, to visitor: String) throws -> Response {
        let body = "{\"data\":{\"to\":\"\(visitor)\",\"on\":\(isOn)}}"
        return try request("POST", "/webchat/v1/site/typing", headers: Self.signed(body, id: "typing"), body: body)
    }

    static func signed(_ body: String, id: String) -> [String: String] {
        let now = Int(RunnerEnvironment.live.now().microseconds / 1_000_000)
        let signature = WebhookSecret(ChatFixture.secret)?.signature(
            id: id, timestamp: now, body: Array(body.utf8))
        return ["webhook-id": id, "webhook-timestamp": "\(now)", "webhook-signature": signature ?? ""]
    }

    /// A file that a visitor brings.
    func bring(
        _ bytes: [UInt8], name: String, type: String, token: String, origin: String = "https://acme.example"
    ) throws -> Response {
        try self.bytes(
            "POST", "/webchat/v1/site/files?name=\(name)",
            headers: ["Content-Type": type, "Authorization": "Bearer " + token, "Origin": origin], body: bytes
        ).answer
    }

    /// Reads an answer that doesn't end, until `isEnough`.
    func stream(_ path: String, token: String, until isEnough: (String) throws -> Bool) throws -> String {
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n"
        let answer = try exchange(Array(request.utf8)) { try isEnough(String(decoding: $0, as: UTF8.self)) }
        return String(decoding: answer, as: UTF8.self)
    }

    static func value(_ name: String, in json: String) -> String {
        let parts = json.split(separator: "\"\(name)\":\"", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1].prefix { $0 != "\"" }) : ""
    }
}

/// A folder for one database, which goes away with the test.
private final class ChatFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/carillon-chat-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw RawClient.Failure.socket("mkdtemp", errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm", "key", "instance", "runner.lock"] {
            unlink(path + "/" + name)
        }
        rmdir(path)
    }
}
