import Crypto
import CryptoExtras
import FoundationEssentials
import TestKit
import Testing

@testable import Channels

@Suite struct DKIMTests {
    private struct Key {
        let pem: String
        /// The TXT record that a domain would publish.
        let record: String
    }

    private static func rsa() throws -> Key {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        return Key(
            pem: key.pemRepresentation,
            record: "v=DKIM1; k=rsa; p=" + key.publicKey.derRepresentation.base64EncodedString())
    }

    /// The key of RFC 8463, appendix A.2.
    private static func ed25519() throws -> Key {
        let secret = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: try #require(Data(base64Encoded: secret)))
        let der = Data([
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ])
        let encoded = (der + key.rawRepresentation).base64EncodedString()
        return Key(
            pem: "-----BEGIN PRIVATE KEY-----\n\(encoded)\n-----END PRIVATE KEY-----\n",
            record: "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    }

    private static let bodies: [(text: String, html: String)] = [
        ("Hello.", ""), ("", "<p>Grüße</p>"), ("Hallo Anna\n", "<p>Hallo <b>Anna</b></p>\n"),
        (".\n..\n.leading dot\r\n.\r\nQUIT\r\n", ""),
        ("trailing space \ntrailing tab\t\n  two  spaces\t\tin here\n\n\n", ""),
        ("\n\n\nlate start", "<p>x</p>"), (String(repeating: "日本語 ", count: 300), ""),
        (String(repeating: "x", count: 989) + "\n.", ""),
    ]

    @Test("an independent verifier accepts our signatures, and none of a changed mail", arguments: [true, false])
    func verified(isRSA: Bool) throws {
        let key = try isRSA ? Self.rsa() : Self.ed25519()
        let folder = try TemporaryFolder()
        let composer = MailComposer(
            from: try #require(Mailbox("Bücher & Söhne <hello@mail.shop.example>")),
            signer: DKIMSigner(
                key: try #require(DKIMKey(pem: key.pem)), domain: Array("shop.example".utf8),
                selector: Array("s1".utf8)), now: { 1_735_689_600 })
        for (index, body) in Self.bodies.enumerated() {
            var content = MessageContent()
            content.recipient = Array("anna@mail.example".utf8)
            content.recipientName = Array((index.isMultiple(of: 2) ? "Anna Müller" : "").utf8)
            content.subject = Array(String(repeating: "Grüße ", count: index * 4 + 1).utf8)
            content.text = Array(body.text.utf8)
            content.html = Array(body.html.utf8)
            content.reference = Array("r-\(index)".utf8)
            content.campaign = index.isMultiple(of: 3) ? [] : Array("spring".utf8)
            content.unsubscribeURL = Array((index == 1 ? "" : "https://go.shop.example/u/\(index)").utf8)
            // Bytes of another message stand in front: the signature goes to the right place.
            var wire = Array("before\r\n".utf8)
            try composer.compose(content, into: &wire)
            #expect(wire.starts(with: Array("before\r\nDKIM-Signature: v=1; a=".utf8)))
            try folder.write("m\(index).mail", wire.dropFirst(8))
        }
        let python = try Python(
            script: "verify_dkim.py", [folder.path, "shop.example", "s1", key.record])
        #expect(python.finish() == "verified \(Self.bodies.count)")
    }

    @Test("what is no usable key is refused with what to do")
    func refusals() throws {
        func setUp(_ settings: [String: String], secret: String?) throws -> SMTPChannel {
            try SMTPChannel(
                ChannelConfiguration(
                    id: "email-main", kind: "email", provider: "smtp", from: "a@shop.example",
                    settings: ["host": "localhost"].merging(settings, uniquingKeysWith: { $1 }),
                    secret: secret.map { Secret($0) },
                    baseFolder: "/"))
        }
        let selector = ["dkim_selector": "s1"]
        let cases: [(settings: [String: String], secret: String?, words: String)] = [
            (selector, nil, "its secret has no `dkim_key`"),
            (selector, "user:password", "its secret has no `dkim_key`"),
            (selector, #"{"dkim_key": "nonsense"}"#, "not a usable private key"),
            (["dkim_domain": "shop.example"], nil, "no selector"), ([:], #"{"dkim_key": "x"}"#, "no selector"),
            (["dkim_selector": "not a name"], #"{"dkim_key": "x"}"#, "not a host name"),
            ([:], #"{"user": "only"}"#, "not a user and a password"), ([:], "neither", "not a user and a password"),
        ]
        for (settings, secret, words) in cases {
            do {
                _ = try setUp(settings, secret: secret)
                Issue.record("no error where one says: \(words)")
            } catch let error as ChannelSetupError {
                #expect(error.message.contains(words), "\(error.message)")
            }
        }
        #expect(DKIMKey(pem: try _RSA.Signing.PrivateKey(keySize: .bits2048).publicKey.pemRepresentation) == nil)
    }
}
