import Channels
import Dispatch
import RuleEngine
import Runner
import Synchronization
import Testing

@testable import Server

/// The API from the outside: keys, scopes, bodies, and one form for every error.
@Suite struct APITests {
    /// Keys in memory.
    private final class Keys: KeyStore {
        var stored: [StoredKey] = []
        var used: [String: Timestamp] = [:]

        func keys() throws(StoreError) -> [StoredKey] { stored }

        func insert(_ key: StoredKey) throws(StoreError) { stored.append(key) }

        func revoke(_ id: String, now: Timestamp) throws(StoreError) -> Bool {
            for index in stored.indices where stored[index].key.id == id { stored[index].key.revokedAt = now }
            return true
        }

        func expire(_ id: String, at: Timestamp) throws(StoreError) {
            for index in stored.indices where stored[index].key.id == id { stored[index].key.expiresAt = at }
        }

        func replace(_ id: String, by successor: String) {}
        func noteUse(_ used: [String: Timestamp]) throws(StoreError) {
            self.used.merge(used) { $1 }
        }
    }

    private final class World: Sendable {
        static let secret = DataKey(bytes: [UInt8](repeating: 7, count: 32))
        static let now = Timestamp(microseconds: 1_800_000_000_000_000)

        let ring = KeyRing(
            key: secret,
            environment: RunnerEnvironment(
                now: { now }, monotonic: RunnerEnvironment.live.monotonic, random: { 0.5 }))
        let events = KeyToken()
        let reports = KeyToken()
        let old = KeyToken()
        let taken = Mutex<[JSONValue]>([])
        /// Waited for by whoever reads the keys, while it is there.
        let gate = Mutex<DispatchSemaphore?>(nil)

        struct Down: Error {}

        private func keys() -> Keys {
            let keys = Keys()
            for (token, scope, expires) in [
                (events, Scope.triggerEvents, nil), (reports, .viewReports, nil), (old, .triggerEvents, Self.now),
            ] {
                keys.stored.append(
                    StoredKey(
                        key: APIKey(
                            id: token.id, name: "x", scopes: [scope], createdAt: Timestamp(microseconds: 0),
                            expiresAt: expires),
                        code: token.code(under: Self.secret)))
            }
            return keys
        }

        var service: APIService {
            APIService(
                keys: ring,
                sessions: SessionRing(
                    key: Self.secret,
                    environment: RunnerEnvironment(
                        now: { Self.now }, monotonic: RunnerEnvironment.live.monotonic, random: { 0.5 })),
                key: Self.secret, requestsPerSecond: 100_000,
                refreshKeys: {
                    self.gate.withLock { $0 }?.wait()
                    try self.ring.refresh(self.keys())
                },
                takeEvents: { postings in
                    try postings.map { posting in
                        self.taken.withLock { $0 += posting.events }
                        if posting.events.contains(.object(["down": .flag(true)])) { throw Down() }
                        return posting.events.map {
                            $0["event"] == nil ? .repeated : .appended(programs: ["thanks"])
                        }
                    }
                },
                takeMessages: { _ in throw Down() }, openDesk: { throw Down() })
        }

        func serve<Value: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Value) async throws -> Value {
            try await RunningServer.serve(
                WebServer(port: 0, unsubscribe: ServerFixture().service, api: service), body)
        }

        func post(
            _ body: String, type: String = "application/json", key: String? = nil, headers: [String: String] = [:]
        ) async throws -> RawClient.Response {
            let bearer = key ?? events.text
            return try await serve { client in
                try client.request(
                    "POST", "/api/v1/events",
                    headers: ["Content-Type": type, "Authorization": "Bearer \(bearer)"].merging(headers) { $1 },
                    body: body)
            }
        }
    }

    @Test func `without a key, with a wrong one, an old one or one for something else, nothing is taken`() async throws
    {
        let world = World()
        let none = try await world.serve { try $0.request("POST", "/api/v1/events", body: "{}") }
        #expect(none.status == 401)
        #expect(none.body.contains(#""code": "no_key""#))
        #expect(none.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        #expect(none.headers["content-type"] == "application/problem+json")
        var wrong = world.events.text
        wrong.replaceSubrange(wrong.index(before: wrong.endIndex)..., with: wrong.hasSuffix("a") ? "b" : "a")
        for (key, status, code) in [
            (wrong, 401, "unknown_key"), ("crl_", 401, "unknown_key"), (KeyToken().text, 401, "unknown_key"),
            (world.old.text, 401, "expired_key"), (world.reports.text, 403, "forbidden"),
        ] {
            let answer = try await world.post("{}", key: key)
            #expect(answer.status == status)
            #expect(answer.body.contains("\"code\": \"\(code)\""))
        }
        #expect(world.taken.withLock { $0.isEmpty })
    }

    @Test func `however many come while keys are read, they wait for one reading`() async throws {
        let world = World()
        let gate = DispatchSemaphore(value: 0)
        world.gate.withLock { $0 = gate }
        let request = Array(
            """
            POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 14\r\n\
            Content-Type: application/json\r\nAuthorization: Bearer \(world.events.text)\r\n\r\n{"event": "x"}
            """.utf8)
        let answers = try await world.serve { client in
            var answers: [Substring] = []
            // Each asks before the one ahead of it is answered. Behind the last of them the reading may go on.
            func ask(_ left: Int) throws {
                guard left > 0 else {
                    world.gate.withLock { $0 = nil }
                    gate.signal()
                    return
                }
                let answer = try client.exchange(request) { received in
                    if received.isEmpty { try ask(left - 1) }
                    return !received.isEmpty
                }
                answers.append(String(decoding: answer, as: UTF8.self).prefix(12))
            }
            try ask(250)
            return answers
        }
        #expect(answers == Array(repeating: "HTTP/1.1 202", count: 250))
    }

    static let bodies: [(type: String, body: String, headers: [String: String], events: [String])] = [
        ("application/json", #"{"contact": "a", "event": "x"}"#, [:], ["x"]),
        ("application/json; charset=utf-8", #"[{"event": "x"}, {"event": "y"}]"#, [:], ["x", "y"]),
        ("application/x-ndjson", "{\"event\": \"x\"}\n\n{\"event\": \"y\"}\n", [:], ["x", "y"]),
        (
            "application/cloudevents+json",
            #"{"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b.x", "subject": "c", "data": {"n": 1}}"#,
            [:],
            ["x"]
        ),
        (
            "application/cloudevents-batch+json",
            #"[{"specversion": "1.0", "id": "1", "source": "/s", "type": "x"}]"#, [:], ["x"]
        ),
        (
            "application/json", #"{"n": 1}"#,
            ["ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "x", "ce-subject": "c"], ["x"]
        ),
    ]

    @Test(arguments: bodies)
    func `events come in every form`(
        _ type: String, _ body: String, _ headers: [String: String], _ events: [String]
    ) async throws {
        let world = World()
        let answer = try await world.post(body, type: type, headers: headers)
        #expect(answer.status == 202, "\(answer.body)")
        let taken = world.taken.withLock { $0 }
        #expect(taken.compactMap { $0["event"]?.string } == events)
        if body.contains("specversion") || !headers.isEmpty {
            #expect(taken.first?["id"]?.string == "/s#1")
        }
    }

    static let bad: [(type: String, body: String, status: Int, code: String)] = [
        ("application/json", "{", 400, "malformed"), ("application/json", #"{"a": 1, "a": 2}"#, 400, "malformed"),
        ("text/plain", "{}", 415, "unknown_type"), ("application/cloudevents+json", "{}", 400, "no_cloud_event"),
        ("application/cloudevents+json", "[]", 400, "no_cloud_event"),
        ("application/cloudevents-batch+json", "{}", 400, "malformed"),
        ("application/json", #"{"down": true}"#, 503, "store"),
        ("application/json", "[" + String(repeating: "{},", count: 1_000) + "{}]", 413, "too_many"),
        ("application/json", "\"" + String(repeating: "x", count: 1 << 20) + "\"", 413, "too_large"),
    ]

    @Test(arguments: bad)
    func `what can't be read says why`(_ type: String, _ body: String, _ status: Int, _ code: String) async throws {
        let answer = try await World().post(body, type: type)
        #expect(answer.status == status)
        #expect(answer.body.contains("\"code\": \"\(code)\""), "\(answer.body.prefix(300))")
    }

    @Test func `what isn't there is a problem too`() async throws {
        let answer = try await World().serve { try $0.request("GET", "/api/v1/nothing") }
        #expect(answer.status == 404)
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.body.contains(#""code": "no_route""#))
    }

    @Test func `another method is told from another place`() async throws {
        let answer = try await World().serve { try $0.request("DELETE", "/api/v1/events") }
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "POST")
        #expect(answer.body.contains(#""code": "wrong_method""#))
        // One that nobody has heard of, and one that only the place beside it knows.
        for (method, path, allowed) in [
            ("QUERY", "/contacts/c1", "DELETE, GET, PATCH, PUT"), ("TRACE", "/events", "POST"),
            ("GET", "/contacts/imports", "POST"),
        ] {
            let answer = try await World().serve { try $0.request(method, "/api/v1" + path) }
            #expect(answer.status == 405 && answer.headers["allow"] == allowed, "\(method) \(path): \(answer)")
        }
    }

    @Test func `a request keeps its own name, where that is one`() async throws {
        let named = try await World().post("{}", headers: ["X-Request-ID": "order-17"])
        #expect(named.headers["x-request-id"] == "order-17")
        let unnamed = try await World().post("{}", headers: ["X-Request-ID": "a b"])
        #expect(unnamed.headers["x-request-id"]?.isEmpty == false)
        #expect(unnamed.headers["x-request-id"] != "a b")
    }

    @Test func `the document names every operation, its scope and its errors`() async throws {
        let answer = try await World().serve { try $0.request("GET", "/openapi.json") }
        let document = try #require(JSONReader.read(Array(answer.body.utf8)))
        let operation = try #require(document.at("paths", "/api/v1/events", "post"))
        #expect(operation.at("security")?.items.first?["key"]?.items == [.text("can_trigger_events")])
        for status in ["202", "400", "401", "403", "413", "415", "422", "503"] {
            #expect(operation.at("responses", status) != nil, "\(status)")
        }
    }

    @Test func `a secret is never shown, and is told apart from every other`() {
        let token = KeyToken()
        #expect("\(token)" == "«redacted»")
        #expect(token.text.count == 55)
        #expect(KeyToken(token.text)?.id == token.id)
        #expect(KeyToken(token.text + "x") == nil)
        #expect(KeyToken("crl_" + String(repeating: "-", count: 51)) == nil)
        let code = token.code(under: World.secret)
        #expect(token.matches(code, under: World.secret))
        #expect(!KeyToken().matches(code, under: World.secret))
        #expect(!token.matches(code, under: DataKey(bytes: [UInt8](repeating: 8, count: 32))))
    }
}
