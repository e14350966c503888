import Synchronization
import TestKit
import Testing

@testable import Channels

@Suite(.serialized)
struct EgressLookupTests {
    private func account(
        _ server: HTTPFaultServer,
        allowsPrivate: Bool = true,
        lookup: @escaping EgressResolver.Lookup
    ) throws -> HTTPAccount {
        var account = try HTTPAccount.local("http://receiver.example:\(server.port)/hook")
        account.egress = EgressGuard(allowsPrivate: allowsPrivate)
        account.lookup = lookup
        return account
    }

    private static func addresses(_ texts: String...) -> EgressResolver.Answer {
        .addresses(texts.compactMap { EgressAddress($0) })
    }

    @Test func `A name is looked up once and its address is connected to`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let asked = Mutex<[String]>([])
        let account = try account(server) { host in
            asked.withLock { $0.append(host) }
            return EgressLookupTests.addresses("127.0.0.1")
        }
        let results = try account.exchange((0..<10).map { HTTPRequest(token: $0, body: []) })
        #expect(results.allSatisfy { $0 == .answered(HTTPAnswer(status: 200)) })
        #expect(asked.withLock { $0 } == ["receiver.example"])
        #expect(server.requests.first?.headers["host"] == "receiver.example:\(server.port)")
    }

    @Test func `A name with one forbidden address is not called`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let account = try account(server) { _ in EgressLookupTests.addresses("127.0.0.1", "169.254.169.254") }
        #expect(try account.exchange() == .notSent(code: "address_refused"))
        #expect(server.connections == 0)
    }

    @Test func `A name that changes to a private address is not called`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let account = try account(server, allowsPrivate: false) { _ in EgressLookupTests.addresses("127.0.0.1") }
        #expect(try account.exchange() == .notSent(code: "address_refused"))
        #expect(server.connections == 0)
    }

    @Test func `The address is checked again when the socket is opened`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        // An endpoint by number skips the lookup and its check, so only the socket's check is left.
        var account = try HTTPAccount.local(server)
        account.egress = EgressGuard(allowsPrivate: false)
        #expect(try account.exchange() == .notSent(code: "address_refused"))
        #expect(server.connections == 0)
    }

    @Test func `A name that is not found means that nothing was sent`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let account = try account(server) { _ in .failed(code: "host_not_found") }
        #expect(try account.exchange() == .notSent(code: "host_not_found"))
    }

    @Test func `A lookup that hangs does not hold up the end`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let release = Inbox<Int>.shared()
        let account = try account(server) { _ in
            release.sleep()
            return .failed(code: "late")
        }
        let results = HTTPResults()
        let transport = try HTTPTransport(account) { results.take($0) }
        transport.submit([HTTPRequest(token: 1, body: [])])
        transport.finish(within: 0.05)
        #expect(results.all == [1: .notSent(code: "not_begun")])
        release.wake()
    }

    @Test func `The system's lookup finds this machine`() {
        guard case .addresses(let found) = EgressResolver.system("localhost") else {
            Issue.record("localhost was not found")
            return
        }
        #expect(found.allSatisfy { $0.reach == .local })
    }
}

extension Inbox {
    fileprivate static func shared() -> Inbox {
        guard let inbox = try? Inbox() else {
            preconditionFailure("no wake-up descriptor for the test")
        }
        return inbox
    }
}
