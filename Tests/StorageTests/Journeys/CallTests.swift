import Channels
import Runner
import Storage
import Synchronization
import TestKit
import Testing

@testable import RuleEngine

/// Steps that call outside systems, against a server on this machine and the real client.
@Suite(.serialized) struct CallTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private static let cart = """
        rule: cart
        purpose: transactional
        trigger: {event: cart_updated}
        steps:
          - call: crm.cart_abandoned
            body: {cart: '<<entry.cart_id>>'}
            retry: {at_most: 4, over: 70m}
            else:
              - exit: gave_up
        """

    private static func environment(_ port: Int, isNamed: Bool = true) -> [String: String] {
        var variables = [
            "CARILLON_ENDPOINT_CRM": "http://127.0.0.1:\(port)/api/", "CARILLON_SECRET_CRM_PROD": secret,
        ]
        if isNamed { variables["CARILLON_PRIVATE_ENDPOINTS"] = "erp, crm" }
        return variables
    }

    private static func calls(_ port: Int, timeout: Double = 5, isNamed: Bool = true) -> EgressCalls {
        EgressCalls(
            EndpointSettings(environment: environment(port, isNamed: isNamed)),
            policy: GuardedEgress.Policy(timeout: timeout), now: { 1_790_000_000 })
    }

    /// Until nothing is due and nobody is being waited for.
    private func settle(_ fixture: EngineFixture) throws {
        repeat {
            try fixture.settle()
            if fixture.engine.inFlightCount > 0 { fixture.engine.wait(atMost: 10) }
        } while try fixture.engine.turn() || fixture.engine.inFlightCount > 0
    }

    private func pass(_ fixture: EngineFixture, hours: Double) throws {
        let end = fixture.now.adding(seconds: hours * 3600)
        try settle(fixture)
        while let next = try fixture.engine.nextDue(), next <= end {
            fixture.clock.move(to: next)
            try settle(fixture)
        }
        fixture.clock.move(to: end)
        try settle(fixture)
    }

    @Test func `a call is made, signed and named, and the run goes on`() throws {
        let server = HTTPFaultServer(answering: { _ in .answer(204) })
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try settle(fixture)
        #expect(try fixture.endings == ["exit finished"])
        let request = try #require(server.requests.first)
        #expect(request.line == "POST /api/carts/abandoned HTTP/1.1")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"cart":"A-1"}"#)
        #expect(request.headers["idempotency-key"] == "cart/1/0/0")
        #expect(request.headers["webhook-signature"]?.hasPrefix("v1,") == true)
        #expect(try fixture.decisions.contains("answered 0 well"))
        #expect(try fixture.text("SELECT state || ' ' || attempts || ' ' || answer FROM call_order") == ["2 1 204"])
    }

    @Test func `a server that fails is asked again in growing pauses, always by the same name`() throws {
        let server = HTTPFaultServer { $0.number < 4 ? .answer(503) : .answer(200) }
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try settle(fixture)
        #expect(server.requests.count == 1)
        // Seven parts of ten minutes each, a quarter of it taken off by chance.
        try pass(fixture, hours: 7.4 / 60)
        #expect(server.requests.count == 1)
        try pass(fixture, hours: 0.2 / 60)
        #expect(server.requests.count == 2)
        try pass(fixture, hours: 2)
        #expect(server.requests.count == 4)
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }) == ["cart/1/0/0"])
        #expect(try fixture.endings == ["exit finished"])
    }

    @Test(arguments: [
        ("500", 4), ("404", 1), ("302", 1), ("silence", 4),
    ])
    func `who fails to the end goes the other way`(answer: String, requests: Int) throws {
        let server = HTTPFaultServer { _ in
            switch answer {
            case "silence": .hang
            case "302": .answer(302, headers: ["Location: http://127.0.0.1:1/elsewhere"])
            default: .answer(Int(answer) ?? 500)
            }
        }
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port, timeout: 0.3))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try pass(fixture, hours: 3)
        #expect(server.requests.count == requests)
        #expect(try fixture.endings == ["exit gave_up"])
        #expect(try fixture.text("SELECT state || ' ' || attempts FROM call_order") == ["3 \(requests)"])
        let answer = try fixture.text("SELECT answer FROM call_order").first ?? ""
        #expect(answer == (answer == "silence" ? "timeout" : answer))
    }

    @Test func `whoever asks for time gets it`() throws {
        let server = HTTPFaultServer {
            $0.number == 1 ? .answer(429, headers: ["Retry-After: 1800"]) : .answer(200)
        }
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try pass(fixture, hours: 29.0 / 60)
        #expect(server.requests.count == 1)
        try pass(fixture, hours: 2.0 / 60)
        #expect(server.requests.count == 2)
    }

    @Test func `a private address is called only where somebody has named it`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port, isNamed: false))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try pass(fixture, hours: 5)
        #expect(server.connections == 0)
        // It waits: what is wrong is the configuration, and no attempt is counted.
        #expect(try fixture.endings == ["open"])
        #expect(try fixture.text("SELECT state || ' ' || attempts FROM call_order") == ["0 0"])
        let call = EndpointCall(endpoint: "crm", secret: nil, method: "POST", path: "/")
        let settings = EndpointSettings(environment: Self.environment(server.port, isNamed: false))
        #expect(settings.fault(of: call)?.code == "endpoint_address")
        #expect(settings.fault(of: call)?.help.contains("CARILLON_PRIVATE_ENDPOINTS") == true)
    }

    @Test(
        arguments: [
            ([:], "no_endpoint"),
            (["CARILLON_ENDPOINT_CRM": "ftp://crm.example"], "endpoint_address"),
            (["CARILLON_ENDPOINT_CRM": "https://user:pw@crm.example"], "endpoint_address"),
            (["CARILLON_ENDPOINT_CRM": "https://crm.example"], "endpoint_secret"),
            (["CARILLON_ENDPOINT_CRM": "https://crm.example", "CARILLON_SECRET_CRM_PROD": "short"], "endpoint_secret"),
            (["CARILLON_ENDPOINT_CRM": "https://crm.example", "CARILLON_SECRET_CRM_PROD": secret], nil),
            (
                [
                    "CARILLON_ENDPOINT_CRM": "http://169.254.169.254/latest", "CARILLON_PRIVATE_ENDPOINTS": "crm",
                    "CARILLON_SECRET_CRM_PROD": secret,
                ], "endpoint_address"
            ),
        ] as [([String: String], String?)])
    func `what is wrong with an endpoint has a code of its own`(environment: [String: String], code: String?) {
        let call = EndpointCall(endpoint: "crm", secret: "crm-prod", method: "POST", path: "/")
        #expect(EndpointSettings(environment: environment).fault(of: call)?.code == code)
    }

    @Test func `what was under way when a process ended is called again by the same name, and counts once`() throws {
        let server = HTTPFaultServer { $0.number == 1 ? .hang : .answer(200) }
        defer { server.stop() }
        let fixture = try EngineFixture(
            Self.cart.split(separator: "\n").filter { !$0.contains("retry") }.joined(separator: "\n"),
            calls: Self.calls(server.port, timeout: 1))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try fixture.settle()
        server.awaitRequests(1)
        #expect(try fixture.text("SELECT state FROM call_order") == ["1"])
        // Only one attempt is allowed, and it was not the receiver who failed.
        try fixture.restart()
        try settle(fixture)
        #expect(server.requests.count == 2)
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }) == ["cart/1/0/0"])
        #expect(try fixture.endings == ["exit finished"])
        #expect(try fixture.text("SELECT state || ' ' || attempts FROM call_order") == ["2 1"])
        // The answer to the first, whenever it comes, moves nobody.
        #expect(try fixture.decisions.filter { $0.hasPrefix("answered") }.count == 1)
    }

    @Test func `a program that rests calls nobody, and one that was ended never does`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let fixture = try EngineFixture(
            Self.cart.replacing("steps:", with: "steps:\n  - wait: 1h"), calls: Self.calls(server.port))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try settle(fixture)
        let activation = ProgramActivation(store: fixture.journeys, environment: fixture.environment)
        _ = try activation.set(.paused, of: "cart")
        try fixture.restart()
        try pass(fixture, hours: 2)
        #expect(server.requests.isEmpty)
        _ = try activation.set(.cancelled, of: "cart")
        try fixture.restart()
        try pass(fixture, hours: 2)
        #expect(server.requests.isEmpty)
        #expect(try fixture.endings == ["cancelled"])
    }

    @Test func `nobody is told of a person who was forgotten`() throws {
        let server = HTTPFaultServer { _ in .answer(503) }
        defer { server.stop() }
        let fixture = try EngineFixture(Self.cart, calls: Self.calls(server.port))
        try fixture.happen("cart_updated", ["cart_id": .words("A-1")])
        try settle(fixture)
        #expect(server.requests.count == 1)
        try fixture.store.openConsents().erase(
            ContactKey(rawValue: 1), source: "asked", actor: "operator", now: fixture.now)
        try pass(fixture, hours: 3)
        #expect(server.requests.count == 1)
        #expect(try fixture.endings == ["cancelled"])
        #expect(try fixture.text("SELECT count(*) FROM call_order WHERE instr(body, CAST('A-1' AS BLOB)) > 0") == ["0"])
    }
}
