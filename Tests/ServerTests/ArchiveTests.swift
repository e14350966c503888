import Glibc
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

@testable import Server

/// Messages as they were sent, over the API and in the browser.
@Suite struct ArchiveTests {
    private static let html = """
        <html><head><title>For you</title><style>h1 { color: #123456 }</style></head><body><h1>Hello <<contact.first_name | default: \\"there\\">></h1>\
        <script>document.title = 'run'</script><p><a id=\\"own\\" href=\\"<<browser.link>>\\">in the browser</a> \
        <a id=\\"away\\" href=\\"<<unsubscribe.link>>\\">no more</a></p></body></html>
        """

    /// A mail to Anna, as somebody asked for it over the API.
    private static func send(_ fixture: ServiceFixture, html: String? = ArchiveTests.html) async throws -> String {
        let id = try await fixture.serve { call -> String in
            _ = try call(
                "PUT", "/contacts/c1", #"{"email": "anna@example.com", "plan": "pro", "first_name": "Anna & Co"}"#)
            let part = html.map { #", "html": "\#($0)""# } ?? ""
            let sent = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "subject": "Your news", "#
                    + #""text": "Hello <<contact.first_name | default: \"there\">>: https://shop.example/a?b=1&c=2. <<browser.link>>"\#(part)}"#
            )
            #expect(sent.status == 202, "\(sent.text)")
            return sent.body["id"]?.string ?? ""
        }
        try fixture.runPrograms()
        return id
    }

    /// The path of the link in a message's text.
    private static func link(_ call: ServiceClient, _ id: String) throws -> String {
        let text = try call("GET", "/deliveries/\(id)/message").body["message"]?["text"]?.string ?? ""
        let start = try #require(text.firstRange(of: "http://127.0.0.1:8087/v/"), "\(text)")
        return "/v/" + text[start.upperBound...].prefix { $0.isLetter || $0.isNumber }
    }

    @Test func `a single message is told as it was sent, to whoever may see people's data`() async throws {
        let fixture = try ServiceFixture()
        let id = try await Self.send(fixture)
        try await fixture.serve { call in
            let before = try call("GET", "/deliveries/\(id)/message").body
            #expect(before["kept"]?.string == "kept" && before["status"]?.string == "accepted")
            let message = try #require(before["message"])
            #expect(message["subject"]?.string == "Your news")
            #expect(message["text"]?.string?.hasPrefix("Hello Anna & Co: https://shop.example/a?b=1&c=2. http") == true)
            #expect(message["html"]?.string?.contains("<h1>Hello Anna &amp; Co</h1>") == true)
            // The mail that lies in the outbox says the same.
            let mail = try #require(try fixture.outbox().first)
            #expect(mail.contains("Subject: Your news\r\n"))
            #expect(try call("PATCH", "/contacts/c1", #"{"first_name": "Berta"}"#).status == 200)
            #expect(try call("GET", "/deliveries/\(id)/message").body.text == before.text)
            #expect(try call("GET", "/deliveries/\(id)/message", scopes: [.viewReports]).status == 403)
            #expect(try call("GET", "/deliveries/nonsense/message").code == "unknown_delivery")

            let export = try call("GET", "/contacts/c1/export").body
            let told = export["records"]?["sent_message"]?.items.first
            #expect(told?["message"]?["text"]?.string == message["text"]?.string)
            #expect(export["records"]?["message_archive"] == nil)
            let csv = try call("GET", "/contacts/c1/export.csv").text
            #expect(csv.contains("sent_message,1,message.subject,Your news\n"), "\(csv)")

            let session = try fixture.session("eve", .reviewer, [.viewPersonalData])
            let seen = try call("GET", "/deliveries/\(id)/message", key: session)
            #expect(seen.status == 200 && seen.body.text == before.text, "\(seen.text)")
            let noted = try fixture.store.connect().integer(
                "SELECT count(*) FROM audit_entry WHERE action = 'getDeliveredMessage' AND actor LIKE '%eve%'")
            #expect(noted == 1)
        }
    }

    @Test func `a mail in the browser is the one that was mailed, without script and without a trace`() async throws {
        let fixture = try ServiceFixture()
        let id = try await Self.send(fixture)
        try await fixture.serve { call in
            let link = try Self.link(call, id)
            let html = try call("GET", "/deliveries/\(id)/message").body["message"]?["html"]?.string
            let before = try Self.state(fixture)
            for method in ["GET", "HEAD", "GET"] {
                let page = try call.client.request(method, link)
                #expect(page.status == 200)
                if method == "GET" { #expect(page.body == html) }
                let policy = page.headers["content-security-policy"] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; ") && policy.contains("; sandbox allow-popups"))
                #expect(!policy.contains("script-src") && !policy.contains("allow-scripts"))
                #expect(policy.contains("form-action 'none'; frame-ancestors 'none'; base-uri 'none'"))
                #expect(page.headers["x-robots-tag"] == "noindex")
                #expect(page.headers["referrer-policy"] == "no-referrer")
                #expect(page.headers["cache-control"] == "no-store")
            }
            // What a mail program's one-click POST would do elsewhere does nothing here.
            #expect(try call.client.form(link, "List-Unsubscribe=One-Click").status >= 400)
            #expect(try Self.state(fixture) == before)
            // A wrong one is like every other wrong link; another page's opens nothing here, and this one nothing there.
            let wrong = try call.client.request("GET", "/u/" + String(repeating: "a", count: 40))
            for path in [link + "a", "/v/" + String(repeating: "a", count: 40), "/v/" + id, "/v/x"] {
                let answer = try call.client.request("GET", path)
                #expect(answer.status == 404 && answer.body == wrong.body, "\(path)")
            }
            for page in ["/u/", "/p/", "/o/"] {
                #expect(try call.client.request("GET", page + link.dropFirst(3)).status == 404)
            }
            let preview = DeliveryKey(launch: .preview, contact: ContactKey(rawValue: 1), step: 1)
            var token: [UInt8] = []
            ReferenceSealer(fixture.store.key, for: .view).seal(preview, into: &token)
            let test = try call.client.request("GET", "/v/" + String(decoding: token, as: UTF8.self))
            #expect(test.status == 200 && test.body.contains("there is no link"))

            #expect(try call("DELETE", "/contacts/c1?because=letter").status == 200)
            let gone = try call.client.request("GET", link)
            #expect(gone.status == 404 && gone.body.contains("not kept any more"))
            #expect(try call("GET", "/deliveries/\(id)/message").body["kept"]?.string == "erased")
        }
        let bytes = try fixture.databaseBytes()
        for word in ["Anna", "anna@example.com"] { #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word)") }
    }

    @Test func `a mail without HTML is a plain page whose addresses can be followed`() async throws {
        let fixture = try ServiceFixture()
        let id = try await Self.send(fixture, html: nil)
        try await fixture.serve { call in
            let page = try call.client.request("GET", try Self.link(call, id))
            #expect(page.status == 200)
            #expect(page.body.contains("<h1>Your news</h1>") && page.body.contains("Hello Anna &amp; Co: "))
            let address = "https://shop.example/a?b=1&amp;c=2"
            #expect(page.body.contains(#"<a href="\#(address)" rel="noreferrer">\#(address)</a>. "#), "\(page.body)")
            #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'; style-src 'self'") == true)
        }
    }

    @Test(arguments: [
        ("<b> & \"x\"", "&lt;b&gt; &amp; &quot;x&quot;"), ("http and https", "http and https"), ("", ""),
        ("(https://a.example/)", #"(<a href="https://a.example/" rel="noreferrer">https://a.example/</a>)"#),
        ("javascript:alert(1) data:x", "javascript:alert(1) data:x"),
        (
            #"https://a.example/"onclick=x"#,
            #"<a href="https://a.example/" rel="noreferrer">https://a.example/</a>&quot;onclick=x"#
        ),
    ])
    func `plain text becomes a page`(text: String, html: String) {
        #expect(MailView.linked(text) == html)
    }

    @Test(.enabled(if: access("/usr/bin/chromedriver", X_OK) == 0, "chromium-driver is not installed"))
    func `a person looks at a mail in a browser, where no script runs and its links work`() async throws {
        let fixture = try ServiceFixture()
        let id = try await Self.send(fixture)
        let seen = try await fixture.serve { call in
            let base = "http://127.0.0.1:\(call.client.port)"
            return try Python(script: "view_mail.py", [base + (try Self.link(call, id)), base, "en"]).finish()
        }
        try #require(!seen.contains(#""unavailable""#), "a browser is installed and can't start: \(seen)")
        #expect(seen.contains(#""heading": "Hello Anna & Co""#), "\(seen)")
        #expect(seen.contains(#""color": "rgba(18, 52, 86, 1)""#), "the mail's own style: \(seen)")
        #expect(seen.contains(#""title": "For you""#), "its script did not run: \(seen)")
        #expect(seen.contains(#""followed": "No more mail from Our Shop?""#), "\(seen)")
    }

    /// Everything that looking at a page must not change.
    private static func state(_ fixture: ServiceFixture) throws -> [Int64] {
        let connection = try fixture.store.connect()
        return try ["consent_event", "suppression", "channel_event", "delivery_status", "link_click", "topic_optout"]
            .map {
                try connection.integer("SELECT count(*) FROM \($0)") ?? 0
            }
    }
}
