import Glibc
import Synchronization
import TestKit
import Testing

@testable import Channels

@Suite(.serialized)
struct HTTPTransportTests {
    private func exchange(
        timeout: Double = 20,
        body: String = "hello",
        _ script: @escaping HTTPFaultServer.Script
    ) throws -> HTTPResult? {
        let server = HTTPFaultServer(script)
        defer { server.stop() }
        return try HTTPAccount.local(server, timeout: timeout).exchange(body: body)
    }

    @Test func `A request arrives as it was given`() throws {
        let server = HTTPFaultServer { _ in
            .answer(200, headers: ["Content-Type: text/PLAIN", "Retry-After: 7"], body: "yes")
        }
        defer { server.stop() }
        var account = try HTTPAccount.local(server)
        account.headers = ["X-Fixed: a"]
        account.sign = { ["X-Signed: \($0.key)"] }
        let results = try account.exchange([
            HTTPRequest(token: 1, target: "/other?x=1", key: "k", headers: ["X-Own: b"], body: Array("one\0two".utf8)),
            HTTPRequest(token: 2, body: []),
        ])
        #expect(
            results[0]
                == .answered(
                    HTTPAnswer(status: 200, contentType: "text/plain", retryAfter: "7", body: Array("yes".utf8))
                )
        )
        let first = try #require(server.requests.first)
        #expect(first.line == "POST /other?x=1 HTTP/1.1")
        #expect(first.body == Array("one\0two".utf8))
        #expect(first.headers["x-fixed"] == "a" && first.headers["x-signed"] == "k" && first.headers["x-own"] == "b")
        #expect(first.headers["user-agent"] == "carillon" && first.headers["expect"] == nil)
        #expect(first.headers["host"] == "127.0.0.1:\(server.port)")
        let second = try #require(server.requests.last)
        #expect(second.line == "POST /hook HTTP/1.1")
        #expect(second.body.isEmpty && second.headers["x-own"] == nil)
        #expect(server.connections == 1)
    }

    @Test(arguments: [200, 204, 302, 400, 404, 410, 429, 500, 503])
    func `A status is an answer`(status: Int) throws {
        guard
            case .answered(let answer) = try exchange({ _ in
                .answer(status, headers: ["Location: http://169.254.169.254/"])
            })
        else {
            Issue.record("no answer")
            return
        }
        #expect(answer.status == status)
    }

    @Test func `A closed port means that nothing was sent`() throws {
        let server = HTTPFaultServer { _ in .hang }
        server.stop()
        #expect(try HTTPAccount.local(server).exchange() == .notSent(code: "connection_refused"))
    }

    @Test func `A request that follows another knows its own phase`() throws {
        let server = HTTPFaultServer { request in
            request.number == 1 ? .answer(200, headers: ["Connection: close"]) : .hang
        }
        var account = try HTTPAccount.local(server)
        account.connections = 1
        let results = HTTPResults()
        let first = Mutex(false)
        let transport = try HTTPTransport(account) { batch in
            results.take(batch)
            first.withLock { $0 = true }
        }
        transport.submit([HTTPRequest(token: 1, body: Array("a".utf8))])
        server.awaitRequests(1)
        while !first.withLock({ $0 }) { sched_yield() }
        server.stop()
        transport.submit([HTTPRequest(token: 2, body: Array("b".utf8))])
        transport.finish(within: 60)
        #expect(results.all[2] == .notSent(code: "connection_refused"))
    }

    @Test func `No answer in time is a loss while waiting for the answer`() throws {
        #expect(try exchange(timeout: 0.3) { _ in .hang } == .lost(.awaitingAnswer, detail: "timeout"))
    }

    @Test func `A reset or closed connection behind the request is a loss`() throws {
        #expect(try exchange { _ in .resetAfterBody } == .lost(.awaitingAnswer, detail: "connection_lost"))
        #expect(try exchange { _ in .close } == .lost(.awaitingAnswer, detail: "connection_lost"))
    }

    @Test func `A reset within a large body is a loss while sending`() throws {
        let body = String(repeating: "x", count: 32 << 20)
        #expect(try exchange(body: body) { _ in .resetBeforeBody } == .lost(.sending, detail: "connection_lost"))
    }

    @Test func `An answer that breaks off is a loss in the answer`() throws {
        #expect(try exchange { _ in .truncated(200, body: "{}") } == .lost(.answer, detail: "truncated_answer"))
        #expect(try exchange(timeout: 0.3) { _ in .stallAfterHead(200) } == .lost(.answer, detail: "timeout"))
        #expect(
            try exchange { _ in .raw("HTTP/1.1 200 OK\r\nContent-Le") } == .lost(.answer, detail: "truncated_answer")
        )
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 99999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "\0\0\0\0",
    ])
    func `An answer that can't be read is a loss in the answer`(text: String) throws {
        guard case .lost(.answer, _) = try exchange({ _ in .raw(text) }) else {
            Issue.record("not lost in the answer")
            return
        }
    }

    @Test func `A body is cut at the limit, and the status still counts`() throws {
        guard case .answered(let answer) = try exchange({ _ in .huge(200, bytes: 4 << 20) }) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.status == 200 && answer.isCut && answer.body.count == 64 << 10)
    }

    @Test func `A head without end is refused`() throws {
        let head =
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X-A: \(String(repeating: "b", count: 1000))\r\n", count: 200)
        guard case .lost(.answer, _) = try exchange({ _ in .raw(head) }) else {
            Issue.record("not lost in the answer")
            return
        }
    }

    @Test func `An informational answer is not the answer`() throws {
        let text = "HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\nHTTP/1.1 204 Done\r\n\r\n"
        #expect(try exchange { _ in .raw(text) } == .answered(HTTPAnswer(status: 204)))
    }

    @Test(arguments: ["X: a\r\nY: b", "X: a\nY: b", "X: a\0b"])
    func `A header that would become two is not sent`(header: String) throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        let results = try HTTPAccount.local(server).exchange([HTTPRequest(token: 1, headers: [header], body: [])])
        #expect(results == [.notSent(code: "unsafe_header")])
        #expect(server.requests.isEmpty)
    }

    /// The server answers once and closes the connection when it has read the second request.
    private static let closesOnSecond: HTTPFaultServer.Script = { $0.number == 2 ? .close : .answer(200) }

    @Test func `A request whose used connection closes is not sent again`() throws {
        let server = HTTPFaultServer(HTTPTransportTests.closesOnSecond)
        defer { server.stop() }
        let results = try HTTPAccount.local(server).exchange([
            HTTPRequest(token: 1, body: [1]), HTTPRequest(token: 2, body: [2]),
        ])
        #expect(results == [.answered(HTTPAnswer(status: 200)), .lost(.awaitingAnswer, detail: "connection_lost")])
        #expect(server.requests.map(\.body) == [[1], [2]])
    }

    @Test func `It is sent again where the server takes two for one`() throws {
        let server = HTTPFaultServer(HTTPTransportTests.closesOnSecond)
        defer { server.stop() }
        var account = try HTTPAccount.local(server)
        account.mayRepeat = true
        let results = try account.exchange([HTTPRequest(token: 1, body: [1]), HTTPRequest(token: 2, body: [2])])
        #expect(results == [.answered(HTTPAnswer(status: 200)), .answered(HTTPAnswer(status: 200))])
        #expect(server.requests.map(\.body) == [[1], [2], [2]])
    }

    @Test func `Many requests run side by side within the bound`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        var account = try HTTPAccount.local(server)
        account.connections = 4
        let results = HTTPResults()
        let transport = try HTTPTransport(account) { results.take($0) }
        for wave in 0..<20 {
            transport.submit((0..<50).map { HTTPRequest(token: UInt64(wave * 50 + $0), body: Array("\($0)".utf8)) })
        }
        transport.finish(within: 60)
        #expect(results.count == 1000 && results.all.count == 1000)
        #expect(results.all.values.allSatisfy { $0 == .answered(HTTPAnswer(status: 200)) })
        #expect((1...4).contains(server.connections))
    }

    @Test func `At the end of the time, what was begun is unknown and the rest was not sent`() throws {
        let server = HTTPFaultServer { _ in .hang }
        defer { server.stop() }
        var account = try HTTPAccount.local(server)
        account.connections = 2
        let results = HTTPResults()
        let transport = try HTTPTransport(account) { results.take($0) }
        transport.submit((0..<5).map { HTTPRequest(token: $0, body: [1]) })
        server.awaitRequests(2)
        transport.finish(within: 0)
        #expect(results.count == 5)
        #expect(results.all.values.count { $0 == .lost(.awaitingAnswer, detail: "stopped") } == 2)
        #expect(results.all.values.count { $0 == .notSent(code: "not_begun") } == 3)
    }

    @Test func `The environment's proxy is not used`() throws {
        let server = HTTPFaultServer { _ in .answer(200) }
        defer { server.stop() }
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        defer { unsetenv("http_proxy") }
        #expect(try HTTPAccount.local(server).exchange() == .answered(HTTPAnswer(status: 200)))
    }
}
