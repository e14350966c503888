import RuleEngine
import Runner
import Storage
import Testing

@testable import Server

/// Single messages that show something, from the request to the outbox, on each kind of channel that has it; and what a channel
/// can't carry, which is said before anything is written.
@Suite struct MediaMessageTests {
    private static let kinds = ["telegram", "webchat", "sms"]
    /// They take what they have not approved from people only who have just written there.
    private static let sessionKinds = ["whatsapp", "messenger", "instagram"]

    private func fixture() throws -> ServiceFixture {
        let project = ServiceProject.files.first { $0.path == "carillon.yaml" }?.text ?? ""
        return try ServiceFixture(
            extra: (Self.kinds + Self.sessionKinds).map {
                ("channels/\($0).yaml", "channel: \($0)\nkind: \($0)\nprovider: outbox\nfolder: outbox\n")
            } + [
                ("carillon.yaml", project + "media: {folder: media}\n"), ("media/plan.pdf", "%PDF-1.7 the plan"),
                ("media/plan.png", "this is no picture"),
                // Texts and nothing else; pictures, and no places; sounds, and no text beside them.
                ("channels/texts.yaml", "channel: texts\nkind: sms\nprovider: vonage\nfrom: Shop\nsecret: none\n"),
                (
                    "channels/pictures.yaml",
                    "channel: pictures\nkind: sms\nprovider: twilio\nfrom: '+15005550006'\nsecret: none\n"
                ),
                (
                    "channels/sounds.yaml",
                    "channel: sounds\nkind: whatsapp\nprovider: whatsapp-cloud\nphone_number_id: '12345'\nsecret: none\n"
                ),
            ])
    }

    private static let anna = #"""
        {"email": "anna@example.com", "plan": "pro", "phone": "+4915112345678", "whatsapp": "+4915112345678",
         "telegram": "4711", "messenger": "psid-1", "instagram": "igsid-1", "webchat": "v-1"}
        """#

    private static let shown: [(type: String, name: String)] = [
        ("IMAGE", "fair.jpg"), ("VIDEO", "fair.mp4"), ("AUDIO", "greeting.mp3"), ("FILE", "plan.pdf"),
    ]

    @Test(arguments: kinds) func `pictures, videos, sounds and files are sent as what they are`(_ kind: String)
        async throws
    {
        let fixture = try fixture()
        let ids = try await fixture.serve { call in
            #expect(try call("PUT", "/contacts/c1", Self.anna).status == 201)
            return try Self.shown.map { type, name in
                let reply = try call(
                    "POST", "/communication/messages",
                    """
                    {"channel": "\(kind)", "contact": "c1", "purpose": "transactional", "type": "\(type)",
                     "media": "https://cdn.example/\(name)", "file_name": "our \(name)", "text": "This is it"}
                    """)
                #expect(reply.status == 202 && reply.body["status"]?.string == "QUEUED", "\(reply.text)")
                return reply.body["id"]?.string ?? ""
            }
        }
        try fixture.runPrograms()
        let files = try fixture.outbox().compactMap { JSON(reading: Array($0.utf8)) }
        #expect(files.count == Self.shown.count)
        for (type, name) in Self.shown {
            let sent = files.first { $0["media"]?["kind"]?.string == type.lowercased() }
            #expect(sent?["media"]?["url"]?.string == "https://cdn.example/" + name, "\(type)")
            #expect(sent?["media"]?["name"]?.string == "our " + name, "\(type)")
            #expect(sent?["text"]?.string == "This is it" && sent?["channel"]?.string == kind, "\(type)")
        }
        try await fixture.serve { call in
            for (id, (type, _)) in zip(ids, Self.shown) {
                let message = try call("GET", "/communication/messages/" + id).body
                #expect(message["type"]?.string == type && message["status"]?.string == "SENT")
                let list = try call("GET", "/communication/messages?type=" + type).body["items"]?.items
                #expect(list?.compactMap { $0["id"]?.string } == [id])
            }
        }
    }

    @Test(arguments: sessionKinds) func `who has written within a day gets texts of our own, and nobody else`(
        _ kind: String
    ) async throws {
        let fixture = try fixture()
        let body = #""channel": "\#(kind)", "purpose": "transactional", "text": "Here it is""#
        try await fixture.serve { call in
            for (number, hours) in [("1", 23), ("2", 25)] {
                let address = kind == "whatsapp" ? "+491511234567\(number)" : "p-\(number)"
                #expect(
                    try call("PUT", "/contacts/c\(number)", #"{"plan": "pro", "\#(kind)": "\#(address)"}"#).status
                        == 201)
                let at = ServiceFixture.now.microseconds - Int64(hours) * 3_600_000_000
                try fixture.store.connect().execute(
                    """
                    INSERT INTO channel_event (channel, event_key, webhook, kind, at, received_at, state, contact, text)
                    SELECT '\(kind)', 'k\(number)', 0, 'inbound', \(at), \(at), 1, id, 'Where is it?' FROM contact
                    WHERE external_id = 'c\(number)'
                    """)
            }
            let fresh = try call("POST", "/communication/messages", #"{"contact": "c1", \#(body)}"#)
            #expect(fresh.body["status"]?.string == "QUEUED", "\(fresh.text)")
            let late = try call("POST", "/communication/messages", #"{"contact": "c2", \#(body)}"#)
            #expect(late.body["status"]?.string == "SKIPPED" && late.body["reason"]?.string == "session_closed")
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().count == 1)
    }

    @Test func `a mail carries a file of the project`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            let reply = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "type": "FILE", "media": "plan.pdf", "subject": "The plan", "text": "Here"}"#
            )
            #expect(reply.body["status"]?.string == "QUEUED", "\(reply.text)")
        }
        try fixture.runPrograms()
        let mail = try #require(try fixture.outbox().first)
        #expect(mail.contains("Subject: The plan") && mail.contains("application/pdf") && mail.contains("plan.pdf"))
        #expect(mail.contains("JVBERi0xLjcgdGhlIHBsYW4="), "the file's bytes")
    }

    private static let web = #""media": "https://cdn.example/fair.jpg""#

    /// Nothing of these is written, and the finding says why.
    private static let refused: [(channel: String, body: String, finding: String)] = [
        ("texts", #""type": "IMAGE", \#(web)"#, "E0191"), ("texts", #""type": "FILE", "text": "a", \#(web)"#, "E0191"),
        ("texts", #""type": "VIDEO", "media": "https://cdn.example/fair.mp4""#, "E0191"),
        ("texts", #""type": "AUDIO", "media": "https://cdn.example/fair.mp3""#, "E0191"),
        ("pictures", #""type": "LOCATION", "location": {"latitude": 52.5, "longitude": 13.4}"#, "E0191"),
        ("sounds", #""type": "AUDIO", "text": "a", "media": "https://cdn.example/a.mp3""#, "E0191"),
        ("email-main", #""type": "IMAGE", "subject": "a", "text": "b", \#(web)"#, "E0192"),
        ("email-main", #""type": "FILE", "subject": "a", "text": "b", "media": "nothing.pdf""#, "E0192"),
        ("email-main", #""type": "IMAGE", "subject": "a", "text": "b", "media": "plan.png""#, "E0192"),
        ("telegram", #""type": "IMAGE", "media": "https://cdn.example/fair.mp4""#, "E0192"),
        ("telegram", #""type": "FILE", "media": "https://cdn.example/fair.exe""#, "E0192"),
        ("telegram", #""type": "IMAGE", "media": "http://cdn.example/fair.jpg""#, "E0192"),
        ("telegram", #""type": "FILE", "media": "plan.pdf""#, "E0192"),
        ("telegram", #""type": "FILE", "media": "../secrets.pdf""#, "E0192"),
    ]

    @Test func `what a channel can't carry is refused before anything is written`() async throws {
        let fixture = try fixture()
        try await fixture.serve { call in
            _ = try call("PUT", "/contacts/c1", Self.anna)
            for (channel, body, finding) in Self.refused {
                let reply = try call(
                    "POST", "/communication/messages",
                    #"{"channel": "\#(channel)", "contact": "c1", "purpose": "transactional", \#(body)}"#)
                #expect(reply.status == 422 && reply.code == "bad_message", "\(channel) \(body): \(reply.text)")
                #expect(
                    reply.body["errors"]?.items.first?["code"]?.string == finding, "\(channel) \(body): \(reply.text)")
            }
            // A mail's attachment is called as its file is.
            let named = try call(
                "POST", "/communication/messages",
                #"{"channel": "email-main", "contact": "c1", "purpose": "transactional", "type": "FILE", "media": "plan.pdf", "file_name": "ours.pdf", "subject": "a", "text": "b"}"#
            )
            #expect(named.code == "bad_message", "\(named.text)")
            #expect(try call("GET", "/communication/messages").body["items"]?.items.isEmpty == true)
        }
        try fixture.runPrograms()
        #expect(try fixture.outbox().isEmpty)
    }
}
