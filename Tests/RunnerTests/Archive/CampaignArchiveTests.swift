import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What people got of a campaign, long after.
@Suite struct CampaignArchiveTests {
    private static let template = """
        template: rich
        purpose: marketing
        topic: news
        email:
          en:
            subject: 'For <<contact.first_name | default: "you">>'
            body: |
              Hello <<contact.first_name | default: "there">>, <<link "https://acme.example/a" as "a">>
              <<if contact.first_name is known>>We know you.<<else>>Who are you?<<end>>
              <<browser.link>> <<sender.postal_address>> <<unsubscribe.link>>
            html: |
              <html><body><p>Hello <b><<contact.first_name | default: "there">></b></p>
              <p><a href="https://shop.example/b?c=1">one</a> <a href="<<browser.link>>">in the browser</a></p>
              <p><<sender.postal_address>> <a href="<<unsubscribe.link>>">no more</a>
              <a href="<<preferences.link>>">less</a></p></body></html>
          de:
            subject: 'Für <<contact.first_name | default: "dich">>'
            html: |
              <p>Hallo <<contact.first_name | default: "du">>, <<browser.link>></p>
              <p><<sender.postal_address>> <<unsubscribe.link>></p>
        """
    private static let campaign = "audience: {}\nvia: [mail]\nsend: rich"

    private func day(_ people: Int, mail: String = "", channel: FakeChannel) throws -> CampaignDay {
        let day = try CampaignDay(
            Self.campaign, people: people, mail: mail, routes: Self.template, channels: [channel])
        try day.store.prepare(for: day.program.schema)
        for (index, name) in [
            "Anna", "Zoë 🎉", "Hello ", "We know you. Who are you?", "<b>&amp;</b>",
            String(repeating: "long ", count: 50),
            "https://acme.example/u/",
        ].enumerated() {
            let write = try day.connection.prepare("UPDATE contact SET f_first_name = ?1 WHERE id % 10 = ?2")
            write.bind(1, name)
            write.bind(2, Int64(index))
            try write.run()
        }
        try day.connection.execute("UPDATE contact SET language = 'de' WHERE id % 3 = 0")
        return day
    }

    @Test(arguments: ["", "track_clicks: true\ntrack_opens: true"])
    func `everybody's message is there byte for byte when template and people have changed`(mail: String) throws {
        let channel = FakeChannel(keepsContents: true)
        let day = try day(300, mail: mail, channel: channel)
        #expect(try day.run().ending == .finished)
        // Nothing of what it was made of is as it was.
        try day.connection.execute("UPDATE contact SET f_first_name = 'Somebody else', language = 'en'")
        try day.connection.execute("UPDATE launch SET source = ''")
        let archive = try day.store.openArchive()
        for number in 1...300 {
            let meant = try #require(channel.contents["user\(number)@example.com"])
            let messages = try archive.messages(to: ContactKey(rawValue: Int64(number)), of: "news")
            let message = try #require(messages.first)
            #expect(messages.count == 1 && message.state == .accepted && message.channel == "mail")
            #expect(message.address == "user\(number)@example.com" && message.contact == "c\(number)")
            let content = try #require(message.archived)
            #expect(content.subject == meant.subject && content.text == meant.text && content.html == meant.html)
            #expect(meant.html.firstRange(of: Array("https://acme.example/v/".utf8)) != nil)
        }
        #expect(try day.text("SELECT count(*) FROM message_frame") == ["2"])
        let size = try day.text("SELECT CAST(avg(length(content)) AS INTEGER) FROM message_archive")
        #expect((size.first.flatMap { Int($0) } ?? .max) < (mail.isEmpty ? 420 : 700), "\(size)")
        // A template's words are in the frame, and what is said of people isn't.
        #expect(
            try day.text("SELECT count(*) FROM message_frame WHERE instr(bytes, CAST('Anna' AS BLOB)) > 0") == ["0"])
        #expect(try day.faults() == [])
    }

    @Test func `in the browser a mail does not count as opened again`() throws {
        let channel = FakeChannel(keepsContents: true)
        let day = try day(3, mail: "track_clicks: true\ntrack_opens: true", channel: channel)
        #expect(try day.run().ending == .finished)
        let content = try #require(channel.contents["user1@example.com"])
        let text = String(decoding: content.text, as: UTF8.self)
        let link = try #require(text.split(whereSeparator: \.isWhitespace).first { $0.contains("/v/") })
        let view = try ViewDesk(store: day.store).view(String(link.split(separator: "/").last ?? ""))
        guard case .html(let shown) = view else {
            Issue.record("\(String(describing: view))")
            return
        }
        let mailed = String(decoding: content.html, as: UTF8.self)
        let image = try #require(mailed.firstRange(of: "<img src=\"https://acme.example/o/"))
        let end = try #require(mailed[image.upperBound...].firstIndex(of: ">"))
        #expect(
            String(decoding: shown, as: UTF8.self)
                == mailed[..<image.lowerBound] + mailed[mailed.index(after: end)...])
        #expect(mailed.contains("https://acme.example/c/"))
    }

    @Test func `the last attempt's words are kept, and none where nothing was tried`() throws {
        let channel = FakeChannel(keepsContents: true) { message, attempt in
            message.address == "user2@example.com" && attempt == 1
                ? .throttled(code: "451", retryAfter: nil) : .accepted(providerID: "1")
        }
        let day = try day(3, channel: channel)
        try day.connection.execute("UPDATE consent SET revoked_at = 1 WHERE contact = 3")
        _ = try day.runOn(hours: 1)
        let archive = try day.store.openArchive()
        let second = try #require(try archive.messages(to: ContactKey(rawValue: 2), of: nil).first)
        #expect(second.archived?.text == channel.contents["user2@example.com"]?.text)
        #expect(try archive.messages(to: ContactKey(rawValue: 3), of: nil).isEmpty)
        #expect(try day.text("SELECT count(*) FROM message_archive") == ["2"])
        let skipped = DeliveryKey(
            launch: second.key.launch, contact: ContactKey(rawValue: 3), step: second.key.step)
        #expect(try archive.message(skipped)?.content.code == "not_sent")
    }

    @Test func `rows from before messages were kept say so`() throws {
        let day = try day(1, channel: FakeChannel())
        #expect(try day.run().ending == .finished)
        try day.connection.execute("DELETE FROM message_archive")
        let message = try #require(try day.store.openArchive().messages(to: ContactKey(rawValue: 1), of: nil).first)
        #expect(message.content.code == "older" && message.archived == nil)
    }
}
