import Glibc
import Server
import TestKit
import Testing

/// The page as a person meets it. A browser obeys our content policy, so what it forbids by mistake shows here.
@Suite(.enabled(if: access("/usr/bin/chromedriver", X_OK) == 0, "chromium-driver is not installed"))
struct BrowserTests {
    @Test func `a person reads the question, presses the button and is unsubscribed once`() async throws {
        let fixture = ServerFixture()
        let seen = try await fixture.serve { client in
            let link = "http://127.0.0.1:\(client.port)/u/" + ServerFixture.token
            return try Python(script: "press_unsubscribe.py", [link, "de"]).finish()
        }
        // `scripts/setup.sh tests` installs the browser; one that can't start would leave the page untested.
        try #require(!seen.contains(#""unavailable""#), "a browser is installed and can't start: \(seen)")
        let question = "Keine Post mehr von Acme <Garden> & Söhne?"
        let done = #"{"button": null, "heading": "Du bist abgemeldet", "title": "Du bist abgemeldet"}"#
        #expect(seen.contains(#""asked": {"button": "Abmelden", "heading": "\#(question)", "title": "\#(question)"}"#))
        // The style sheet was let in by the policy.
        #expect(seen.contains(#""background": "rgba(26, 95, 180, 1)""#))
        #expect(seen.contains(#""done": \#(done)"#))
        #expect(seen.contains(#""again": \#(done)"#))
        #expect(fixture.recorded == [ServerFixture.token])
    }
}
