import Channels
import Glibc
import TestKit
import Testing

@testable import Sandbox

/// The phone as a person meets it. What a browser sends of itself with a form is not what a test client sends.
@Suite(.enabled(if: access("/usr/bin/chromedriver", X_OK) == 0, "chromium-driver is not installed"))
struct PageBrowserTests {
    @Test func `somebody types STOP into a phone, and the account knows`() throws {
        let playground = try Playground()
        let adapter = try #require(Adapter.all.first { $0.name == "twilio" })
        var content = adapter.content()
        content.text = Array("Spring has come".utf8)
        _ = try adapter.send(try adapter.channel(adapter.configuration(playground.server.address)), [content])
        let address = "http://127.0.0.1:\(playground.server.address.port)/?c=sms%2Funder-test%2F%2B491511234567"
        let seen = try Python(script: "type_into_phone.py", [address, "STOP"]).finish()
        // `scripts/setup.sh tests` installs the browser; one that can't start would leave the page untested.
        try #require(!seen.contains(#""unavailable""#), "a browser is installed and can't start: \(seen)")
        #expect(seen.contains("Spring has come") && seen.contains("STOP"), "\(seen)")
        #expect(playground.server.book.facts.hasStopped("under-test", "+491511234567"))
    }
}
