import TestKit
import Testing

@testable import Channels

@Suite("Files that messages show or carry") struct MediaTests {
    /// The example of the scheme's own documentation.
    @Test func `an address is signed as the scheme's example says`() {
        let signature = AWSSignature(
            keyID: "AKIAIOSFODNN7EXAMPLE", secret: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "s3")
        let address = signature.address(
            scheme: "https", host: "examplebucket.s3.amazonaws.com", path: "/test.txt", validFor: 86_400,
            now: 1_369_353_600)
        #expect(
            address.hasSuffix("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(address.hasPrefix("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
    }

    private static let secret = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    private static func source(_ place: MediaSource.Place) -> MediaSource {
        MediaSource(place) { name in
            name.hasSuffix(".pdf")
                ? MediaSource.Name(
                    text: name, type: "application/pdf", matches: { $0.starts(with: Array("%PDF-".utf8)) }) : nil
        }
    }

    @Test func `a bucket opens for our signature, and only the whole file of the right type is taken`() throws {
        let server = try Python(script: "s3_store.py")
        let port = try #require(server.readLine())
        let store = try MediaStore(
            url: "http://127.0.0.1:\(port)/media", region: "eu-central-1", secret: Secret(Self.secret),
            allowsPrivate: true)
        let source = Self.source(.store(store))
        let plan = try source.attachment("fair/plan.pdf")
        #expect(plan.bytes == Array("%PDF-1.7 another plan".utf8))
        #expect(plan.name == "plan.pdf" && plan.type == "application/pdf")
        #expect(try source.attachment("fair/plan one.pdf").bytes.count == 15)
        // Kept: it isn't fetched again.
        #expect(try source.attachment("fair/plan.pdf") == plan)
        for name in ["fair/page.pdf", "fair/large.pdf", "fair/none.pdf", "fair/plan.exe"] {
            #expect(throws: ComposeError.missingFile(name)) { try source.attachment(name) }
        }
        let other = try MediaStore(
            url: "http://127.0.0.1:\(port)/media", region: "eu-central-1", secret: Secret("AKIDEXAMPLE:wrong"),
            allowsPrivate: true)
        #expect(throws: ComposeError.missingFile("fair/plan.pdf")) {
            try Self.source(.store(other)).attachment("fair/plan.pdf")
        }
        let log = server.finish()
        #expect(log.contains(#"["/media/fair/plan%20one.pdf", 200]"#))
        #expect(log.components(of: #"["/media/fair/plan.pdf", 200]"#) == 1)
        #expect(log.contains(#"["/media/fair/plan.pdf", 403]"#))
    }

    @Test func `a private store needs to be allowed`() throws {
        let store = try MediaStore(
            url: "http://127.0.0.1:1/media", region: "eu", secret: Secret(Self.secret), allowsPrivate: false)
        #expect(throws: ComposeError.missingFile("a.pdf")) { try Self.source(.store(store)).attachment("a.pdf") }
        #expect(throws: ChannelSetupError.self) {
            try MediaStore(url: "https://s.example/b", region: "eu", secret: Secret("nothing"), allowsPrivate: false)
        }
    }

    @Test func `a mail carries the files of the folder, and nothing from outside of it`() throws {
        let folder = try TemporaryFolder()
        try folder.write("plan.pdf", Array("%PDF-1.7 plan".utf8))
        let source = Self.source(.folder(folder.path))
        var configuration = ChannelConfiguration(
            id: "mail", kind: "email", provider: "outbox", from: "a@acme.example",
            settings: ["folder": folder.path + "/out"], baseFolder: folder.path)
        configuration.media = source
        let channel = try OutboxChannel(configuration)
        var content = MessageContent()
        content.recipient = Array("b@example.com".utf8)
        content.reference = Array("abc123".utf8)
        content.text = Array("The plan.".utf8)
        content.attachmentNames = ["plan.pdf"]
        var wire: [UInt8] = []
        try channel.compose(content, into: &wire)
        let text = String(decoding: wire, as: UTF8.self)
        #expect(text.contains("Content-Type: multipart/mixed; boundary=\"=_Xabc123\""))
        #expect(text.contains("Content-Disposition: attachment; filename=\"plan.pdf\""))
        #expect(text.contains("JVBERi0xLjcgcGxhbg=="))
        #expect(text.contains("The plan."))
        content.attachmentNames = ["none.pdf"]
        #expect(throws: ComposeError.missingFile("none.pdf")) { try channel.compose(content, into: &wire) }
    }

    @Test func `an approved text has its header and its buttons filled`() throws {
        var configuration = ChannelConfiguration(
            id: "wa", kind: "whatsapp", provider: "whatsapp-cloud", settings: ["phone_number_id": "1"], baseFolder: "/")
        configuration.media = Self.source(.sandbox)
        let channel = try WhatsAppCloudProvider.descriptor.make(configuration)
        var content = MessageContent()
        content.recipient = Array("+4915112345678".utf8)
        content.approved = ApprovedText(name: "fair", language: "en", values: [Array("Anna".utf8)])
        content.media = MessageMedia(kind: .file, url: [], name: Array("plan.pdf".utf8))
        content.media?.storedName = "fair/plan.pdf"
        content.buttons = [
            MessageButton(title: [], action: .reply(Array("yes".utf8))),
            MessageButton(title: [], action: .open(url: Array("fair?a=1".utf8))),
        ]
        var wire: [UInt8] = []
        try channel.compose(content, into: &wire)
        let text = String(decoding: wire, as: UTF8.self)
        #expect(
            text.contains(
                #""components":[{"type":"header","parameters":[{"type":"document","document":{"link":"https://media.sandbox.invalid/fair/plan.pdf","filename":"plan.pdf"}}]},{"type":"body","parameters":[{"type":"text","text":"Anna"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"yes"}]},{"type":"button","sub_type":"url","index":"1","parameters":[{"type":"text","text":"fair?a=1"}]}]"#
            ), "\(text)")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
