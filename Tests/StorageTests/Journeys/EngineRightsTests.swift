import RuleEngine
import Runner
import Storage
import TestKit
import Testing

/// Programs whose owner loses the right to send while they run.
struct EngineRightsTests {
    private static let welcome = """
        rule: welcome
        purpose: transactional
        trigger: {event: signed_up}
        via: [mail]
        steps:
          - send: hello
          - wait: 1h
          - send: hello
        """

    /// Forty people wait for their second message, and somebody answers for it.
    private func fixture(of owner: Owner) throws -> EngineFixture {
        let fixture = try EngineFixture(Self.welcome, people: 40)
        try fixture.journeys.transaction { () throws(StoreError) in
            let launch = try fixture.journeys.liveVersions(of: "welcome")[0].id
            try fixture.journeys.setOwner(owner, of: launch)
        }
        try fixture.restart()
        for person in 1...40 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        #expect(fixture.sent == (try rights(of: owner, fixture) == nil ? 0 : 40))
        fixture.advance(seconds: 3600)
        return fixture
    }

    private func rights(of owner: Owner, _ fixture: EngineFixture) throws -> SendingRights? {
        try fixture.store.openReader().rights(of: owner, at: fixture.now)
    }

    private func insert(_ id: String, into fixture: EngineFixture, until: Timestamp? = nil) throws {
        try fixture.store.openKeys().insert(
            StoredKey(
                key: APIKey(id: id, name: id, scopes: [.sendEmail], createdAt: fixture.now, expiresAt: until),
                code: [1, 2, 3]))
    }

    private func launch(_ fixture: EngineFixture) throws -> LaunchRecord {
        try #require(try fixture.store.openReader().latestLaunch(of: "welcome"))
    }

    /// A key that is there from the beginning.
    private func begun(byKey id: String, until: Timestamp? = nil) throws -> EngineFixture {
        let fixture = try EngineFixture(Self.welcome, people: 40)
        try insert(id, into: fixture, until: until)
        try fixture.journeys.transaction { () throws(StoreError) in
            try fixture.journeys.setOwner(.key(id), of: try fixture.journeys.liveVersions(of: "welcome")[0].id)
        }
        try fixture.restart()
        for person in 1...40 { try fixture.happen("signed_up", to: person) }
        try fixture.settle()
        #expect(fixture.sent == 40)
        fixture.advance(seconds: 3600)
        return fixture
    }

    @Test func `a key that is revoked in the middle of a run pauses it in the next turn, until somebody takes it over`()
        throws
    {
        let fixture = try begun(byKey: "aaaaaaaa")
        #expect(try fixture.store.openKeys().revoke("aaaaaaaa", now: fixture.now))
        try fixture.settle()
        #expect(fixture.sent == 40)
        let paused = try launch(fixture)
        #expect(paused.state == .paused)
        #expect(paused.note == "`key:aaaaaaaa`, who began it, has no rights any more")
        #expect(fixture.engine.takeWarnings().count == 1)
        let control = LaunchControl(store: fixture.store, environment: fixture.environment)
        #expect(throws: LaunchRefusal.self) { try control.resume("welcome", by: .user("nobody")) }
        _ = try control.resume("welcome")
        #expect(try launch(fixture).owner == .operator)
        #expect(try launch(fixture).note == nil)
        try fixture.restart()
        try fixture.settle()
        #expect(fixture.sent == 80)
    }

    @Test func `what the command line began goes on whatever becomes of keys`() throws {
        let fixture = try fixture(of: .operator)
        try insert("aaaaaaaa", into: fixture)
        _ = try fixture.store.openKeys().revoke("aaaaaaaa", now: fixture.now)
        try fixture.settle()
        #expect(fixture.sent == 80)
    }

    @Test func `what nobody is there for any more does not begin`() throws {
        let fixture = try fixture(of: .user("gone"))
        #expect(try launch(fixture).state == .paused)
    }

    @Test func `a key that was rotated hands its programs on, and takes them along when it ends`() throws {
        let fixture = try begun(byKey: "aaaaaaaa")
        let keys = try fixture.store.openKeys()
        try insert("bbbbbbbb", into: fixture)
        try keys.replace("aaaaaaaa", by: "bbbbbbbb")
        _ = try keys.revoke("aaaaaaaa", now: fixture.now)
        _ = try fixture.engine.turn()
        #expect(try launch(fixture).state == .running)
        _ = try keys.revoke("bbbbbbbb", now: fixture.now)
        _ = try fixture.engine.turn()
        #expect(try launch(fixture).state == .paused)
    }

    @Test func `a key whose time is over is seen by the clock, without a change of the database`() throws {
        let fixture = try begun(byKey: "aaaaaaaa", until: EngineFixture.start.adding(seconds: 1800))
        try fixture.settle()
        #expect(fixture.sent == 40)
        #expect(try launch(fixture).state == .paused)
    }

    @Test(arguments: [true, false])
    func `a person who loses the scope, or is shut out, pauses what they began`(isShutOut: Bool) throws {
        let fixture = try EngineFixture(Self.welcome, people: 3)
        let users = try fixture.store.openUsers()
        var anna = UserRecord(
            name: "anna", role: .campaignManager, extra: [.sendEmail], createdAt: fixture.now, createdBy: "operator")
        _ = try users.insert(anna)
        try fixture.journeys.transaction { () throws(StoreError) in
            try fixture.journeys.setOwner(.user("anna"), of: try fixture.journeys.liveVersions(of: "welcome")[0].id)
        }
        try fixture.restart()
        try fixture.happen("signed_up", to: 1)
        try fixture.settle()
        #expect(fixture.sent == 1)
        if isShutOut { anna.disabledAt = fixture.now } else { anna.extra = [.sendSMS] }
        try users.update(anna)
        try fixture.happen("signed_up", to: 2)
        try fixture.settle()
        #expect(fixture.sent == 1)
        let note = try #require(try launch(fixture).note)
        #expect(note.contains(isShutOut ? "has no rights" : "may not send by email any more"), "\(note)")
    }

    @Test func `a key is kept to its channels and programs while what it began runs`() throws {
        for (limits, words) in [
            (KeyLimits(channels: ["text"]), "may not send by the channel `mail`"),
            (KeyLimits(programs: ["other"]), "may not run `welcome`"),
        ] {
            let fixture = try EngineFixture(Self.welcome)
            var key = APIKey(id: "aaaaaaaa", name: "a", scopes: [.sendEmail], createdAt: fixture.now)
            key.limits = limits
            try fixture.store.openKeys().insert(StoredKey(key: key, code: [1]))
            try fixture.journeys.transaction { () throws(StoreError) in
                try fixture.journeys.setOwner(
                    .key("aaaaaaaa"), of: try fixture.journeys.liveVersions(of: "welcome")[0].id)
            }
            try fixture.restart()
            try fixture.happen("signed_up")
            try fixture.settle()
            #expect(fixture.sent == 0)
            #expect(try launch(fixture).note?.contains(words) == true)
        }
    }
}
