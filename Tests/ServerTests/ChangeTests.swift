import Channels
import RuleEngine
import Runner
import Storage
import Synchronization
import Testing

@testable import Server

@Suite struct ChangeTests {
    @Test func `changes come in order, without addresses, and go on where a reader stopped`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "canary@example.com", "plan": "pro"}"#)
            _ = try call(
                "POST", "/consents",
                #"{"contact": "c1", "action": "granted", "channel": "email", "level": "express", "source": "canary"}"#)
            let all = try call("GET", "/changes")
            let types = (all.body["items"]?.items ?? []).compactMap { $0["type"]?.string }
            #expect(Set(types) == ["audit.putContact", "consent.granted", "audit.writeConsent"], "\(types)")
            #expect(!all.text.contains("canary"))
            let cursor = try #require(all.body["next_cursor"]?.string)
            #expect(try call("GET", "/changes?after=" + cursor).body["items"]?.items.isEmpty == true)
            let first = try #require(try call("GET", "/changes?limit=1").body["next_cursor"]?.string)
            #expect(try call("GET", "/changes?after=" + first).body["items"]?.items.count == 2)
            #expect(try call("GET", "/changes?after=nonsense").code == "bad_cursor")
            // The audit is for those who may read it.
            let few = try call("GET", "/changes", scopes: [.viewReports])
            #expect((few.body["items"]?.items ?? []).compactMap { $0["type"]?.string } == ["consent.granted"])
        }
    }

    @Test func `a stream begins behind the last event that was seen`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
            let key = try fixture.key(Set(Scope.allCases))
            let head = """
                GET /api/v1/changes/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r
                Last-Event-ID: 0-0-0-0\r\n\r\n
                """
            let bytes = try call.client.exchange(Array(head.utf8)) { heard in
                String(decoding: heard, as: UTF8.self).contains("event: audit.putContact")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.lowercased().contains("content-type: text/event-stream"), "\(text)")
            #expect(text.replacing("\r\n", with: "\n").contains("\nid: 0-0-1-0\n"), "\(text)")
            let bad = try call(
                "GET", "/changes/stream", headers: ["Last-Event-ID": "x"])
            #expect(bad.code == "bad_cursor")
        }
    }

    @Test func `an open stream hears of what is written while it is open`() async throws {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let key = try fixture.key(Set(Scope.allCases))
            let head = """
                GET /api/v1/changes/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n\r

                """
            var isWritten = false
            let bytes = try call.client.exchange(Array(head.utf8)) { heard in
                let text = String(decoding: heard, as: UTF8.self)
                if !isWritten, text.contains(": open") {
                    isWritten = true
                    _ = try call("PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro"}"#)
                }
                return text.contains("event: audit.putContact")
            }
            #expect(String(decoding: bytes, as: UTF8.self).contains("event: audit.putContact"))
        }
    }

    /// What a hub reads, and how often it looks.
    private final class Feed: Sendable {
        private let state = Mutex((changes: [Change](), looks: 0))

        var looks: Int { state.withLock { $0.looks } }

        func write() {
            state.withLock { state in
                var cursor = ChangeCursor()
                cursor.audit = Int64(state.changes.count + 1)
                state.changes.append(Change(cursor: cursor, type: "audit.x", at: ServiceFixture.now, data: .null))
            }
        }

        var end: ChangeCursor { state.withLock { $0.changes.last?.cursor ?? ChangeCursor() } }

        func read(after cursor: ChangeCursor, limit: Int) -> [Change] {
            state.withLock { state in
                state.looks += 1
                return Array(state.changes.dropFirst(Int(cursor.audit)).prefix(limit))
            }
        }

        func hub(poll: Duration) -> ChangeHub {
            ChangeHub(poll: poll, end: { self.end }, read: { self.read(after: $0, limit: $1) })
        }
    }

    /// Waits for the bell until something is known without a look of its own.
    private static func hear(
        _ hub: ChangeHub, _ bells: inout AsyncStream<Void>.Iterator, after cursor: ChangeCursor
    ) async -> [Change] {
        while await bells.next() != nil {
            if let found = hub.known(after: cursor), !found.isEmpty { return found }
        }
        return []
    }

    @Test func `the database is looked at once for all who listen`() async {
        let feed = Feed()
        // Nobody looks by the clock: each look follows from a bell.
        let hub = feed.hub(poll: .seconds(3_600))
        var listeners: [(id: Int, bells: AsyncStream<Void>.Iterator)] = []
        for _ in 0..<50 {
            let (id, bell) = hub.listen()
            listeners.append((id, bell.makeAsyncIterator()))
        }
        // The first look says from where on changes are told.
        for index in listeners.indices { await listeners[index].bells.next() }
        #expect(feed.looks == 0)
        var cursor = ChangeCursor()
        for round in 1...3 {
            feed.write()
            hub.ring()
            for index in listeners.indices {
                let found = await Self.hear(hub, &listeners[index].bells, after: cursor)
                #expect(found.map(\.cursor.audit) == [Int64(round)])
            }
            #expect(feed.looks == round)
            cursor.audit = Int64(round)
        }
        hub.end()
        for index in listeners.indices {
            while await listeners[index].bells.next() != nil {}
        }
        #expect(await listeners[0].bells.next() == nil)
    }

    /// Another process can't ring.
    @Test func `what nobody rings for is found by looking from time to time`() async throws {
        let feed = Feed()
        let hub = feed.hub(poll: .milliseconds(5))
        let (id, bell) = hub.listen()
        var bells = bell.makeAsyncIterator()
        await bells.next()
        feed.write()
        #expect(await Self.hear(hub, &bells, after: ChangeCursor()).count == 1)
        hub.leave(id)
        // Whoever comes from elsewhere looks for themselves.
        #expect(try await hub.changes(after: ChangeCursor()).count == 1)
    }

    @Test func `a webhook is signed, tried again with growing pauses, put aside, and sent again`() throws {
        let fixture = try ServiceFixture()
        let service = try fixture.openDesk()
        let caller = Principal.operator
        let made = try service.makeHook("https://hooks.example/carillon", types: ["audit."])
        let secret = try #require(WebhookSecret(made.secret))
        try service.record("killProgram", "program:hello", actor: caller.actor)
        try service.record("pauseProgram", "program:hello", actor: caller.actor)
        let calls = Mutex<[EgressCall]>([])
        let status = Mutex(500)
        let time = Mutex(ServiceFixture.now)
        let desk = HookDesk(
            key: fixture.store.key,
            environment: RunnerEnvironment(
                now: { time.withLock { $0 } }, monotonic: { 0 }, random: { 0.5 }),
            send: { call in
                calls.withLock { $0.append(call) }
                return .answered(EgressAnswer(status: status.withLock { $0 }))
            })
        let (hooks, feed) = (try fixture.store.openHooks(), try fixture.store.openChanges())
        #expect(try desk.work(hooks, feed) == 2)
        let first = try #require(calls.withLock { $0.first })
        #expect(first.url == "https://hooks.example/carillon")
        let signature = try #require(first.signature)
        guard case .post(let body) = first.method else {
            Issue.record("not a POST")
            return
        }
        let sum = secret.signature(id: signature.id, timestamp: signature.timestamp, body: body)
        #expect(
            secret.verifies(
                id: signature.id, timestamp: "\(signature.timestamp)", signature: sum, body: body,
                now: signature.timestamp))
        #expect(
            signature.secret.signature(id: "a", timestamp: 1, body: [])
                == secret.signature(id: "a", timestamp: 1, body: []))
        #expect(
            String(decoding: body, as: UTF8.self).contains(#""type": "audit.killProgram""#),
            "\(String(decoding: body, as: UTF8.self))")
        // Nothing is due before its pause is over.
        #expect(try desk.work(hooks, feed) == 0)
        for pause in HookDesk.pauses {
            time.withLock { $0 = $0.advanced(by: pause * 1_100_000) }
            #expect(try desk.work(hooks, feed) == 2)
        }
        let id = made.endpoint.id
        let dead = try hooks.deliveries(state: .dead, endpoint: id, PageRequest(limit: 10)).items
        #expect(dead.count == 2)
        #expect(dead.allSatisfy { $0.attempts == 10 && $0.outcome == "500" })
        // Every attempt of one change has one name.
        #expect(Set(calls.withLock { $0.compactMap { $0.signature?.id } }).count == 2)
        status.withLock { $0 = 204 }
        #expect(try hooks.replay(nil, endpoint: id, now: time.withLock { $0 }) == 2)
        #expect(try desk.work(hooks, feed) == 2)
        #expect(try hooks.deliveries(state: .done, endpoint: id, PageRequest(limit: 10)).items.count == 2)
    }

    @Test func `a receiver that is gone is not tried again, and a new secret signs beside the old one`() throws {
        let fixture = try ServiceFixture()
        let service = try fixture.openDesk()
        let made = try service.makeHook("https://hooks.example/", types: [])
        let rotated = try service.rotateHook(made.endpoint.id)
        #expect(rotated.secret != made.secret)
        let both = rotated.endpoint.secrets(under: fixture.store.key, now: ServiceFixture.now)
        #expect(both == rotated.secret + " " + made.secret)
        let later = ServiceFixture.now.advanced(by: 90_000_000_000)
        #expect(rotated.endpoint.secrets(under: fixture.store.key, now: later) == rotated.secret)
        try service.record("killProgram", "program:hello", actor: "operator")
        let desk = HookDesk(
            key: fixture.store.key,
            environment: RunnerEnvironment(now: { ServiceFixture.now }, monotonic: { 0 }, random: { 0.5 }),
            send: { _ in .answered(EgressAnswer(status: 410)) })
        let hooks = try fixture.store.openHooks()
        #expect(try desk.work(hooks, try fixture.store.openChanges()) == 1)
        #expect(try hooks.deliveries(state: .dead, endpoint: nil, PageRequest(limit: 10)).items.count == 1)
    }

    @Test func `webhooks are made, changed, rotated and removed over the API, and only to public servers`() async throws
    {
        let fixture = try ServiceFixture()
        try await fixture.serve { call in
            let made = try call("POST", "/webhooks", #"{"url": "https://hooks.example/x", "types": ["message."]}"#)
            #expect(made.status == 201)
            #expect(made.body["secret"]?.string?.hasPrefix("whsec_") == true)
            let id = try #require(made.body["id"]?.string)
            for url in [
                "http://hooks.example/", "https://127.0.0.1/", "https://hooks.example:22/", "https://2130706433/", "x",
            ] {
                #expect(try call("POST", "/webhooks", #"{"url": "\#(url)"}"#).code == "bad_url", "\(url)")
            }
            #expect(try call("PATCH", "/webhooks/\(id)", #"{"paused": true}"#).body["paused"]?.flag == true)
            #expect(try call("POST", "/webhooks/\(id)/rotate").body["secret"]?.string != made.body["secret"]?.string)
            #expect(!(try call("GET", "/webhooks").text.contains("whsec_")))
            #expect(try call("GET", "/webhooks/\(id)/deliveries?state=dead").body["items"]?.items.isEmpty == true)
            #expect(try call("POST", "/webhooks/\(id)/replay", "{}").body["replayed"]?.integer == 0)
            #expect(try call("DELETE", "/webhooks/\(id)").status == 200)
            #expect(try call("DELETE", "/webhooks/\(id)").code == "unknown_hook")
        }
    }
}
