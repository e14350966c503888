import RuleEngine
import Runner
import Storage
import Testing

/// The short answers: durable intent, once, in time, and never against a wish.
@Suite struct ReplyTests {
    /// Texts arrive over a text channel; the fixture's own is email.
    private func hear(
        _ fixture: InboundFixture, _ id: String, _ text: String, minute: Int = 1440, contact: Int = 4
    ) throws {
        _ = try fixture.inbox.store([
            fixture.webhook(.init(id: id, type: "received", contact: contact, minute: minute, text: text))
        ])
        _ = try fixture.desk.process(fixture.inbox)
    }

    private static func states(_ fixture: InboundFixture) throws -> [String] {
        try fixture.rows("SELECT kind, state, problem FROM reply_due")
    }

    @Test func `a STOP is answered once, by an intent that is durable first`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "STOP")
        try hear(fixture, "b", "STOP")
        let now = fixture.ledger.now
        let claimed = try fixture.inbox.claimReplies(limit: 10, now: now)
        #expect(claimed.map(\.kind) == [.stop])
        #expect(claimed.first?.address == "C4@example.com")
        #expect(try Self.states(fixture) == ["stop 1 -"])
        // Another process finds nothing to do.
        #expect(try fixture.ledger.store.openInbox().claimReplies(limit: 10, now: now).isEmpty)
        try fixture.inbox.finish(claimed[0].id, .accepted(providerID: "p1"))
        #expect(try Self.states(fixture) == ["stop 3 -"])
        #expect(try fixture.inbox.claimReplies(limit: 10, now: now).isEmpty)
    }

    @Test func `after five minutes nothing is sent`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "STOP")
        let late = fixture.ledger.now.adding(seconds: 301)
        #expect(try fixture.inbox.claimReplies(limit: 10, now: late).isEmpty)
        #expect(try Self.states(fixture) == ["stop 4 too_late"])
    }

    @Test func `what provably failed is tried again, what perhaps arrived is not`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "STOP")
        let now = fixture.ledger.now
        let first = try #require(try fixture.inbox.claimReplies(limit: 10, now: now).first)
        try fixture.inbox.finish(first.id, .notSent(code: "connection_refused"))
        #expect(try fixture.inbox.hasDueReplies)
        let second = try #require(try fixture.inbox.claimReplies(limit: 10, now: now).first)
        #expect(second == first)
        try fixture.inbox.finish(second.id, .unknown(code: "timeout"))
        #expect(try fixture.inbox.claimReplies(limit: 10, now: now).isEmpty)
        #expect(try Self.states(fixture) == ["stop 5 timeout"])
    }

    @Test func `an intent of a process that died is never sent again`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "STOP")
        let now = fixture.ledger.now
        _ = try fixture.inbox.claimReplies(limit: 10, now: now)
        try fixture.inbox.abandonReplies(before: now)
        #expect(try Self.states(fixture) == ["stop 1 -"])
        try fixture.inbox.abandonReplies(before: now.adding(seconds: 1))
        #expect(try Self.states(fixture) == ["stop 5 interrupted"])
        #expect(try fixture.inbox.claimReplies(limit: 10, now: now).isEmpty)
    }

    @Test func `a wish that came after it wins`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "STOP", minute: 1438)
        try hear(fixture, "b", "START", minute: 1439)
        // The confirmation of a STOP that was taken back would be wrong by now.
        #expect(try fixture.inbox.claimReplies(limit: 10, now: fixture.ledger.now).map(\.kind) == [.start])
        #expect(try Self.states(fixture) == ["start 1 -", "stop 2 taken_back"])
    }

    @Test func `whoever complained gets no answer at all`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "HELP")
        try fixture.hear(.init(id: "b", type: "complained", contact: 4, minute: 1440))
        #expect(try fixture.inbox.claimReplies(limit: 10, now: fixture.ledger.now).isEmpty)
        #expect(try Self.states(fixture) == ["help 2 suppressed"])
    }

    @Test func `two machines that answer each other come to an end`() throws {
        let fixture = try InboundFixture()
        var sent = 0
        for index in 0..<30 {
            try hear(fixture, "h\(index)", "HELP")
            for reply in try fixture.inbox.claimReplies(limit: 10, now: fixture.ledger.now) {
                sent += 1
                try fixture.inbox.finish(reply.id, .accepted(providerID: "p\(index)"))
            }
        }
        #expect(sent == 1)
        #expect(try fixture.rows("SELECT DISTINCT problem FROM reply_due WHERE state = 2") == ["answered_before"])
    }

    @Test func `a person who is forgotten gets no answer`() throws {
        let fixture = try InboundFixture()
        try hear(fixture, "a", "HELP")
        try fixture.ledger.store.openConsents().erase(
            ContactKey(rawValue: 4), source: "letter", actor: "operator", now: fixture.ledger.now)
        #expect(try fixture.inbox.claimReplies(limit: 10, now: fixture.ledger.now).isEmpty)
    }
}
