import TestKit
import Testing

@testable import Channels

/// The wire form of everything that is not plain text.
struct ContentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let script: ProviderScript
        let change: @Sendable (inout MessageContent) -> Void
        /// What the wire form holds; empty where it must be refused.
        let holds: [String]

        var testDescription: String { "\(script.provider): \(name)" }
    }

    private static func image(_ content: inout MessageContent) {
        content.media = MessageMedia(kind: .image, url: Array("https://cdn.example.com/a.jpg".utf8))
    }

    private static func file(_ content: inout MessageContent) {
        content.media = MessageMedia(
            kind: .file,
            url: Array("https://cdn.example.com/a.pdf".utf8),
            name: Array("bill.pdf".utf8)
        )
    }

    private static func place(_ content: inout MessageContent) {
        content.text = []
        content.location = MessageLocation(latitude: 37.5, longitude: -122.25, label: Array("HQ".utf8))
    }

    private static func buttons(_ content: inout MessageContent) {
        content.buttons = [
            MessageButton(title: Array("Yes".utf8), action: .reply(Array("r:yes".utf8))),
            MessageButton(title: Array("No".utf8), action: .reply(Array("r:no".utf8))),
        ]
    }

    private static func link(_ content: inout MessageContent) {
        content.buttons = [
            MessageButton(title: Array("Open".utf8), action: .open(url: Array("https://a.example".utf8)))
        ]
    }

    private static func approved(_ name: String, _ values: [String]) -> @Sendable (inout MessageContent) -> Void {
        { $0.approved = ApprovedText(name: name, language: "en_US", values: values.map { Array($0.utf8) }) }
    }

    private static let template = "HX0123456789abcdef0123456789abcdef"

    static let cases: [Case] = [
        Case(
            name: "an image",
            script: .telegram,
            change: image,
            holds: ["sendPhoto\n", #""photo":"https://cdn.example.com/a.jpg","caption":"Hi""#]
        ),
        Case(name: "a file", script: .telegram, change: file, holds: ["sendDocument\n", #""document":"https://"#]),
        Case(
            name: "a place",
            script: .telegram,
            change: place,
            holds: ["sendLocation\n", #""latitude":37.5,"longitude":-122.25"#]
        ),
        Case(
            name: "a place with a text",
            script: .telegram,
            change: {
                place(&$0)
                $0.text = [0x41]
            },
            holds: []
        ),
        Case(
            name: "buttons",
            script: .telegram,
            change: buttons,
            holds: [
                #""inline_keyboard":[[{"text":"Yes","callback_data":"r:yes"}],[{"text":"No","callback_data":"r:no"}]]"#
            ]
        ),
        Case(
            name: "HTML",
            script: .telegram,
            change: { $0.html = Array("<b>Hi</b>".utf8) },
            holds: [#""text":"<b>Hi</b>","parse_mode":"HTML""#]
        ),
        Case(
            name: "an answer too long for a button",
            script: .telegram,
            change: {
                $0.buttons = [MessageButton(title: [0x41], action: .reply([UInt8](repeating: 0x41, count: 65)))]
            },
            holds: []
        ),
        Case(
            name: "an image",
            script: .whatsAppCloud,
            change: image,
            holds: [#""type":"image","image":{"link":"https://cdn.example.com/a.jpg","caption":"Hi"}"#]
        ),
        Case(
            name: "a file",
            script: .whatsAppCloud,
            change: file,
            holds: [#""type":"document","document":{"link":"https://cdn.example.com/a.pdf","filename":"bill.pdf""#]
        ),
        Case(
            name: "a place",
            script: .whatsAppCloud,
            change: place,
            holds: [#""location":{"latitude":37.5,"longitude":-122.25,"name":"HQ"}"#]
        ),
        Case(
            name: "buttons",
            script: .whatsAppCloud,
            change: buttons,
            holds: [#""interactive":{"type":"button","body":{"text":"Hi"},"action":{"buttons":[{"type":"reply""#]
        ),
        Case(
            name: "a link",
            script: .whatsAppCloud,
            change: link,
            holds: [#""action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://a.example"}}"#]
        ),
        Case(
            name: "an approved text",
            script: .whatsAppCloud,
            change: approved("order_update", ["Ana", "25 Feb"]),
            holds: [
                #""template":{"name":"order_update","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"25 Feb"}]}]}"#
            ]
        ),
        Case(
            name: "an approved text without gaps",
            script: .whatsAppCloud,
            change: approved("hello", []),
            holds: [#""template":{"name":"hello","language":{"code":"en_US"}}"#]
        ),
        Case(
            name: "a value with a line break",
            script: .whatsAppCloud,
            change: approved("hello", ["a\nb"]),
            holds: []
        ),
        Case(name: "an empty value", script: .whatsAppCloud, change: approved("hello", [" "]), holds: []),
        Case(
            name: "an approved text",
            script: .twilioWhatsApp,
            change: approved(template, ["Ana", "25 Feb"]),
            holds: [
                "ContentSid=\(template)&ContentVariables=%7B%221%22%3A%22Ana%22%2C%222%22%3A%2225+Feb%22%7D"
            ]
        ),
        Case(name: "a name that is no template", script: .twilioWhatsApp, change: approved("hello", []), holds: []),
        Case(
            name: "an image",
            script: .twilioWhatsApp,
            change: image,
            holds: ["&Body=Hi&MediaUrl=https%3A%2F%2Fcdn.example.com%2Fa.jpg"]
        ),
        Case(
            name: "a place",
            script: .twilioWhatsApp,
            change: place,
            holds: ["&PersistentAction=geo%3A37.5%2C-122.25%7CHQ"]
        ),
        Case(
            name: "quick replies",
            script: .messenger,
            change: buttons,
            holds: [#""quick_replies":[{"content_type":"text","title":"Yes","payload":"r:yes"}"#]
        ),
        Case(
            name: "an image",
            script: .instagram,
            change: {
                image(&$0)
                $0.text = []
            },
            holds: [#""message":{"attachment":{"type":"image","payload":{"url":"https://cdn.example.com/a.jpg"}}}"#]
        ),
        Case(name: "an image with a text", script: .instagram, change: image, holds: []),
        Case(
            name: "a text too long in bytes",
            script: .instagram,
            change: { $0.text = Array(String(repeating: "ž", count: 501).utf8) },
            holds: []
        ),
        Case(
            name: "a text too long",
            script: .twilioSMS,
            change: { $0.text = [UInt8](repeating: 0x61, count: 1601) },
            holds: []
        ),
        Case(
            name: "an end",
            script: .twilioSMS,
            change: { $0.validSeconds = 600 },
            holds: ["&ValidityPeriod=600"]
        ),
        Case(
            name: "an end",
            script: .vonageSMS,
            change: { $0.validSeconds = 600 },
            holds: ["&ttl=600000"]
        ),
        Case(
            name: "plain letters",
            script: .vonageSMS,
            change: { $0.text = Array("Hi {there} €5".utf8) },
            holds: ["&type=text&"]
        ),
        Case(
            name: "an accent",
            script: .vonageSMS,
            change: { $0.text = Array("Žofie".utf8) },
            holds: ["&type=unicode&"]
        ),
        Case(
            name: "media that is not https",
            script: .whatsAppCloud,
            change: { $0.media = MessageMedia(kind: .image, url: Array("http://a.example/a b".utf8)) },
            holds: []
        ),
        Case(name: "nothing", script: .telegram, change: { $0.text = Array(" \n ".utf8) }, holds: []),
        Case(name: "nothing", script: .sns, change: { $0.text = [] }, holds: []),
    ]

    @Test(arguments: cases)
    func `Content has its form, or none`(row: Case) throws {
        let descriptor = try #require(ChannelRegistry.descriptor(of: row.script.provider))
        let channel = try descriptor.make(row.script.configuration(port: 1))
        var content = MessageContent()
        content.recipient = Array(row.script.recipient(0).utf8)
        content.text = Array("Hi".utf8)
        content.reference = Array("ref".utf8)
        row.change(&content)
        var wire: [UInt8] = [0x2A]
        do throws(ComposeError) {
            try channel.compose(content, into: &wire)
            #expect(!row.holds.isEmpty, "\(wire.text)")
            for part in row.holds { #expect(wire.holds(Array(part.utf8)), "\(wire.text)") }
        } catch {
            #expect(row.holds.isEmpty, "\(error)")
            #expect(wire == [0x2A])
        }
    }

    struct SettingCase: Sendable {
        let script: ProviderScript
        var settings: [String: String] = [:]
        var secret: String?
        var from: String?
        let message: String
    }

    @Test(arguments: [
        SettingCase(
            script: .twilioSMS,
            secret: "hunter2",
            message: "the secret of channel `under-test` is not what the provider needs"
        ),
        SettingCase(
            script: .twilioSMS,
            settings: ["account": "AC1"],
            message: "`account` of channel `under-test` is not an account SID"
        ),
        SettingCase(script: .twilioSMS, from: "Ac\u{7}me", message: "`from` of channel `under-test` is no sender"),
        SettingCase(
            script: .twilioSMS,
            settings: ["endpoint": "http://10.1.2.3", "allow_private": "false"],
            message: "`endpoint` of channel `under-test` has an address in place of a host name"
        ),
        SettingCase(
            script: .twilioSMS,
            settings: ["connections": "0"],
            message: "`connections` of channel `under-test` is not from 1 to 256"
        ),
        SettingCase(
            script: .telegram,
            secret: "123:hunter2/../x",
            message: "the secret of channel `under-test` is not what the provider needs"
        ),
        SettingCase(
            script: .whatsAppCloud,
            settings: ["phone_number_id": "+49151"],
            message: "`phone_number_id` of channel `under-test` is not a number"
        ),
        SettingCase(
            script: .whatsAppCloud,
            settings: ["graph_version": "v23/../me"],
            message: "`graph_version` of channel `under-test` is not a version"
        ),
        SettingCase(
            script: .sns,
            settings: ["region": "eu-west-1.evil.example"],
            message: "`region` of channel `under-test` is no region"
        ),
        SettingCase(
            script: .mailgun,
            settings: ["domain": "a b"],
            message: "`domain` of channel `under-test` is not a domain"
        ),
        SettingCase(
            script: .sendGrid,
            secret: "SG.hunter2\nX-Other: 1",
            message: "the secret of channel `under-test` is not what the provider needs"
        ),
    ])
    func `Wrong settings are named, and never the secret`(row: SettingCase) throws {
        var script = row.script
        if let secret = row.secret { script.secret = secret }
        if let from = row.from { script.from = from }
        let descriptor = try #require(ChannelRegistry.descriptor(of: script.provider))
        var seen: ChannelSetupError?
        do throws(ChannelSetupError) {
            _ = try descriptor.make(script.configuration(port: 1, row.settings))
        } catch {
            seen = error
        }
        #expect(seen?.message == row.message)
        #expect(seen?.help?.contains("hunter2") != true)
    }
}
