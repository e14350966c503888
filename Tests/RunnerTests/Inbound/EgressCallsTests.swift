import Channels
import TestKit
import Testing

@testable import RuleEngine
@testable import Runner

/// Calls of journeys, as a receiver sees them.
@Suite(.serialized) struct EgressCallsTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let now = 1_790_000_000

    private func answers(
        _ server: HTTPFaultServer, method: String = "POST", secret: String? = "crm-prod",
        body: [String: Value] = [:], base: String? = nil, allowsPrivate: Bool = true
    ) -> [CallAnswer] {
        let egress = GuardedEgress(.init(allowsPrivate: allowsPrivate, timeout: 3))
        let calls = EgressCalls(
            egress, base: { $0 == "crm" ? base ?? "http://127.0.0.1:\(server.port)/api/" : nil },
            secret: { $0 == "crm-prod" ? Secret(Self.secret) : nil }, now: { Self.now })
        calls.make([
            PreparedCall(
                id: 7, endpoint: EndpointCall(endpoint: "crm", secret: secret, method: method, path: "/carts"),
                body: body, idempotencyKey: "run-1/3")
        ])
        egress.finish(within: 5)
        return calls.takeAnswers()
    }

    @Test func `a call is signed, named and carries its values as JSON`() throws {
        let server = HTTPFaultServer(answering: { _ in .answer(204) })
        defer { server.stop() }
        let body: [String: Value] = [
            "name": Value("Ada \"L\"\n"), "total": .number(12_500_000, .money), "count": .number(3, .int),
            "ok": .bool(true), "none": .missing, "day": .number(20_000, .date), "at": .number(0, .instant),
            "tags": .list([Value("a"), Value("b")]), "rate": .number(-250_000, .decimal),
        ]
        let answers = answers(server, body: body)
        #expect(answers.map(\.answer) == ["204"])
        #expect(answers.first?.isSuccess == true)
        let request = try #require(server.requests.first)
        #expect(request.line == "POST /api/carts HTTP/1.1")
        #expect(request.headers["idempotency-key"] == "run-1/3")
        let text = String(decoding: request.body, as: UTF8.self)
        #expect(
            text == #"{"at":"1970-01-01T00:00:00Z","count":3,"day":"2024-10-04","name":"Ada \"L\"\u000a","none":null,"#
                + #""ok":true,"rate":-0.25,"tags":["a","b"],"total":12.5}"#)
        let isOurs = WebhookSecret(Self.secret)?.verifies(
            id: request.headers["webhook-id"] ?? "", timestamp: request.headers["webhook-timestamp"] ?? "",
            signature: request.headers["webhook-signature"] ?? "", body: request.body, now: Self.now)
        #expect(isOurs == true)
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func `every method of the language is used as it is written`(method: String) {
        let server = HTTPFaultServer(answering: { _ in .answer(200) })
        defer { server.stop() }
        #expect(answers(server, method: method, body: ["a": .number(1, .int)]).first?.isSuccess == true)
        #expect(server.requests.first?.line == "\(method) /api/carts HTTP/1.1")
        #expect(server.requests.first?.body == (method == "GET" ? [] : Array(#"{"a":1}"#.utf8)))
    }

    @Test(arguments: [
        (200, true, false), (201, true, false), (302, false, false), (400, false, false), (404, false, false),
        (409, false, true), (429, false, true), (500, false, true), (503, false, true),
    ])
    func `a status says whether trying again may help`(status: Int, isSuccess: Bool, isRetriable: Bool) {
        let server = HTTPFaultServer { _ in .answer(status) }
        defer { server.stop() }
        let answer = answers(server).first
        #expect(answer?.isSuccess == isSuccess)
        #expect(answer?.isRetriable == isRetriable)
    }

    @Test func `what can't be called says why, and nothing leaves`() {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        #expect(answers(server, secret: "unknown").first?.answer == "no_secret")
        #expect(answers(server, base: "http://169.254.169.254").first?.answer == "url_address_refused")
        let refused = answers(server, allowsPrivate: false).first
        #expect(refused?.answer == "url_literal_refused")
        #expect(refused?.isRetriable == false)
        #expect(server.connections == 0)
        #expect(answers(server, base: "http://127.0.0.1:1").first?.isRetriable == true)
    }
}
