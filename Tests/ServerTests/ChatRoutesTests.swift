import Storage
import Testing

@Suite("Web chat over HTTP") struct ChatRoutesTests {
    /// HMAC-SHA256 of `42` under the fixture's key.
    private static let hashOf42 = "35d8efefcce3315572ab083f5bd74373ead85b1f1221a3e439922c14030241f1"

    @Test func `a visitor writes, is read like every channel, and gets an answer`() async throws {
        let fixture = try ChatFixture()
        let (visitor, told) = try await fixture.serve { client in
            let session = try client.session()
            let sent = try client.chat(
                "POST", "messages", token: session.token,
                body: #"{"cid":"a1","text":"Hello?\u0000","page":"https://acme.example/cart?secret=1"}"#)
            #expect(sent.status == 200)
            #expect(sent.body.contains("\"seq\":1"))
            // The same message again is the same one.
            let again = try client.chat(
                "POST", "messages", token: session.token, body: #"{"cid":"a1","text":"Hello?"}"#)
            #expect(again.body == sent.body)
            let answer = try client.deliver("Hi <img src=x onerror=alert(1)>", to: session.visitor, id: "d1")
            #expect(answer.status == 200)
            #expect(try client.deliver("Hi", to: session.visitor, id: "d1").body == answer.body)
            let history = try client.chat("GET", "messages?after=0", token: session.token)
            #expect(!history.body.contains("<img"))
            let receipt = try client.chat("POST", "receipts", token: session.token, body: #"{"delivered":2,"read":2}"#)
            #expect(receipt.status == 204)
            return (session.visitor, history.body)
        }
        #expect(told.contains(#""seq":1"#) && told.contains(#""seq":2"#) && !told.contains(#""seq":3"#))
        try fixture.read()
        #expect(
            try fixture.text("SELECT kind || ' ' || ifnull(text, '') FROM channel_event ORDER BY id") == [
                "inbound Hello?", "delivered ", "read ",
            ])
        #expect(try fixture.text("SELECT address FROM channel_event WHERE kind = 'inbound'") == [visitor])
        #expect(try fixture.text("SELECT count(*) FROM conversation") == ["1"])
        // What stands behind a question mark may be anything.
        #expect(try fixture.text("SELECT count(*) FROM channel_event WHERE detail LIKE '%secret%'") == ["0"])
    }

    @Test func `STOP in the chat is a wish like anywhere`() async throws {
        let fixture = try ChatFixture()
        try await fixture.serve { client in
            let session = try client.session()
            _ = try client.chat("POST", "messages", token: session.token, body: #"{"cid":"s","text":"STOP"}"#)
        }
        try fixture.read()
        #expect(try fixture.text("SELECT meaning FROM channel_event").first?.hasPrefix("stop") == true)
        #expect(try fixture.text("SELECT channel FROM suppression") == ["webchat"])
    }

    @Test func `foreign sites, forged tokens and unsigned messages are refused`() async throws {
        let fixture = try ChatFixture()
        try await fixture.serve { client in
            let foreign = try client.chat("POST", "sessions", origin: "https://evil.example", body: "{}")
            #expect(foreign.status == 403)
            #expect(foreign.headers["access-control-allow-origin"] == nil)
            let session = try client.session()
            let preflight = try client.chat("OPTIONS", "messages")
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-origin"] == "https://acme.example")
            #expect(preflight.headers["access-control-allow-credentials"] == nil)
            for token in ["", "x", session.token + "a", String(session.token.dropLast()), "v_aaaa.9999999999.b"] {
                #expect(try client.chat("GET", "messages", token: token).status == 401)
            }
            let other = session.visitor.replacing(session.visitor.suffix(2), with: "aa")
            let forged = session.token.replacing(session.visitor, with: other)
            #expect(try client.chat("GET", "messages", token: forged).status == 401)
            #expect(try client.chat("GET", "messages").status == 401)
            let unsigned = try client.request(
                "POST", "/webchat/v1/site/deliver",
                body: #"{"data":{"to":"\#(session.visitor)","text":"Hi"}}"#)
            #expect(unsigned.status == 401)
            #expect(try client.deliver("Hi", to: "v_" + String(repeating: "a", count: 26), id: "x").status == 404)
            #expect(try client.chat("POST", "messages", token: session.token, body: "[1]").status == 400)
            let long = String(repeating: "x", count: 4001)
            #expect(
                try client.chat("POST", "messages", token: session.token, body: #"{"cid":"l","text":"\#(long)"}"#)
                    .status
                    == 413)
            let huge = String(repeating: "x", count: 70_000)
            #expect(
                try client.chat("POST", "messages", token: session.token, body: #"{"cid":"l","text":"\#(huge)"}"#)
                    .status
                    == 413)
            #expect(try client.request("GET", "/webchat/v1/other/stream").status == 404)
        }
    }

    @Test func `who the visitor is has to be proved, and leads to the contact`() async throws {
        let fixture = try ChatFixture(mustIdentify: true)
        try fixture.store.connect().execute(
            "INSERT INTO contact (id, external_id, created_at, updated_at) VALUES (7, '42', 0, 0)")
        let hash = Self.hashOf42
        try await fixture.serve { client in
            #expect(try client.chat("POST", "sessions", body: "{}").status == 401)
            let wrong = String(repeating: "0", count: 64)
            #expect(
                try client.chat("POST", "sessions", body: #"{"identify":{"external_id":"42","hash":"\#(wrong)"}}"#)
                    .status == 403)
            let one = try client.session(#"{"identify":{"external_id":"42","hash":"\#(hash)"}}"#)
            let two = try client.session(#"{"identify":{"external_id":"42","hash":"\#(hash)"}}"#)
            // Every browser of a person shows the same conversation.
            #expect(one.visitor == two.visitor && one.visitor.hasPrefix("u_"))
        }
        #expect(try fixture.text("SELECT contact || ' ' || kind FROM identity") == ["7 webchat"])
    }

    @Test func `what somebody wrote before they were known becomes theirs, a STOP with it`() async throws {
        let fixture = try ChatFixture()
        try fixture.store.connect().execute(
            "INSERT INTO contact (id, external_id, created_at, updated_at) VALUES (7, '42', 0, 0)")
        let proof = #""identify":{"external_id":"42","hash":"\#(Self.hashOf42)"}"#
        let before = try await fixture.serve { client in
            let known = try client.session("{\(proof)}")
            _ = try client.deliver("Welcome", to: known.visitor, id: "d0")
            let guest = try client.session()
            for text in ["Hello", "STOP"] {
                let body = #"{"cid":"\#(text)","text":"\#(text)"}"#
                _ = try client.chat("POST", "messages", token: guest.token, body: body)
            }
            return (known, guest)
        }
        try fixture.read()
        let (known, guest) = before
        let history = try await fixture.serve { client in
            // Without a proof nothing is given away, and with a wrong one neither.
            let wrong = proof.replacing(Self.hashOf42, with: String(repeating: "0", count: 64))
            #expect(
                try client.chat("POST", "sessions", body: #"{"token":"\#(guest.token)",\#(wrong)}"#).status == 403)
            let merged = try client.session(#"{"token":"\#(guest.token)",\#(proof)}"#)
            #expect(merged.visitor == known.visitor)
            // Once.
            _ = try client.session(#"{"token":"\#(guest.token)",\#(proof)}"#)
            // An answer to the guest reaches the person; the guest's old token shows nothing of it.
            #expect(try client.deliver("You are out.", to: guest.visitor, id: "d1").status == 200)
            #expect(!(try client.chat("GET", "messages?after=0", token: guest.token).body.contains("You are out.")))
            return try client.chat("GET", "messages?after=0", token: merged.token).body
        }
        let texts = ["Welcome", "Hello", "STOP", "You are out."]
        var rest = history[...]
        for (place, text) in texts.enumerated() {
            let found = try #require(rest.firstRange(of: text), "\(history)")
            rest = rest[found.upperBound...]
            #expect(history.contains("\"seq\":\(place + 1),"))
        }
        #expect(!history.contains("\"seq\":5,"))
        #expect(
            try fixture.text("SELECT count(DISTINCT address_key) FROM suppression WHERE channel = 'webchat'") == ["2"])
        #expect(try fixture.text("SELECT DISTINCT contact FROM conversation") == ["7"])
        #expect(
            try fixture.text("SELECT address FROM identity WHERE contact = 7 ORDER BY rank") == [
                known.visitor, guest.visitor,
            ])
        #expect(try fixture.text("SELECT value > 0 FROM meta WHERE key = 'suppression_epoch'") == ["1"])
    }

    @Test func `joiners stay, and what hides or turns a text goes`() async throws {
        let fixture = try ChatFixture()
        let history = try await fixture.serve { client in
            let session = try client.session()
            // "I want" in Persian, and an astronaut.
            for text in ["\u{0645}\u{06CC}\u{200C}\u{062E}\u{0648}\u{0627}\u{0647}\u{0645}", "👩\u{200D}🚀"] {
                let body = #"{"cid":"c\#(text.utf8.count)","text":"\#(text)"}"#
                #expect(try client.chat("POST", "messages", token: session.token, body: body).status == 200)
            }
            let clean = #"{"cid":"c9","text":"a\u200b\u202e\u0007b"}"#
            #expect(try client.chat("POST", "messages", token: session.token, body: clean).status == 200)
            // Nothing but joiners is nothing.
            let joiners = #"{"cid":"c10","text":"\u200d\u200c"}"#
            #expect(try client.chat("POST", "messages", token: session.token, body: joiners).status == 400)
            return try client.chat("GET", "messages?after=0", token: session.token).body
        }
        #expect(history.contains("\u{0645}\u{06CC}\u{200C}\u{062E}"))
        #expect(history.contains("👩\u{200D}🚀"))
        #expect(history.contains(#""text":"ab""#))
    }

    @Test func `a server that has no secret of a chat says so, and stays up`() async throws {
        let fixture = try ChatFixture(secret: nil)
        try await fixture.serve { client in
            let session = try client.session()
            let answer = try client.deliver("Hi", to: session.visitor, id: "d1")
            #expect(answer.status == 503 && answer.body.contains("chat_no_secret"))
            #expect(
                try client.chat("POST", "messages", token: session.token, body: #"{"cid":"a","text":"x"}"#).status
                    == 200)
        }
    }

    @Test func `whoever writes too much or opens too many sessions waits`() async throws {
        let fixture = try ChatFixture()
        let (messages, sessions, others) = try await fixture.serve { client in
            let session = try client.session(from: "198.51.100.1")
            // The buckets fill again while a busy machine answers.
            var messages: [RawClient.Response] = []
            while messages.last?.status != 429, messages.count < 200 {
                let body = #"{"cid":"c\#(messages.count)","text":"x"}"#
                messages.append(try client.chat("POST", "messages", token: session.token, body: body))
            }
            var sessions: [Int] = []
            while sessions.last != 429, sessions.count < 200 {
                sessions.append(try client.chat("POST", "sessions", body: "{}", from: "198.51.100.2").status)
            }
            let other = try client.chat("POST", "sessions", body: "{}", from: "198.51.100.3").status
            return (messages.map { ($0.status, $0.headers["retry-after"]) }, sessions, other)
        }
        #expect(messages.count > 10 && messages.dropLast().allSatisfy { $0.0 == 200 } && messages.last?.0 == 429)
        #expect(messages.last?.1 != nil)
        #expect(sessions.count > 30 && sessions.dropLast().allSatisfy { $0 == 201 } && sessions.last == 429)
        #expect(others == 201)
    }

    @Test func `the stream replays what was missed and goes on`() async throws {
        let fixture = try ChatFixture()
        let seen = try await fixture.serve { client in
            let session = try client.session()
            _ = try client.deliver("one", to: session.visitor, id: "1")
            _ = try client.deliver("two", to: session.visitor, id: "2")
            // It ends with the connection: twenty seconds without a byte would, and the keep-alive comes earlier.
            return try client.stream("/webchat/v1/site/stream?after=1", token: session.token) { received in
                if received.contains("data: "), !received.contains("three") {
                    _ = try client.deliver("three", to: session.visitor, id: "3")
                }
                return received.contains("three")
            }
        }
        #expect(seen.contains("text/event-stream"))
        #expect(!seen.contains("\"one\"") && seen.contains("id: 2\n") && seen.contains("id: 3\n"))
    }

    @Test func `the script is one file that any page may load`() async throws {
        let response = try await ChatFixture().serve { try $0.request("GET", "/webchat/v1/widget.js") }
        #expect(response.status == 200)
        #expect(response.headers["cross-origin-resource-policy"] == "cross-origin")
        #expect(!response.body.contains("innerHTML") && !response.body.contains("eval("))
    }
}
