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
