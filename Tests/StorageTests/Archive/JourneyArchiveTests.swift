import Channels
import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// What people got of sequences and rules, and what becomes of it when they are merged, forgotten, or kept long enough.
@Suite struct JourneyArchiveTests {
    private static let rule = """
        template: receipt
        purpose: transactional
        email:
          en:
            subject: 'Order <<entry.order_id>> of <<contact.plan | default: "somebody">>'
            body: |
              <<contact.id>>: <<entry.total>>, run <<run.id>>, <<now | date: "d MMMM">>
              <<browser.link>>
        ---
        rule: receipts
        purpose: transactional
        trigger: {event: bought}
        runs: many
        via: [mail]
        steps:
          - send: receipt
        """

    private static func fixture(_ people: Int = 2) throws -> (EngineFixture, FakeChannel) {
        let mail = FakeChannel(keepsContents: true)
        let fixture = try EngineFixture(rule, people: people, email: mail)
        for number in 1...people {
            try fixture.happen(
                "bought", to: number,
                ["order_id": .words("A-\(number)"), "total": .number(Int64(number) * 1_000_000, .money)])
        }
        try fixture.settle()
        return (fixture, mail)
    }

    private static func texts(_ fixture: EngineFixture, _ contact: Int) throws -> [[UInt8]] {
        try fixture.store.openArchive().messages(to: ContactKey(rawValue: Int64(contact)), of: "receipts").map {
            $0.archived?.text ?? Array($0.content.code.utf8)
        }
    }

    @Test func `a run's message is there when its contact and its program have changed`() throws {
        let (fixture, mail) = try Self.fixture()
        let meant = try (1...2).map { try #require(mail.contents["c\($0)@example.com"]) }
        #expect(String(decoding: meant[0].subject, as: UTF8.self) == "Order A-1 of somebody")
        try fixture.connection.execute("UPDATE contact SET f_plan = 'other'")
        try fixture.activate(Self.rule.replacing("Order", with: "Purchase"))
        fixture.advance(seconds: 100_000)
        try fixture.happen("bought", to: 1, ["order_id": .words("B-1"), "total": .number(7_000_000, .money)])
        try fixture.settle()
        let messages = try fixture.store.openArchive().messages(to: ContactKey(rawValue: 1), of: "receipts")
        #expect(messages.count == 2)
        #expect(messages.first?.archived?.subject == meant[0].subject)
        #expect(messages.first?.archived?.text == meant[0].text)
        #expect(messages.last?.archived?.subject == Array("Purchase B-1 of other".utf8))
        #expect(messages.last?.archived?.text == mail.contents["c1@example.com"]?.text)
        #expect(try Self.texts(fixture, 2) == [meant[1].text])
        // One frame for each version's text.
        #expect(try fixture.text("SELECT count(*) FROM message_frame") == ["2"])
    }

    @Test func `a merge shows both people's messages, and taking it back each their own`() throws {
        let (fixture, mail) = try Self.fixture()
        let meant = try (1...2).map { try #require(mail.contents["c\($0)@example.com"]).text }
        let book = try fixture.store.openIdentities()
        let merge = try #require(
            try book.merge(
                ContactKey(rawValue: 1), into: ContactKey(rawValue: 2), why: "one person", actor: "test",
                now: fixture.now))
        #expect(Set(try Self.texts(fixture, 2)) == Set(meant))
        #expect(try Self.texts(fixture, 1) == [meant[0]])
        #expect(try book.undo(merge.id, now: fixture.now))
        #expect(try Self.texts(fixture, 2) == [meant[1]])
        #expect(try Self.texts(fixture, 1) == [meant[0]])
    }

    @Test func `who is forgotten takes their messages along, and nobody else's`() throws {
        let (fixture, mail) = try Self.fixture()
        let other = try #require(mail.contents["c2@example.com"]).text
        try fixture.store.openConsents().erase(
            ContactKey(rawValue: 1), source: "letter", actor: "test", now: fixture.now)
        #expect(try Self.texts(fixture, 1) == [Array("erased".utf8)])
        #expect(try Self.texts(fixture, 2) == [other])
        #expect(try fixture.text("SELECT count(*) FROM message_archive") == ["1"])
    }

    @Test func `the rule for messages takes what is too old, by channel, and says that it did`() throws {
        let (fixture, mail) = try Self.fixture()
        let meant = try #require(mail.contents["c1@example.com"]).text
        let retention = try fixture.store.openRetention()
        try retention.set(RetentionRule(kind: .messages, channel: nil, days: 30))
        try retention.set(RetentionRule(kind: .messages, channel: "mail", days: 90))
        func sweep(_ days: Double) throws -> Int? {
            try retention.sweepAll(now: fixture.now.adding(seconds: days * 86_400))[.messages]
        }
        #expect(try sweep(60) == nil)
        #expect(try Self.texts(fixture, 1) == [meant])
        #expect(try sweep(91) == 2)
        #expect(try sweep(91) == nil)
        #expect(try Self.texts(fixture, 1) == [Array("removed".utf8)])
        #expect(try fixture.text("SELECT count(*) FROM delivery WHERE state = 10 AND address IS NOT NULL") == ["2"])
    }

    @Test func `frames that no message is told by go with the messages, and the others stay`() throws {
        let (fixture, mail) = try Self.fixture()
        let retention = try fixture.store.openRetention()
        try retention.set(RetentionRule(kind: .messages, channel: nil, days: 30))
        func frames() throws -> [String] { try fixture.text("SELECT id FROM message_frame ORDER BY id") }
        #expect(try retention.sweepAll(now: fixture.now.adding(seconds: 31 * 86_400))[.messages] == 2)
        #expect(try frames() == ["1"], "its number is given to no other")
        // A new version of the text, and later one more.
        var meant: [[UInt8]] = []
        for (number, word) in ["Purchase", "Bill"].enumerated() {
            try fixture.activate(Self.rule.replacing("Order", with: word))
            fixture.advance(seconds: 40 * 86_400)
            try fixture.happen(
                "bought", to: 1, ["order_id": .words("B-\(number)"), "total": .number(7_000_000, .money)])
            try fixture.settle()
            meant.append(try #require(mail.contents["c1@example.com"]).text)
        }
        #expect(try frames() == ["1", "2", "3"])
        #expect(try retention.sweepAll(now: fixture.now)[.messages] == 1)
        #expect(try frames() == ["3"])
        #expect(try Self.texts(fixture, 1) == [Array("removed".utf8), Array("removed".utf8), meant[1]])
        try retention.set(RetentionRule(kind: .messages, channel: nil, days: 300))
        #expect(try retention.sweepAll(now: fixture.now).isEmpty)
        #expect(try frames() == ["3"])
    }

    @Test func `what is too old is found without reading the ledger`() throws {
        let (fixture, _) = try Self.fixture()
        let statement = try fixture.connection.prepareOnce(
            "EXPLAIN QUERY PLAN " + SQLiteRetentionStore.messages)
        var plan: [String] = []
        while try statement.step() { plan.append(statement.string(3)) }
        #expect(plan.contains("SEARCH a USING COVERING INDEX message_archive_frame (frame=? AND at<?)"), "\(plan)")
        #expect(
            !plan.contains { $0.hasPrefix("SCAN d") || $0.hasPrefix("SCAN a") || $0.contains("AUTOMATIC") }, "\(plan)")
        #expect(!plan.contains("SEARCH d USING PRIMARY KEY (tenant=?)"), "\(plan)")
    }
}
