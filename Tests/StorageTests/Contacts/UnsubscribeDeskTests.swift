import RuleEngine
import Runner
import Storage
import Testing

struct UnsubscribeDeskTests {
    private let fixture: ImportFixture
    private let desk: UnsubscribeDesk

    init() throws {
        fixture = try ImportFixture()
        try fixture.load("id,email,language,consent.email\n1,a@example.com,de,express\n")
        let now = fixture.now
        desk = UnsubscribeDesk(
            store: fixture.store,
            environment: RunnerEnvironment(now: { now }, monotonic: { 0 }, random: { 0 })
        )
    }

    private func token(_ launch: LaunchID, contact: ContactKey? = nil) throws -> String {
        var token: [UInt8] = []
        let contact = try contact ?? fixture.key("1")
        ReferenceSealer(fixture.store.key).seal(DeliveryKey(launch: launch, contact: contact, step: 1), into: &token)
        return String(decoding: token, as: UTF8.self)
    }

    private func launch(brand: String?) throws -> LaunchID {
        let record = LaunchRecord(
            id: LaunchID(rawValue: 0), program: "spring-sale", version: "abc", channelID: "email-main",
            channelKind: "email", purpose: .marketing, topic: nil, brand: brand, currency: "EUR", state: .running,
            planCursor: ContactKey(rawValue: 0), isPlanned: true, createdAt: fixture.now, finishedAt: nil,
            source: "campaign: x"
        )
        let ledger = try fixture.store.openLedger()
        let last = try ledger.latestLaunch(of: record.program)?.id
        return try #require(try ledger.createLaunch(record, after: last)).id
    }

    @Test(arguments: ["Acme", nil])
    func `a link tells who sent it, and ends the mails once`(brand: String?) throws {
        let token = try token(launch(brand: brand))
        let before = try #require(try desk.subject(of: token))
        #expect(before.sender == brand ?? "spring-sale")
        #expect(before.language == "de")
        #expect(!before.isUnsubscribed && !before.isTest)
        for _ in 0..<2 { #expect(try desk.unsubscribe(token)?.isUnsubscribed == true) }
        #expect(try fixture.sheet("1").history.filter { $0.action == .revoked || $0.action == .suppressed }.count == 1)
    }

    @Test func `the link of a test message changes nothing`() throws {
        let token = try token(.preview)
        #expect(try desk.subject(of: token)?.isTest == true)
        let after = try #require(try desk.unsubscribe(token))
        #expect(after.isTest && !after.isUnsubscribed)
        #expect(try !fixture.consents.isUnsubscribed(fixture.key("1"), channel: "email", topic: nil))
    }

    @Test func `a link about nobody, of no launch or of another data folder is none`() throws {
        let real = try token(launch(brand: nil))
        #expect(try desk.subject(of: token(launch(brand: nil), contact: ContactKey(rawValue: 99))) == nil)
        #expect(try desk.subject(of: token(LaunchID(rawValue: 99))) == nil)
        #expect(try desk.subject(of: String(real.reversed())) == nil)
        let stranger = UnsubscribeDesk(
            store: try ImportFixture().store,
            environment: RunnerEnvironment(now: { Timestamp(microseconds: 0) }, monotonic: { 0 }, random: { 0 })
        )
        #expect(try stranger.unsubscribe(real) == nil)
    }
}
