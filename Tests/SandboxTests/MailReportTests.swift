import Channels
import Glibc
import Testing

@testable import Sandbox

/// What comes back about mails, as the reader of returned mails sees it.
@Suite struct MailReportTests {
    private func reports(_ model: (inout BehaviourModel) -> Void) throws -> [InboundEvent] {
        var template = Array("/tmp/carillon-maildir-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template).map { String(cString: $0) })
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let playground = try Playground { options in
            options.mailReports = folder
            model(&options.script.model)
        }
        let descriptor = try #require(ChannelRegistry.descriptor(of: "smtp"))
        let channel = try descriptor.make(
            playground.server.address.channel(
                ChannelConfiguration(
                    id: "mail", kind: "email", provider: "smtp", from: "Acme <news@acme.example>",
                    settings: ["host": "x"], baseFolder: "/")))
        let adapter = try #require(Adapter.all.first { $0.provider == "sendgrid" })
        var content = adapter.content()
        content.reference = Array("v1abcdefghijklmnopqrstuvwxyz".utf8)
        let outcomes = try adapter.send(channel, [content])
        guard case .accepted = outcomes.first else {
            Issue.record("\(outcomes)")
            return []
        }
        while !playground.server.isIdle { sched_yield() }
        defer {
            for name in ["tmp", "new", "cur"] { rmdir(folder + "/" + name) }
            rmdir(folder)
        }
        var events: [InboundEvent] = []
        guard let directory = opendir(folder + "/new") else { return [] }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix("."), let file = fopen(folder + "/new/" + name, "r") else { continue }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = fread(&bytes, 1, bytes.count, file)
            fclose(file)
            unlink(folder + "/new/" + name)
            let receiver = try #require(WebhookRegistry.receiver(for: "smtp", WebhookSettings()))
            events += receiver.parse(WebhookRequest(mail: Array(bytes[..<count]), url: "")) ?? []
        }
        return events
    }

    @Test func `a dead mailbox comes back as a final bounce of that very mail`() throws {
        let events = try reports { $0.undelivered = 1 }
        #expect(events.map(\.kind) == [.bounced])
        #expect(events.first?.isFinal == true)
        #expect(events.first?.failureCode == "5.1.1")
        #expect(events.first?.reference == "v1abcdefghijklmnopqrstuvwxyz")
    }

    @Test func `what arrives is not told about`() throws {
        #expect(try reports { $0.undelivered = 0 }.isEmpty)
    }
}
