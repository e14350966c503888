import RuleEngine
import Runner
import Storage
import Testing

/// What providers told, as reports show it.
@Suite struct NewsTests {
    @Test func `reports show how far messages got and what was seen on the way`() throws {
        let fixture = try InboundFixture()
        try fixture.send()
        try fixture.acceptRest()
        let sayings = [
            ("delivered", 2), ("opened", 2), ("clicked", 2), ("delivered", 5), ("bounced", 8), ("queued", 11),
        ]
        for (index, (type, contact)) in sayings.enumerated() {
            try fixture.hear(.init(id: "n\(index)", type: type, contact: contact, minute: index + 1))
        }
        let reader = try fixture.ledger.store.openReader()
        let counts = try reader.news(of: fixture.ledger.launch)
        #expect(counts.told == 4)
        #expect(counts.named.map { "\($0.name) \($0.count)" } == ["delivered 2", "opened 1", "clicked 1", "bounced 1"])

        let read = try #require(
            try reader.delivery(of: fixture.ledger.launch, contact: ContactKey(rawValue: 2))?.news)
        #expect(read.words == ["delivered", "opened", "clicked"])
        #expect(read.deliveredAt != nil && read.clickedAt != nil && read.failedAt == nil)
        let silent = try reader.delivery(of: fixture.ledger.launch, contact: ContactKey(rawValue: 1))
        #expect(silent?.news == nil)
    }

    @Test func `a data folder is for sending or for a sandbox, and the first launch decides`() throws {
        let empty = try TemporaryFolder()
        let rehearsal = try SQLiteStore(folder: empty.path)
        #expect(try rehearsal.claim(forSandbox: false))
        #expect(try rehearsal.claim(forSandbox: true))
        #expect(try rehearsal.claim(forSandbox: true))
        #expect(try !rehearsal.claim(forSandbox: false))

        let fixture = try InboundFixture()
        #expect(try !fixture.ledger.store.claim(forSandbox: true))
        #expect(try fixture.ledger.store.claim(forSandbox: false))
    }
}
