import Synchronization
import TestKit
import Testing

@testable import Channels

@Suite(.serialized)
struct GuardedEgressTests {
    private static let home = EgressResolver.Answer.addresses(EgressAddress("127.0.0.1").map { [$0] } ?? [])

    /// May call this machine, where every name leads.
    private func local(_ policy: GuardedEgress.Policy = .init(allowsPrivate: true, timeout: 5)) -> GuardedEgress {
        GuardedEgress(policy, lookup: { _ in GuardedEgressTests.home })
    }

    @Test func `No hostile address is looked up or connected to`() {
        #expect(EgressCorpus.all.count >= 200)
        let asked = Mutex<[String]>([])
        let egress = GuardedEgress(GuardedEgress.Policy(timeout: 1)) { host in
            asked.withLock { $0.append(host) }
            return GuardedEgressTests.home
        }
        for url in EgressCorpus.all {
            let outcome = egress.post(url, body: [])
            guard case .refused(let code, _) = outcome else {
                Issue.record("\(url) was not refused: \(outcome)")
                continue
            }
            #expect(code.hasPrefix("url_"))
        }
        #expect(asked.withLock { $0 }.isEmpty)
        egress.finish(within: 1)
    }

    @Test func `GET and POST arrive as they are, over one connection`() {
        let server = HTTPFaultServer(answering: { request in
            .answer(201, headers: ["Content-Type: Text/Plain"], body: "\(request.line.prefix(4))\(request.body.count)")
        })
        defer { server.stop() }
        let egress = local()
        let url = "http://receiver.example:\(server.port)/a?b=%20c"
        let first = egress.get(url, headers: [("X-Mine", "1"), ("X-Empty", "")])
        #expect(first == .answered(EgressAnswer(status: 201, contentType: "text/plain", body: Array("GET 0".utf8))))
        let second = egress.post(url, headers: [("content-type", "text/csv")], body: Array("a,b".utf8))
        #expect(second == .answered(EgressAnswer(status: 201, contentType: "text/plain", body: Array("POST3".utf8))))
        #expect(egress.get(url) == first)
        egress.finish(within: 5)
        #expect(server.connections == 1)
        let requests = server.requests
        #expect(
            requests.map(\.line) == ["GET /a?b=%20c HTTP/1.1", "POST /a?b=%20c HTTP/1.1", "GET /a?b=%20c HTTP/1.1"])
        #expect(requests[0].headers["x-mine"] == "1")
        #expect(requests[0].headers["x-empty"] == "")
        #expect(requests[0].headers["host"] == "receiver.example:\(server.port)")
        #expect(requests[1].headers["content-type"] == "text/csv")
        #expect(requests[1].body == Array("a,b".utf8))
        #expect(egress.get(url) == .notSent(code: "stopped"))
    }

    @Test func `A receiver can check who called, and that a second attempt is the same call`() throws {
        let server = HTTPFaultServer(answering: { _ in .answer(200) })
        defer { server.stop() }
        let secret = try #require(WebhookSecret("whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let egress = local()
        let body = Array(#"{"step":"call"}"#.utf8)
        for timestamp in [1_700_000_000, 1_700_000_060] {
            let signature = EgressSignature(secret: secret, id: "call_17", timestamp: timestamp)
            let outcome = egress.post("http://a.example:\(server.port)/", body: body, signedWith: signature)
            #expect(outcome.code == "200")
        }
        egress.finish(within: 5)
        for (request, now) in zip(server.requests, [1_700_000_000, 1_700_000_060]) {
            #expect(request.headers["webhook-id"] == "call_17")
            #expect(request.headers["content-type"] == "application/json")
            let isOurs = secret.verifies(
                id: request.headers["webhook-id"] ?? "", timestamp: request.headers["webhook-timestamp"] ?? "",
                signature: request.headers["webhook-signature"] ?? "", body: request.body, now: now)
            #expect(isOurs)
        }
    }

    @Test(arguments: [
        "https://other.example/", "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "//evil.example",
        "file:///etc/passwd", "/again",
    ])
    func `A redirect is an answer and nobody follows it`(target: String) {
        let server = HTTPFaultServer { _ in .answer(302, headers: ["Location: \(target)"]) }
        defer { server.stop() }
        let asked = Mutex<[String]>([])
        let egress = GuardedEgress(GuardedEgress.Policy(allowsPrivate: true)) { host in
            asked.withLock { $0.append(host) }
            return GuardedEgressTests.home
        }
        let outcome = egress.get("http://receiver.example:\(server.port)/")
        #expect(outcome == .answered(EgressAnswer(status: 302)))
        egress.finish(within: 5)
        #expect(server.requests.count == 1)
        #expect(asked.withLock { $0 } == ["receiver.example"])
    }

    @Test func `A name that changes its mind is checked each time and connected to as it was checked`() {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let asked = Mutex(0)
        // Public to the check; private to whoever would ask again.
        let lookup: EgressResolver.Lookup = { _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            let text = count % 2 == 1 ? "192.0.2.1" : "127.0.0.1"
            return .addresses(EgressAddress(text).map { [$0] } ?? [])
        }
        let egress = GuardedEgress(GuardedEgress.Policy(timeout: 0.3), lookup: lookup)
        for _ in 0..<4 {
            #expect(egress.get("https://rebind.example/") == .notSent(code: "address_refused"))
        }
        egress.finish(within: 1)
        #expect(server.connections == 0)
    }

    @Test func `A checked address is connected to without a second lookup`() {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let asked = Mutex(0)
        let egress = GuardedEgress(GuardedEgress.Policy(allowsPrivate: true, timeout: 5)) { _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            // The second answer would lead to the metadata service.
            return .addresses(EgressAddress(count == 1 ? "127.0.0.1" : "169.254.169.254").map { [$0] } ?? [])
        }
        #expect(egress.get("http://rebind.example:\(server.port)/").code == "200")
        #expect(egress.get("http://rebind.example:\(server.port)/").code == "200")
        egress.finish(within: 1)
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `Our own public address is refused like a private one`() {
        let own: Set<EgressAddress> = EgressAddress("93.184.216.34").map { [$0] } ?? []
        let egress = GuardedEgress(
            GuardedEgress.Policy(timeout: 1), lookup: { _ in .addresses(Array(own)) }, ownAddresses: own)
        #expect(egress.get("https://ourselves.example/") == .notSent(code: "address_refused"))
        egress.finish(within: 1)
        #expect(EgressAddress.ofThisMachine().contains { $0.reach == .local })
    }

    @Test func `An answer is read up to the limit`() {
        let server = HTTPFaultServer { _ in .huge(200, bytes: 3 << 20) }
        defer { server.stop() }
        let egress = local(.init(allowsPrivate: true, answerLimit: 1 << 20))
        guard case .answered(let answer) = egress.get("http://a.example:\(server.port)/") else {
            Issue.record("no answer")
            return
        }
        egress.finish(within: 5)
        #expect(answer.isCut)
        #expect(answer.body.count == 1 << 20)
        #expect(answer.excerpt.utf8.count == 1024)
    }

    @Test func `Slow and broken answers end in time and say how far they came`() {
        let server = HTTPFaultServer { request in
            switch request.headers["x-case"] {
            case "hang": .hang
            case "stall": .stallAfterHead(200)
            case "reset": .resetAfterBody
            case "cut": .truncated(100, body: "short")
            default: .raw("nonsense\r\n\r\n")
            }
        }
        defer { server.stop() }
        let egress = local(.init(allowsPrivate: true, timeout: 0.5))
        func call(_ name: String) -> EgressOutcome {
            egress.post("http://a.example:\(server.port)/", headers: [("X-Case", name)], body: Array("x".utf8))
        }
        #expect(call("hang") == .lost(.awaitingAnswer, code: "timeout"))
        #expect(call("stall") == .lost(.answer, code: "timeout"))
        #expect(call("reset") == .lost(.awaitingAnswer, code: "connection_lost"))
        for name in ["cut", "other"] {
            guard case .lost(.answer, _) = call(name) else {
                Issue.record("\(name) was an answer")
                continue
            }
        }
        egress.finish(within: 1)
    }

    @Test func `A lookup that hangs is not waited for`() {
        let release = Mutex(false)
        let egress = GuardedEgress(GuardedEgress.Policy(allowsPrivate: true, timeout: 0.2)) { _ in
            while !release.withLock({ $0 }) {}
            return .failed(code: "late")
        }
        #expect(egress.get("http://slow.example:1/") == .notSent(code: "lookup_timeout"))
        release.withLock { $0 = true }
        egress.finish(within: 1)
    }

    @Test(arguments: [
        ("Host", "evil.example"), ("host", "evil.example"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"),
        ("Connection", "close"), ("webhook-signature", "v1,x"), ("X-A", "b\r\nX-C: d"), ("X-A", "b\nc"), ("X-A", "\0"),
        ("X A", "b"), ("X-A:", "b"), ("", "b"), ("X-Ä", "b"),
    ])
    func `Headers that change how a request is read are refused`(name: String, value: String) {
        let egress = local()
        let outcome = egress.post("https://a.example/", headers: [(name, value)], body: [])
        guard case .refused("unsafe_header", _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        egress.finish(within: 0)
    }

    @Test func `More servers than there are lines are called one after another`() {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let egress = local()
        for number in 0..<70 {
            #expect(egress.get("http://host\(number).example:\(server.port)/").code == "200")
        }
        egress.finish(within: 5)
        #expect(server.connections == 70)
    }

    @Test func `Calls side by side are answered once each`() {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let egress = local()
        let codes = Mutex<[String]>([])
        for number in 0..<200 {
            egress.begin(EgressCall(.post([]), "http://host\(number % 5).example:\(server.port)/")) { outcome in
                codes.withLock { $0.append(outcome.code) }
            }
        }
        egress.finish(within: 20)
        #expect(codes.withLock { $0 } == [String](repeating: "200", count: 200))
    }
}
