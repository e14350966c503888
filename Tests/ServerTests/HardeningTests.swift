import Glibc
import Testing

@testable import Server

@Suite struct HardeningTests {
    @Test(arguments: ["/u/" + ServerFixture.token, "/u/wrong", "/page.css", "/healthz", "/nothing-here", "/"])
    func `every answer carries the headers that keep a page to itself`(path: String) async throws {
        let response = try await ServerFixture().serve { try $0.request("GET", path) }
        let policy = response.headers["content-security-policy"] ?? ""
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("script"))
        #expect(response.headers["x-content-type-options"] == "nosniff")
        #expect(response.headers["referrer-policy"] == "no-referrer")
        #expect(response.headers["cache-control"] == "no-store")
        #expect(!response.body.contains("<script"))
    }

    @Test func `healthz says ok`() async throws {
        let response = try await ServerFixture().serve { try $0.request("GET", "/healthz") }
        #expect(response.status == 200)
        #expect(response.body == "ok\n")
    }

    /// Nobody needs a key to open a connection and say nothing.
    @Test func `two thousand connections that say nothing keep nobody out`() async throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // Both ends are in this process.
        let needed = rlim_t(5_000)
        if limit.rlim_cur < needed, limit.rlim_max >= needed {
            limit.rlim_cur = needed
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let count = limit.rlim_cur >= needed ? 2_000 : 200
        var server = WebServer(port: 0, unsubscribe: ServerFixture().service)
        server.connections = count + 200
        let status = try await RunningServer.serve(server) { client in
            var idle: [Int32] = []
            defer { for descriptor in idle { close(descriptor) } }
            for _ in 0..<count { idle.append(try client.connect()) }
            return try client.request("GET", "/healthz").status
        }
        #expect(status == 200)
    }

    @Test func `where the project has errors, whoever calls the API is told to come again`() async throws {
        let answer = try await ServerFixture().serve { try $0.request("POST", "/api/v1/events", body: "{}") }
        #expect(answer.status == 503)
        #expect(answer.headers["retry-after"] == "30")
        #expect(answer.body.contains(#""code": "errors""#))
    }

    @Test func `a body beyond four kilobytes is refused`() async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve {
            try $0.form(
                "/u/" + ServerFixture.token,
                String(repeating: "x=y&", count: 1200) + "List-Unsubscribe=One-Click"
            )
        }
        #expect(response.status == 413)
        #expect(fixture.recorded.isEmpty)
    }

    @Test func `a header list beyond 32 kilobytes is not read to the end`() async throws {
        let answer = try await ServerFixture().serve { client in
            let head =
                "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + String(repeating: "a", count: 60_000) + "\r\n\r\n"
            return String(decoding: try client.exchange(Array(head.utf8)).prefix(12), as: UTF8.self)
        }
        #expect(!answer.hasPrefix("HTTP/1.1 200"))
    }

    @Test func `a request for a method that a route does not have changes nothing`() async throws {
        let fixture = ServerFixture()
        let response = try await fixture.serve { client in
            try client.request("DELETE", "/u/" + ServerFixture.token)
        }
        #expect(response.status == 404 || response.status == 405)
        #expect(fixture.recorded.isEmpty)
    }
}
