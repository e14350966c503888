import Synchronization
import Testing

@testable import Server

@Suite struct WebhookRoutesTests {
    private final class Desk: Sendable {
        let calls = Mutex<[WebhookService.Call]>([])
        let readings: AsyncStream<Void>
        private let reading: AsyncStream<Void>.Continuation

        struct Down: Error {}

        init() {
            (readings, reading) = AsyncStream<Void>.makeStream()
        }

        var service: WebhookService {
            WebhookService(
                bodyLimit: 4096,
                take: { calls in try calls.map(self.reply) },
                process: { self.reading.yield() })
        }

        @Sendable private func reply(_ call: WebhookService.Call) throws -> WebhookService.Reply? {
            if call.channel == "down" { throw Down() }
            guard call.channel == "sms" else { return nil }
            calls.withLock { $0.append(call) }
            if call.method == "GET" { return WebhookService.Reply(status: 200, text: "00123") }
            let isGenuine = call.headers["x-signature"] == "good"
            return isGenuine
                ? WebhookService.Reply(status: 200, text: "", isStored: true)
                : WebhookService.Reply(status: 401, text: "webhook_bad_signature\n")
        }

        func serve<Value: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Value) async throws -> Value {
            try await RunningServer.serve(
                WebServer(port: 0, unsubscribe: ServerFixture().service, webhooks: service), body)
        }
    }

    @Test func `a request arrives as it was sent, and is read after it was answered`() async throws {
        let desk = Desk()
        let response = try await desk.serve { client in
            try client.request(
                "POST", "/webhooks/sms?ref=a%20b&x=1", headers: ["X-Signature": "good", "Content-Type": "text/plain"],
                body: "{\"a\":1}\r\n")
        }
        #expect(response.status == 200)
        let call = try #require(desk.calls.withLock { $0.first })
        #expect(call.query == "ref=a%20b&x=1")
        #expect(call.body == Array("{\"a\":1}\r\n".utf8))
        #expect(call.headers["content-type"] == "text/plain")
        for await _ in desk.readings { break }
    }

    @Test func `a forged request is refused`() async throws {
        let response = try await Desk().serve { try $0.request("POST", "/webhooks/sms", body: "x") }
        #expect(response.status == 401)
        #expect(response.body == "webhook_bad_signature\n")
    }

    @Test func `a handshake gets its challenge and nothing else`() async throws {
        let response = try await Desk().serve { try $0.request("GET", "/webhooks/sms?hub.challenge=00123") }
        #expect(response.status == 200)
        #expect(response.body == "00123")
        #expect(response.headers["content-type"]?.hasPrefix("text/plain") == true)
    }

    @Test func `an unknown channel, a large body and a store that is down are told apart`() async throws {
        let desk = Desk()
        let statuses = try await desk.serve { client in
            [
                try client.request("POST", "/webhooks/other", body: "x").status,
                try client.request("POST", "/webhooks/sms", body: String(repeating: "x", count: 5000)).status,
                try client.request("POST", "/webhooks/down", body: "x").status,
                try client.request("PUT", "/webhooks/sms", body: "x").status,
            ]
        }
        #expect(statuses.prefix(3) == [404, 413, 503])
        #expect(statuses[3] == 404 || statuses[3] == 405)
        #expect(desk.calls.withLock { $0.isEmpty })
    }
}
