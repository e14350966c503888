import Channels
import Glibc
import Testing

@Suite struct OutboxTests {
    private func channel(kind: String, folder: String) throws -> any Channel {
        try #require(ChannelRegistry.descriptor(of: "outbox")).make(
            ChannelConfiguration(
                id: "out", kind: kind, provider: "outbox", from: kind == "email" ? "Shop <a@shop.example>" : nil,
                settings: ["folder": folder], baseFolder: "/"))
    }

    private func content(_ reference: String, _ text: String = "Hello.") -> MessageContent {
        var content = MessageContent()
        content.recipient = Array("anna@example.com".utf8)
        content.subject = Array("Hi".utf8)
        content.text = Array(text.utf8)
        content.reference = Array(reference.utf8)
        return content
    }

    private func message(_ channel: any Channel, _ token: UInt64, _ content: MessageContent) throws -> ComposedMessage {
        var wire: [UInt8] = []
        try channel.compose(content, into: &wire)
        return ComposedMessage(token: token, address: "anna@example.com", wire: wire)
    }

    @Test("mail becomes an eml file that the same reference overwrites")
    func mail() throws {
        let folder = try TemporaryFolder()
        let channel = try channel(kind: "email", folder: folder.path + "/new/out")
        let outcomes = try Mailing.outcomes(
            channel,
            [
                try message(channel, 1, content("r1", ".dot stays single\n")), try message(channel, 2, content("r2")),
                try message(channel, 3, content("r2", "Second.")),
            ])
        #expect(outcomes[1] == [.accepted(providerID: "r1.eml")])
        #expect(outcomes[3] == [.accepted(providerID: "r2.eml")])
        let first = String(decoding: folder.read("new/out/r1.eml") ?? [], as: UTF8.self)
        #expect(first.hasPrefix("From: Shop <a@shop.example>\r\n"))
        #expect(first.hasSuffix("\r\n\r\n.dot stays single\r\n"))
        #expect(String(decoding: folder.read("new/out/r2.eml") ?? [], as: UTF8.self).hasSuffix("Second.\r\n"))
    }

    @Test("other kinds become JSON")
    func json() throws {
        let folder = try TemporaryFolder()
        let channel = try channel(kind: "sms", folder: folder.path)
        var message = content("r1", "A \"quote\",\n a tab\t and \u{1}")
        message.subject = []
        message.recipient = Array("+4915112345678".utf8)
        let outcomes = try Mailing.outcomes(channel, [try self.message(channel, 1, message)])
        #expect(outcomes == [1: [.accepted(providerID: "r1.json")]])
        #expect(
            String(decoding: folder.read("r1.json") ?? [], as: UTF8.self)
                == #"{"id":"r1","channel":"sms","to":"+4915112345678","text":"A \"quote\",\n a tab\t and \u0001"}"#
                + "\n")
        #expect(folder.files == ["r1.json"])
    }

    @Test("a reference can't leave the folder", arguments: ["../x", "a/b", ".hidden", "", "a\nb", "a\0b"])
    func badReference(_ reference: String) throws {
        let folder = try TemporaryFolder()
        for kind in ["email", "sms"] {
            let channel = try channel(kind: kind, folder: folder.path)
            #expect(throws: ComposeError.unsafeHeader(field: "reference")) {
                var wire: [UInt8] = []
                try channel.compose(content(reference), into: &wire)
            }
        }
    }

    @Test("five thousand messages, one outcome each")
    func many() throws {
        let folder = try TemporaryFolder()
        let channel = try channel(kind: "email", folder: folder.path)
        let messages = try (0..<5000).map { try message(channel, UInt64($0), content("r\($0)")) }
        let outcomes = try Mailing.outcomes(channel, messages)
        #expect(outcomes.count == 5000)
        #expect(outcomes.values.allSatisfy { $0.count == 1 })
        #expect(folder.files.count == 5000)
    }

    static let canMount = getuid() == 0

    @Test("a full disk is unavailable, and leaves no half file", .enabled(if: canMount, "mounting needs root"))
    func fullDisk() throws {
        let folder = try TemporaryFolder()
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else {
            return  // A container may refuse it to root as well.
        }
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        let channel = try channel(kind: "email", folder: folder.path)
        let text = String(repeating: "x\n", count: 10_000)
        let messages = try (0..<10).map { try message(channel, UInt64($0), content("r\($0)", text)) }
        let outcomes = try Mailing.outcomes(channel, messages)
        let accepted = outcomes.filter { if case .accepted = $0.value[0] { true } else { false } }
        #expect(outcomes.count == 10)
        #expect(!accepted.isEmpty && accepted.count < 10)
        #expect(outcomes.values.filter { $0 == [.unavailable(code: "disk_full")] }.count == 10 - accepted.count)
        #expect(folder.files == accepted.keys.map { "r\($0).eml" }.sorted())
    }
}
