import Channels
import FoundationEssentials
import TestKit
import Testing

@testable import Channels

@Suite struct ComposeTests {
    private struct Meant: Encodable {
        var subject: String
        var address: String
        var name: String
        var sender: String
        var message_id: String
        var date: String
        var unsubscribe: String?
        var list_id: String?
        var types: [String]
        var parts: [String]
    }

    private static let texts: [String] = [
        "Hello.",
        "One\nTwo\r\nThree\rFour\n\n",
        ".\n..\n.leading dot\r\n.\r\nQUIT\r\n",
        "From here on\nFrom there\n",
        "trailing space \ntrailing tab\t\n  leading\n",
        "Grüße aus München, schöne Straße\n",
        "日本語の本文です。とても長いので折り返しが必要になります。\n本当に。\n",
        "👋 20% off — today only = now\n",
        String(repeating: "long line without end ", count: 100),
        String(repeating: "ä", count: 400),
        String(repeating: "x", count: 989) + "\n" + String(repeating: "y", count: 990),
        String(repeating: "z", count: 991),
        String(repeating: "abc ä ", count: 60) + " \n" + String(repeating: ".", count: 200),
        "--=_case\n--=_case--\n",
        "\n\n\nlate start",
        "a\u{0B}b\u{7F}c\u{01}\n",
        "= equals =3D =\n=",
    ]

    private static let names = [
        "", "Anna", "Anna Müller", "O'Brien, \"Pat\" <x>", "日本語", "=?utf-8?q?trick?=",
        String(repeating: "Very Long Name ", count: 12) + "Jr", "a.b", "Two  spaces",
    ]

    @Test("an independent reader gets back what was meant")
    func readBack() throws {
        let folder = try TemporaryFolder()
        let sender = try #require(Mailbox("Bücher & Söhne <hello@shop.example>"))
        let composer = MailComposer(from: sender, now: { 1_735_689_600 })
        let subjects =
            try EncodedWordVectors.load().inputs.filter { !$0.contains("\t") } + [
                "", " leading", "trailing ", "two  spaces", String(repeating: "word ", count: 60),
            ]
        var count = 0
        for (index, text) in Self.texts.enumerated() {
            for shape in 0..<3 {
                var content = MessageContent()
                let name = Self.names[count % Self.names.count]
                let subject = subjects[count % subjects.count]
                let reference = shape == 2 ? "case" : "ref\(count)"
                content.recipient = Array((count % 5 == 0 ? "anna@bücher.example" : "anna+x@example.com").utf8)
                content.recipientName = Array(name.utf8)
                content.subject = Array(subject.utf8)
                content.reference = Array(reference.utf8)
                let other = Self.texts[(index + 5) % Self.texts.count]
                content.text = shape == 1 ? [] : Array(text.utf8)
                content.html = shape == 0 ? [] : Array((shape == 1 ? text : other).utf8)
                if count % 2 == 0 {
                    content.unsubscribeURL = Array("https://u.example.com/o/abc".utf8)
                    content.campaign = Array("spring-sale".utf8)
                }
                var wire: [UInt8] = []
                try composer.compose(content, into: &wire)
                var again: [UInt8] = []
                try composer.compose(content, into: &again)
                #expect(wire == again)
                let meant = Meant(
                    subject: subject, address: count % 5 == 0 ? "anna@xn--bcher-kva.example" : "anna+x@example.com",
                    name: name, sender: "Bücher & Söhne", message_id: "<\(reference)@shop.example>",
                    date: "2025-01-01T00:00:00+00:00",
                    unsubscribe: count % 2 == 0 ? "<https://u.example.com/o/abc>" : nil,
                    list_id: count % 2 == 0 ? "<spring-sale.shop.example>" : nil,
                    types: [["text/plain"], ["text/html"], ["text/plain", "text/html"]][shape],
                    parts: [[text], [text], [text, other]][shape])
                try folder.write("\(count).mail", wire)
                try folder.write("\(count).json", try JSONEncoder().encode(meant))
                count += 1
            }
        }
        let python = try Python(script: "read_mails.py", [folder.path])
        #expect(python.finish() == "read \(count)")
    }

    @Test(
        "what could forge a header or a command is refused",
        arguments: ["\r\nBcc: x@y.example", "\n", "\r", "\0", "\t", "\u{7F}"])
    func refusesControls(_ smuggled: String) throws {
        let composer = MailComposer(from: try #require(Mailbox("a@shop.example")))
        let fields: [(String, WritableKeyPath<MessageContent, [UInt8]>, String)] = [
            ("recipient", \.recipient, "a@example.com"), ("recipient_name", \.recipientName, "Anna"),
            ("subject", \.subject, "Hello"), ("reference", \.reference, "r1"), ("campaign", \.campaign, "c"),
            ("unsubscribe_url", \.unsubscribeURL, "https://x.example/"),
        ]
        for (name, field, value) in fields {
            var content = Self.plain()
            content[keyPath: field] = Array((value + smuggled).utf8)
            #expect(throws: ComposeError.unsafeHeader(field: name)) {
                var wire: [UInt8] = []
                try composer.compose(content, into: &wire)
            }
        }
    }

    @Test(
        "addresses that no envelope can hold are refused",
        arguments: [
            "", "a", "@example.com", "a@", "a b@example.com", "a..b@example.com", ".a@example.com", "a.@example.com",
            "\"a b\"@example.com", "a@exa mple.com", "a@-x.example", "a@x-.example", "a@.example", "a@x..example",
            "ü@example.com", "a@[127.0.0.1]", "a@b@", "<a@example.com>", "a@example.com>", "a,b@example.com",
            "a@bu\u{308}cher.example",
        ])
    func badAddress(_ address: String) throws {
        let composer = MailComposer(from: try #require(Mailbox("a@shop.example")))
        var content = Self.plain()
        content.recipient = Array(address.utf8)
        #expect(throws: ComposeError.badAddress) {
            var wire: [UInt8] = []
            try composer.compose(content, into: &wire)
        }
    }

    @Test("a mail beyond the limit leaves nothing behind")
    func tooLarge() throws {
        let composer = MailComposer(from: try #require(Mailbox("a@shop.example")), sizeLimit: 2000)
        var content = Self.plain()
        content.text = [UInt8](repeating: 0x61, count: 3000)
        var wire: [UInt8] = [1, 2, 3]
        #expect(throws: ComposeError.tooLarge(limit: 2000)) { try composer.compose(content, into: &wire) }
        #expect(wire == [1, 2, 3])
        content.text = []
        #expect(throws: ComposeError.empty) { try composer.compose(content, into: &wire) }
    }

    @Test(
        "host names become A-labels",
        arguments: [
            ("bücher.example", "xn--bcher-kva.example"), ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("президент.рф", "xn--d1abbgf6aiiy.xn--p1ai"),
            ("faß.example", "xn--fa-hia.example"), ("plain.example", "plain.example"),
        ])
    func punycode(_ typed: String, _ ascii: String) {
        #expect(Punycode.hostName(typed) == ascii)
    }

    private static func plain() -> MessageContent {
        var content = MessageContent()
        content.recipient = Array("a@example.com".utf8)
        content.subject = Array("Hello".utf8)
        content.text = Array("Hello.".utf8)
        content.reference = Array("r1".utf8)
        return content
    }
}

struct EncodedWordVectors: Decodable {
    private struct RoundTrip: Decodable {
        let inputs: [String]
    }

    private let encode_round_trip: RoundTrip
    var inputs: [String] { encode_round_trip.inputs }

    static func load() throws -> EncodedWordVectors {
        let path = Python.supportFolder + "/../ChannelsTests/Vectors/encoded-words.json"
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(filePath: path)))
    }
}
