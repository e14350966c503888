import RuleEngine
import Runner
import Storage
import Testing

/// What caps count, and that the transaction of the intent counts again.
@Suite struct SendCountTests {
    static let day: Int64 = 86_400_000_000

    static func query(_ fixture: LedgerFixture, purpose: Purpose = .marketing, topic: String? = "offers")
        -> RecipientQuery
    {
        var query = RecipientQuery(
            channelKind: "email", purpose: purpose, topic: topic, slots: [], schema: fixture.schema)
        query.questions = GateQuestions(asksPlace: true, sentWithin: 30 * day, asksWait: true)
        return query
    }

    static func facts(_ fixture: LedgerFixture, of contact: Int, _ query: RecipientQuery) throws -> GateFacts {
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.reader.recipient(ContactKey(rawValue: Int64(contact)), query, into: &page)
        return try #require(page.rows.first).gate
    }

    /// Which states count, on every way that leads to one.
    @Test(arguments: DeliveryState.allCases)
    func `what may have reached the person counts, and nothing else`(state: DeliveryState) throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.lead(1, to: state)
        let sends = try Self.facts(fixture, of: 1, Self.query(fixture)).sends
        let counts = [.sending, .uncertain, .accepted, .unknownFinal].contains(state)
        #expect(sends.count == (counts ? 1 : 0))
        #expect(sends.allSatisfy { $0.at == fixture.now && $0.kind == "email" && $0.isSameTopic })
    }

    @Test func `a doubt that ends with not accepted counts no more, and a retry counts once`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.lead(1, to: .uncertain)
        _ = try fixture.ledger.settle(fixture.launch, contact: nil, as: .notAccepted, now: fixture.now)
        #expect(try Self.facts(fixture, of: 1, Self.query(fixture)).sends.isEmpty)
        fixture.now = fixture.now.adding(seconds: 60)
        try fixture.intend(1, attempt: 2)
        try fixture.finish(1, attempt: 2, .accepted(providerID: "x"))
        #expect(try Self.facts(fixture, of: 1, Self.query(fixture)).sends.map(\.at) == [fixture.now])
    }

    @Test func `other purposes are not counted, other topics are marked`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.lead(1, to: .accepted)
        #expect(try Self.facts(fixture, of: 1, Self.query(fixture, purpose: .informational)).sends.isEmpty)
        let other = try Self.facts(fixture, of: 1, Self.query(fixture, topic: "news")).sends
        #expect(other.map(\.isSameTopic) == [false])
    }

    @Test func `the facts say where somebody is and since when their message waits`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        let created = fixture.now
        fixture.now = fixture.now.adding(seconds: 100)
        try fixture.hold(1, until: fixture.now)
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.connection.execute("UPDATE delivery SET state = 0")
        try fixture.reader.plannedPage(of: fixture.launch, Self.query(fixture), after: nil, limit: 10, into: &page)
        let facts = try #require(page.rows.first).gate
        #expect(facts.place?.countries == ["DE"])
        #expect(facts.place?.zones.contains("Europe/Berlin") == true)
        #expect(facts.wantedAt == created)
        #expect(facts.contact == 1)
    }

    /// Two programs want the same person, and there is room for one. Both have asked the gate before either had sent.
    @Test func `of two intents for one place below a cap the second is held`() throws {
        let fixture = try LedgerFixture(contacts: 3)
        let query = Self.query(fixture)
        var rules = GateRules(purpose: .marketing, minimumConsent: .softOptIn)
        rules.caps = [CapRule(count: 1, period: Self.day)]
        let first = try fixture.intent(1)
        let other = try #require(try fixture.ledger.createLaunch(fixture.record(program: "summer-sale"), after: nil)).id
        while try fixture.ledger.materialise(other, fixture.audience(), step: 1, limit: 1_000, now: fixture.now) {}
        func commit(_ intent: SendIntent, to launch: LaunchID) throws -> WaveResult {
            var wave = LedgerWave()
            wave.intents = [intent]
            return try fixture.ledger.commit(
                wave, launch: launch, step: 1, query: query, now: fixture.now,
                gate: { Gate.decide($0, rules: rules, now: fixture.now) })
        }
        #expect(try commit(first, to: fixture.launch).granted == [0])
        let result = try commit(first, to: other)
        #expect(result.granted.isEmpty && result.held == [0])
        let row = try #require(try fixture.reader.delivery(of: other, contact: ContactKey(rawValue: 1)))
        #expect(row.state == .deferred)
        #expect(row.reason == "cap_tenant")
        #expect(row.notBefore == fixture.now.adding(seconds: 86_400))
        // The first was refused by the provider after all: there is room again.
        try fixture.finish(1, .rejected(code: "smtp_550", suppress: nil))
        #expect(try commit(first, to: other).granted == [0])
    }

    /// `check_again`: who left the audience in the night is told by the facts of the morning.
    @Test func `whom quiet hours held is asked for the audience again`() throws {
        let fixture = try LedgerFixture(contacts: 3)
        var query = Self.query(fixture)
        let condition = try Self.compile(#"contact.country == "DE""#, fixture.schema)
        query.membership = AudienceMembership(
            audience: CheckedAudience(include: [], exclude: [], conditions: [condition], expect: nil),
            offices: OfficeClocks())
        try fixture.hold(1, until: fixture.now)
        try fixture.hold(2, until: fixture.now)
        try fixture.connection.execute("UPDATE contact SET country = 'AT' WHERE id = 2")
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.reader.duePage(
            of: fixture.launch, query, now: fixture.now, limit: 10, excluding: [], into: &page)
        #expect(page.rows.map(\.gate.heldFor) == [.quietHours, .quietHours])
        #expect(page.rows.map(\.gate.hasLeftAudience) == [false, true])
        let rules = GateRules(purpose: .marketing, minimumConsent: .softOptIn)
        #expect(
            page.rows.map { Gate.decide($0.gate, rules: rules, now: fixture.now) } == [.allow, .block(.leftAudience)])
    }

    private static func compile(_ text: String, _ schema: ContactSchema) throws -> TypedExpression {
        var diagnostics = DiagnosticBag()
        let bytes = Array(text.utf8)
        let embedded = EmbeddedText(
            bytes: bytes, whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]
        )
        let scope = ExpressionScope(schema: schema, currency: "EUR", roots: [.contact, .now])
        let expression = ExpressionCompiler.compile(embedded, expecting: .bool, in: scope, reporting: &diagnostics)
        return try #require(expression, "\(diagnostics)")
    }
}
