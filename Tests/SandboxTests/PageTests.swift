import Channels
import Testing

@testable import Sandbox

@Suite struct PageTests {
    private static func get(_ server: SandboxServer, _ path: String, _ query: String = "") -> HTTPReply {
        var call = HTTPCall()
        call.method = "GET"
        call.path = path
        call.query = query
        call.headers["host"] = "127.0.0.1:8090"
        return server.page.answer(call)
    }

    private static func post(
        _ server: SandboxServer, _ path: String, _ body: String, _ headers: [String: String] = [:]
    ) -> HTTPReply {
        var call = HTTPCall()
        call.method = "POST"
        call.path = path
        call.body = Array(body.utf8)
        call.headers = ["host": "127.0.0.1:8090"].merging(headers) { $1 }
        return server.page.answer(call)
    }

    private static func text(_ reply: HTTPReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    private static func send(_ name: String, _ text: String, html: String = "") throws -> Playground {
        let playground = try Playground()
        let adapter = try #require(Adapter.all.first { $0.name == name })
        var content = adapter.content()
        content.text = Array(text.utf8)
        content.html = Array(html.utf8)
        _ = try adapter.send(try adapter.channel(adapter.configuration(playground.server.address)), [content])
        return playground
    }

    @Test func `what a message holds is shown and never run`() throws {
        let playground = try Self.send("twilio", "<script>alert(1)</script> \" onload=\"x &amp;")
        let page = Self.text(Self.get(playground.server, "/", "c=sms%2Funder-test%2F%2B491511234567"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &quot; onload=&quot;x &amp;amp;"))
        #expect(!page.contains("<script>alert"))
        #expect(page.contains("phone of +491511234567"))
    }

    @Test func `a mail's HTML stands in a frame that may run and load nothing`() throws {
        let playground = try Self.send("sendgrid", "Hello", html: "<p>Hi<script>alert(1)</script></p>")
        let page = Self.text(Self.get(playground.server, "/", "c=email%2F%2Fada%40example.com"))
        #expect(page.contains("<iframe sandbox=\"allow-popups\""))
        #expect(!page.contains("alert(1)"))
        let mail = Self.get(playground.server, "/html", "c=email%2F%2Fada%40example.com&m=0")
        #expect(Self.text(mail).contains("<p>Hi"))
        let policy = try #require(mail.headers.first { $0.hasPrefix("Content-Security-Policy") })
        #expect(policy.contains("sandbox allow-popups;") && policy.contains("default-src 'none'"))
    }

    @Test func `another host name and a foreign page get nothing`() throws {
        let playground = try Self.send("twilio", "Hello")
        var call = HTTPCall()
        call.method = "GET"
        call.path = "/"
        call.headers["host"] = "attacker.example"
        #expect(playground.server.page.answer(call).status == 403)
        let body = "c=sms/under-test/%2B491511234567&text=STOP"
        let foreign = Self.post(playground.server, "/reply", body, ["origin": "http://attacker.example"])
        #expect(foreign.status == 403)
        #expect(Self.post(playground.server, "/reply", body).status == 303)
        #expect(playground.server.book.facts.hasStopped("under-test", "+491511234567"))
    }

    @Test func `after STOP Twilio refuses, and after START it takes again`() throws {
        let playground = try Self.send("twilio", "Hello")
        let adapter = try #require(Adapter.all.first { $0.name == "twilio" })
        let channel = try adapter.channel(adapter.configuration(playground.server.address))
        let say = { (text: String) in
            _ = Self.post(playground.server, "/reply", "c=sms/under-test/%2B491511234567&text=\(text)")
        }
        say("STOP")
        #expect(
            try adapter.send(channel, [adapter.content()]) == [.rejected(code: "21610", suppress: .providerOptOut)])
        say("START")
        let again = try adapter.send(channel, [adapter.content()])
        #expect(again.count == 1)
        if case .accepted? = again.first {} else { Issue.record("\(again)") }
    }
}
