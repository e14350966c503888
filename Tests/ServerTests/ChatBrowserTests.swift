import Glibc
import TestKit
import Testing

/// The chat as a visitor meets it, on a page of another site with a strict content policy.
@Suite(.enabled(if: access("/usr/bin/chromedriver", X_OK) == 0, "chromium-driver is not installed"))
struct ChatBrowserTests {
    @Test func `a visitor writes and reads, and no text of either side becomes anything but text`() async throws {
        let site = try Self.freePort()
        let fixture = try ChatFixture(origin: "http://127.0.0.1:\(site)")
        let seen = try await fixture.serve { client -> String in
            let script = try Python(
                script: "chat_in_browser.py", ["http://127.0.0.1:\(client.port)", "\(site)"])
            let first = script.readLine() ?? ""
            guard !first.contains("unavailable"), !first.isEmpty else { return first + script.finish() }
            let visitor = RawClient.value("visitor", in: first.replacing("\": \"", with: "\":\""))
            let text = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>"
            // The page has told that its visitor writes.
            #expect(
                try client.typing(false, to: visitor).body.contains(#""visitor_typing":true,"visitor_online":true"#))
            #expect(try client.deliver(text, to: visitor, id: "answer").status == 200)
            #expect(try client.typing(true, to: visitor).status == 200)
            return script.finish()
        }
        // `scripts/setup.sh tests` installs the browser; one that can't start would leave the page untested.
        try #require(!seen.contains(#""unavailable""#), "a browser is installed and can't start: \(seen)")
        #expect(seen.contains(#""alerted": "undefined""#), "\(seen)")
        #expect(seen.contains(#""elements": 0"#), "\(seen)")
        #expect(seen.contains(#""again": 3"#), "\(seen)")
        #expect(seen.contains(#""accept": true"#) && seen.contains(#""picture": "dot.png""#), "\(seen)")
        #expect(seen.contains(#""writes": true"#), "\(seen)")
        // What the visitor has written stands there once.
        #expect(seen.contains(#""mine": 2"#), "\(seen)")
        #expect(seen.contains(#""opener": "Chat""#), "\(seen)")
        #expect(seen.contains(#""written": "<b>Hello</b>""#), "\(seen)")
        #expect(seen.contains("onerror="), "\(seen)")
        #expect(seen.contains(#""background": "rgb(26, 95, 180)""#), "\(seen)")
        #expect(seen.contains(#""title": "Acme <b>& S"#), "\(seen)")
        try fixture.read()
        #expect(try fixture.text("SELECT count(*) FROM channel_event WHERE kind IN ('delivered', 'read')") != ["0"])
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
