import Channels
import Glibc
import Synchronization
import Testing

@testable import Sandbox

/// One adapter as the conformance table runs it: over its real channel, against the sandbox on a loopback port.
struct Adapter: Sendable, CustomTestStringConvertible {
    let name: String
    let provider: String
    let kind: String
    var from: String?
    var settings: [String: String] = [:]
    let person: String
    /// The documented error for an address that is nobody's, and one for a person who wants nothing.
    let nobody: String
    let optOut: String?
    let account: String
    let wait: WaitForm

    var testDescription: String { name }

    static let all: [Adapter] = [
        Adapter(
            name: "twilio", provider: "twilio", kind: "sms", from: "+14155550100", person: "+491511234567",
            nobody: "21211", optOut: "21610", account: "20003", wait: .header),
        Adapter(
            name: "vonage sms", provider: "vonage", kind: "sms", from: "Acme", person: "+491511234567",
            nobody: "33", optOut: "7", account: "4", wait: .header),
        Adapter(
            name: "vonage messages", provider: "vonage", kind: "sms", from: "Acme", settings: ["api": "messages"],
            person: "+491511234567", nobody: "1170", optOut: "1240", account: "unauthorized", wait: .date),
        Adapter(
            name: "aws-sns", provider: "aws-sns", kind: "sms", from: "+14155550100",
            settings: ["region": "eu-west-1"], person: "+491511234567", nobody: "InvalidParameter",
            optOut: "OptedOut", account: "InvalidClientTokenId", wait: .header),
        Adapter(
            name: "telegram", provider: "telegram", kind: "telegram", person: "424242001", nobody: "no_such_chat",
            optOut: "blocked", account: "unauthorized", wait: .json),
        Adapter(
            name: "whatsapp-cloud", provider: "whatsapp-cloud", kind: "whatsapp",
            settings: ["phone_number_id": "106540352242922"], person: "+491511234567", nobody: "131026",
            optOut: "131050", account: "190", wait: .usage),
        Adapter(
            name: "twilio-whatsapp", provider: "twilio-whatsapp", kind: "whatsapp", from: "+14155550100",
            person: "+491511234567", nobody: "63003", optOut: "63033", account: "20003", wait: .header),
        Adapter(
            name: "messenger", provider: "messenger", kind: "messenger", settings: ["page_id": "1900001"],
            person: "24745216345137108", nobody: "100/2018001", optOut: "551", account: "190", wait: .usage),
        Adapter(
            name: "instagram", provider: "instagram", kind: "instagram", settings: ["ig_id": "1900002"],
            person: "1784140000000001", nobody: "100/2534014", optOut: "551", account: "190", wait: .usage),
        Adapter(
            name: "sendgrid", provider: "sendgrid", kind: "email", from: "Acme <news@acme.example>",
            person: "ada@example.com", nobody: "to", optOut: nil, account: "401", wait: .header),
        Adapter(
            name: "mailgun", provider: "mailgun", kind: "email", from: "Acme <news@acme.example>",
            settings: ["domain": "mg.acme.example"], person: "ada@example.com", nobody: "to", optOut: nil,
            account: "401", wait: .text),
        Adapter(
            name: "postmark", provider: "postmark", kind: "email", from: "Acme <news@acme.example>",
            person: "ada@example.com", nobody: "406", optOut: nil, account: "10", wait: .header),
        Adapter(
            name: "webhook", provider: "webhook", kind: "email", person: "ada@example.com", nobody: "422",
            optOut: nil, account: "404", wait: .header),
    ]

    func configuration(_ address: SandboxAddress, _ more: [String: String] = [:]) -> ChannelConfiguration {
        var configuration = address.channel(
            ChannelConfiguration(
                id: "under-test", kind: kind, provider: provider, from: from, settings: settings, baseFolder: "/"))
        configuration.settings.merge(more) { $1 }
        return configuration
    }

    func channel(_ configuration: ChannelConfiguration) throws -> any Channel {
        try #require(ChannelRegistry.descriptor(of: configuration.provider)).make(configuration)
    }

    func content(_ index: Int = 0) -> MessageContent {
        var content = MessageContent()
        content.recipient = Array(person.utf8)
        content.subject = Array("News".utf8)
        content.text = Array("Hello Žofie, 1 < 2 & 50% 👋 https://acme.example/spring".utf8)
        content.reference = Array("ref\(index)".utf8)
        content.campaign = Array("spring".utf8)
        return content
    }

    /// What became of the messages, in their order.
    func send(_ channel: any Channel, _ contents: [MessageContent]) throws -> [SendOutcome] {
        var messages: [ComposedMessage] = []
        for (index, content) in contents.enumerated() {
            var wire: [UInt8] = []
            try channel.compose(content, into: &wire)
            messages.append(
                ComposedMessage(
                    token: UInt64(index), address: String(decoding: content.recipient, as: UTF8.self), wire: wire,
                    idempotencyKey: "key\(index)"))
        }
        let reports = Mutex<[SendReport]>([])
        let session = try channel.open { batch in reports.withLock { $0 += batch } }
        session.submit(messages)
        session.finish(within: 20)
        return reports.withLock { $0.sorted { $0.token < $1.token }.map(\.outcome) }
    }
}

/// A sandbox in a folder of its own.
final class Playground {
    let server: SandboxServer
    private let folder: String

    init(webhooks: String? = nil, _ change: (inout SandboxServer.Options) -> Void = { _ in }) throws {
        var template = Array("/tmp/carillon-sandbox-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template).map { String(cString: $0) })
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var options = SandboxServer.Options(folder: folder)
        options.port = 0
        options.mailPort = 0
        options.securePort = 0
        options.webhooks = webhooks
        options.isUnlimited = true
        options.script.model.pace = 0
        change(&options)
        server = try SandboxServer(options)
    }

    var journal: [Substring] {
        guard let file = fopen(folder + "/journal.jsonl", "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// Until something stands in the journal, for ten seconds at most.
    func awaitLine() {
        var rounds = 0
        while journal.isEmpty, rounds < 1000 {
            usleep(10_000)
            rounds += 1
        }
    }

    deinit {
        server.stop()
        unlink(folder + "/journal.jsonl")
        unlink(folder + "/ca.pem")
        rmdir(folder)
    }
}
