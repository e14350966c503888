import Runner
import Storage
import Testing

/// What a visitor brings and gets, and who may have it.
@Suite("Files of the web chat") struct ChatFileTests {
    /// One pixel.
    static let picture: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1]
        + [8, 4, 0, 0, 0, 0xB5, 0x1C, 0x0C, 2, 0, 0, 0, 0x0B, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63, 0x64, 0x60, 0]
        + [0, 0, 6, 0, 2, 0x30, 0x81, 0xD0, 0x2F, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

    @Test func `a visitor brings a picture, and both sides have it`() async throws {
        let fixture = try ChatFixture()
        try await fixture.serve { client in
            let session = try client.session()
            let kept = try client.bring(
                Self.picture, name: "My%20d%C3%B6t.png", type: "image/png", token: session.token)
            #expect(kept.status == 201)
            #expect(kept.body.contains(#""name":"My döt.png","type":"image/png","size":\#(Self.picture.count)"#))
            let id = RawClient.value("id", in: kept.body)
            let body = #"{"cid":"a1","text":"","files":["\#(id)"]}"#
            let sent = try client.chat("POST", "messages", token: session.token, body: body)
            #expect(sent.status == 200)
            // The same message again is the same one, its file already there.
            #expect(try client.chat("POST", "messages", token: session.token, body: body).body == sent.body)
            // Another message can't have it a second time.
            let again = #"{"cid":"a2","text":"","files":["\#(id)"]}"#
            #expect(try client.chat("POST", "messages", token: session.token, body: again).status == 404)
            let history = try client.chat("GET", "messages?after=0", token: session.token).body
            #expect(history.contains(#""kind":"image""#))
            let address = Self.address(of: id, in: history)
            let (answer, bytes) = try client.bytes("GET", address)
            #expect(answer.status == 200 && bytes == Self.picture)
            #expect(answer.headers["content-type"] == "image/png")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["content-disposition"] == "attachment; filename*=UTF-8''My%20d%C3%B6t.png")
            #expect(answer.headers["content-security-policy"] == "default-src 'none'; sandbox")
            // Without the ticket, with another's or a changed one there is nothing.
            let path = String(address.prefix { $0 != "?" })
            for wrong in [path, path + "?t=", path + "?t=9999999999.aaaa", String(address.dropLast())] {
                #expect(try client.bytes("GET", wrong).answer.status == 404)
            }
            let other =
                path.replacing(id, with: "f_" + String(repeating: "a", count: 26)) + address.dropFirst(path.count)
            #expect(try client.bytes("GET", other).answer.status == 404)
            // Our own side signs the file's id.
            let (own, copy) = try client.bytes("GET", path, headers: RawClient.signed("", id: id))
            #expect(own.status == 200 && copy == Self.picture)
            #expect(try client.bytes("GET", path, headers: RawClient.signed("", id: "other")).answer.status == 401)
        }
        try fixture.read()
        let detail = try fixture.text("SELECT detail FROM channel_event WHERE kind = 'inbound'").first ?? ""
        #expect(detail.contains("image/png") && detail.contains("My döt.png"), "\(detail)")
    }

    @Test(arguments: [
        ("page.html", "text/html", "<html><script>1</script>"), ("a.svg", "image/svg+xml", "<svg onload=alert(1)>"),
        ("a.png", "image/png", "<html>"), ("a.txt", "text/plain", " <script>1</script>"),
        ("a.txt", "text/html", "plain"), ("a.exe", "application/octet-stream", "MZ"), ("a", "image/png", "x"),
        ("a.docx", "application/octet-stream", "PK\u{3}\u{4}"), ("a.png", "text/html", "\u{89}PNG"),
        ("a.txt", "text/plain", "a\u{0}b"),
    ])
    func `what isn't what it says, or isn't taken, is refused`(_ name: String, _ type: String, _ text: String)
        async throws
    {
        let fixture = try ChatFixture()
        let status = try await fixture.serve { client in
            let token = try client.session().token
            return try client.bring(Array(text.utf8), name: name, type: type, token: token).status
        }
        #expect(status == 415)
        #expect(try fixture.text("SELECT count(*) FROM chat_file") == ["0"])
    }

    @Test func `sizes, rooms and kinds have their limits`() async throws {
        let fixture = try ChatFixture(uploads: .init(kinds: .images, limit: 2000))
        try await fixture.serve { client in
            let token = try client.session().token
            let padded = Self.picture + [UInt8](repeating: 0, count: 2000 - Self.picture.count)
            #expect(try client.bring(padded, name: "a.png", type: "image/png", token: token).status == 201)
            let large = try client.bring(padded + [0], name: "a.png", type: "image/png", token: token)
            #expect(large.status == 413 && large.body.contains("chat_file_too_large"))
            let huge = try client.bring(padded + padded, name: "a.png", type: "image/png", token: token)
            #expect(huge.status == 413)
            #expect(
                try client.bring(Array("%PDF-1".utf8), name: "a.pdf", type: "application/pdf", token: token).status
                    == 415)
            #expect(try client.bring(Self.picture, name: "", type: "image/png", token: token).status == 400)
            #expect(try client.bring(Self.picture, name: "a.png", type: "image/png", token: "x").status == 401)
            #expect(
                try client.bring(
                    Self.picture, name: "a.png", type: "image/png", token: token, origin: "https://evil.example"
                ).status == 403)
            // A name is a name, and no way through folders.
            let named = try client.bring(Self.picture, name: "..%2F..%2F.a.png", type: "image/png", token: token)
            #expect(named.status == 201 && named.body.contains(#""name":"a.png""#))
            // Somebody else's file is nobody's.
            let id = RawClient.value("id", in: named.body)
            let other = try client.session(from: "198.51.100.7")
            let theirs = try client.chat(
                "POST", "messages", token: other.token, body: #"{"cid":"x","text":"","files":["\#(id)"]}"#)
            #expect(theirs.status == 404 && theirs.body.contains("chat_unknown_file"))
        }
        let closed = try ChatFixture(uploads: .init(kinds: .none))
        let refused = try await closed.serve { client in
            try client.bring(Self.picture, name: "a.png", type: "image/png", token: try client.session().token)
        }
        #expect(refused.status == 403 && refused.body.contains("chat_no_uploads"))
    }

    @Test func `a message of ours brings its files once, and none that visitors couldn't open safely`() async throws {
        let fixture = try ChatFixture()
        try await fixture.serve { client in
            let session = try client.session()
            let pdf = "JVBERi0xLjQK"
            let data = #""to":"\#(session.visitor)","text":"Your bill","attachments":[{"name":"bill.pdf","#
            let good = data + #""type":"application/pdf","content":"\#(pdf)"}]"#
            #expect(try client.deliver(data: good, id: "d1").status == 200)
            #expect(try client.deliver(data: good, id: "d1").status == 200)
            let bad = data.replacing("bill.pdf", with: "bill.html") + #""type":"text/html","content":"\#(pdf)"}]"#
            #expect(try client.deliver(data: bad, id: "d2").status == 415)
            let history = try client.chat("GET", "messages?after=0", token: session.token).body
            let id = RawClient.value("id", in: String(history.split(separator: #""files":["#).last ?? ""))
            let (answer, bytes) = try client.bytes("GET", Self.address(of: id, in: history))
            #expect(answer.headers["content-type"] == "application/pdf")
            #expect(String(decoding: bytes, as: UTF8.self) == "%PDF-1.4\n")
        }
        #expect(try fixture.text("SELECT count(*) FROM chat_file") == ["1"])
    }

    @Test func `both sides see that the other writes, until a message comes`() async throws {
        let fixture = try ChatFixture()
        try await fixture.serve { client in
            let session = try client.session()
            let quiet = try client.typing(true, to: session.visitor)
            #expect(quiet.body == "{\"visitor_typing\":false,\"visitor_online\":false}\n")
            let told = try client.chat("POST", "typing", token: session.token, body: #"{"on":true}"#)
            #expect(told.status == 204)
            #expect(try client.typing(true, to: session.visitor).body.contains(#""visitor_typing":true"#))
            // A page that opens now sees it, and sees it end with the message.
            var isAnswered = false
            let seen = try client.stream("/webchat/v1/site/stream", token: session.token) { received in
                if received.contains(#""on":true"#), !isAnswered {
                    isAnswered = true
                    #expect(try client.typing(true, to: session.visitor).body.contains(#""visitor_online":true"#))
                    _ = try client.deliver("Here", to: session.visitor, id: "1")
                }
                return received.contains(#""on":false"#)
            }
            #expect(seen.contains("event: typing\ndata: {\"from\":\"us\",\"on\":true}"))
            _ = try client.chat("POST", "messages", token: session.token, body: #"{"cid":"a","text":"Thanks"}"#)
            #expect(try client.typing(false, to: session.visitor).body.contains(#""visitor_typing":false"#))
            #expect(try client.chat("POST", "typing", token: session.token, body: "{}").status == 400)
            #expect(try client.chat("POST", "typing", token: "x", body: #"{"on":true}"#).status == 401)
            let forged = ["webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"]
            let body = #"{"data":{"to":"\#(session.visitor)","on":true}}"#
            #expect(try client.request("POST", "/webchat/v1/site/typing", headers: forged, body: body).status == 401)
        }
    }

    @Test func `files that no message came for go away, and a person's go with the person`() async throws {
        let fixture = try ChatFixture()
        try fixture.store.connect().execute(
            "INSERT INTO contact (id, external_id, created_at, updated_at) VALUES (7, '42', 0, 0)")
        try await fixture.serve { client in
            let session = try client.session(
                #"{"identify":{"external_id":"42","hash":"35d8efefcce3315572ab083f5bd74373ead85b1f1221a3e439922c14030241f1"}}"#
            )
            _ = try client.bring(Self.picture, name: "old.png", type: "image/png", token: session.token)
            try fixture.store.connect().execute("UPDATE chat_file SET at = 0")
            let kept = try client.bring(Self.picture, name: "new.png", type: "image/png", token: session.token)
            let id = RawClient.value("id", in: kept.body)
            _ = try client.chat(
                "POST", "messages", token: session.token, body: #"{"cid":"a","text":"","files":["\#(id)"]}"#)
        }
        #expect(try fixture.text("SELECT name || ' ' || seq FROM chat_file") == ["new.png 1"])
        let consent = try fixture.store.openConsents()
        try consent.erase(ContactKey(rawValue: 7), source: "asked", actor: "test", now: RunnerEnvironment.live.now())
        #expect(try fixture.text("SELECT count(*) FROM chat_file") == ["0"])
    }

    private static func address(of id: String, in history: String) -> String {
        let parts = history.split(separator: "\"/webchat/v1/site/files/\(id)", omittingEmptySubsequences: false)
        return parts.count > 1 ? "/webchat/v1/site/files/\(id)" + parts[1].prefix { $0 != "\"" } : ""
    }
}
