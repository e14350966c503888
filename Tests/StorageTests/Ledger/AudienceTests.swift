import RuleEngine
import Runner
import Storage
import Testing

/// Audiences and pages: who is in them, and what a page says about each.
@Suite struct AudienceTests {
    static let schema = ContactSchema(
        id: "test",
        declared: [
            ContactField(name: "plan", type: TypeInfo(.text, isOptional: true)),
            ContactField(name: "seats", type: TypeInfo(.int, isOptional: true)),
            ContactField(name: "never_imported", type: TypeInfo(.text, isOptional: true)),
        ]
    )

    struct Case: Sendable, CustomTestStringConvertible {
        var include: [[String]] = []
        var exclude: [[String]] = []
        var conditions: [String] = []
        var expected: [Int64]

        var testDescription: String { "in \(include) not in \(exclude) where \(conditions)" }
    }

    static let trial = #"contact.plan == "trial""#
    static let many = "contact.seats > 5"

    // Contacts 1 to 12; plan: trial for odd ones, none for those that 4 divides, else team; seats: the number itself,
    // missing from 10 on.
    @Test(arguments: [
        Case(expected: Array(1...12)),
        Case(include: [[]], expected: Array(1...12)),
        Case(include: [[trial]], expected: [1, 3, 5, 7, 9, 11]),
        Case(include: [[trial, many]], expected: [7, 9]),
        Case(include: [[trial], [many]], expected: [1, 3, 5, 6, 7, 8, 9, 11]),
        Case(exclude: [[trial]], expected: [2, 4, 6, 8, 10, 12]),
        Case(exclude: [[many]], expected: [1, 2, 3, 4, 5, 10, 11, 12]),
        Case(exclude: [[trial], [many]], expected: [2, 4, 10, 12]),
        Case(include: [[trial]], exclude: [[many]], conditions: ["contact.id != \"c3\""], expected: [1, 5, 11]),
        Case(conditions: [#"contact.email == "c4@example.com" or contact.seats == 2"#], expected: [2, 4]),
        Case(conditions: [#"contact.never_imported == "x""#], expected: []),
        Case(conditions: ["contact.never_imported is missing", "default(contact.seats, 0) * 2 == 8"], expected: [4]),
        Case(exclude: [[]], expected: []),
    ])
    func `an audience is what its segments and conditions say`(_ example: Case) throws {
        let fixture = try prepared()
        let query = try audience(example, fixture)
        var found: [Int64] = []
        var page = RecipientPage(slotCount: Self.schema.fields.count)
        var after: ContactKey?
        repeat {
            try fixture.reader.audiencePage(query, after: after, limit: 2, into: &page)
            found += page.rows.map(\.contact.rawValue)
            after = page.rows.last?.contact
        } while !page.rows.isEmpty
        #expect(found == example.expected)

        let launch = try #require(try fixture.ledger.createLaunch(fixture.record(program: "other"), after: nil)).id
        while try fixture.ledger.materialise(launch, query, step: 1, limit: 2, now: fixture.now) {}
        var planned: [Int64] = []
        try fixture.reader.forEachDelivery(of: launch, state: .planned) { record in
            planned.append(record.contact.rawValue)
            return true
        }
        #expect(planned == example.expected)
        let record = try fixture.reader.launch(launch)
        #expect(record?.isPlanned == true && record?.planCursor == ContactKey(rawValue: 12))
    }

    @Test func `a page holds the facts in the columns of their slots`() throws {
        let fixture = try prepared()
        try fixture.connection.execute("UPDATE contact SET tags = 'vip' || char(31) WHERE id = 2")
        let slots = Self.schema.fields.indices.map { $0 }
        var page = RecipientPage(slotCount: slots.count)
        let query = RecipientQuery(
            channelKind: "email", purpose: .marketing, topic: nil, slots: slots, schema: Self.schema
        )
        try fixture.reader.recipient(ContactKey(rawValue: 2), query, into: &page)
        func text(_ name: String) -> String? {
            Self.schema.slot(of: name).flatMap { page.facts.text(slot: $0, row: 0) }
        }
        #expect(page.facts.count == 1 && page.rows.count == 1)
        #expect(text("id") == "c2" && text("email") == "c2@example.com" && text("plan") == "team")
        #expect(text("language") == "de" && text("country") == "DE" && text("tags") == "vip\u{1F}")
        #expect(text("phone") == nil && text("never_imported") == nil && text("time_zone") == nil)
        #expect(page.facts.columns[Self.schema.slot(of: "seats") ?? 0].values == [2])
        #expect(page.rows[0].address.string(pool: page.facts.pool) == "c2@example.com")
        #expect(page.rows[0].externalID.string(pool: page.facts.pool) == "c2")
        try fixture.reader.recipient(ContactKey(rawValue: 99), query, into: &page)
        #expect(page.rows.isEmpty)
    }

    /// Each statement, and what the gate then knows.
    static let permissions: [(sql: String, change: @Sendable (inout GateFacts) -> Void)] = [
        ("SELECT 1", { _ in }),
        ("UPDATE contact SET erased = 1", { $0.isErased = true }),
        (
            "DELETE FROM identity",
            {
                $0.hasAddress = false; $0.isAddressWellFormed = false
            }
        ),
        ("UPDATE identity SET address = ''", { $0.isAddressWellFormed = false }),
        ("UPDATE contact SET do_not_contact = 2", { $0.isDoNotContact = true }),
        ("INSERT INTO permission VALUES (1, 'email', 0)", { $0.hasRefusedChannel = true }),
        ("INSERT INTO permission VALUES (1, 'email', 1)", { _ in }),
        ("INSERT INTO permission VALUES (1, 'sms', 0)", { _ in }),
        ("UPDATE consent SET revoked_at = 5", { $0.isConsentRevoked = true }),
        ("UPDATE consent SET source = NULL", { $0.isProofComplete = false }),
        (
            "UPDATE consent SET given_at = NULL",
            {
                $0.isProofComplete = false; $0.consentGivenAt = nil
            }
        ),
        ("UPDATE consent SET expires_at = 7", { $0.consentExpiresAt = Timestamp(microseconds: 7) }),
        (
            "UPDATE consent SET purpose = 'transactional'",
            {
                $0.consent = .none; $0.isProofComplete = false; $0.consentGivenAt = nil
            }
        ),
        ("INSERT INTO topic_optout VALUES (1, 'email', 'offers', 5)", { $0.isTopicOff = true }),
        ("INSERT INTO topic_optout VALUES (1, 'email', 'news', 5)", { _ in }),
        (suppress("email", 2), { $0.suppression = .unsubscribe }),
        (suppress("email", 4) + ";" + suppress("email", 5), { $0.suppression = .bounce }),
        (suppress("sms", 2), { _ in }),
        (suppress("", 0), { $0.isDoNotContact = true }),
        (
            suppress("", 0, 1),
            {
                $0.isDoNotContact = true; $0.doNotContactIsMarketingOnly = true
            }
        ),
        (
            suppress("", 0, 1) + ";UPDATE contact SET do_not_contact = 1",
            { $0.isDoNotContact = true }
        ),
        (
            suppress("", 0, 1) + ";" + suppress("email", 3),
            {
                $0.isDoNotContact = true; $0.doNotContactIsMarketingOnly = true; $0.suppression = .complaint
            }
        ),
    ]

    static func suppress(_ channel: String, _ reason: Int, _ marketingOnly: Int = 0) -> String {
        """
        INSERT INTO suppression (address_key, channel, reason, marketing_only, at)
        SELECT address_key, '\(channel)', \(reason), \(marketingOnly), 1 FROM identity WHERE contact = 1
        """
    }

    @Test(arguments: permissions.indices)
    func `the gate's facts are what the tables say`(_ index: Int) throws {
        let example = Self.permissions[index]
        let fixture = try LedgerFixture(contacts: 1)
        var expected = GateFacts()
        expected.hasAddress = true
        expected.isAddressWellFormed = true
        expected.consent = .express
        expected.isProofComplete = true
        expected.consentGivenAt = Timestamp(microseconds: 1)
        example.change(&expected)
        try fixture.change(example.sql)
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.reader.recipient(ContactKey(rawValue: 1), fixture.query, into: &page)
        #expect(page.rows[0].gate == expected, "\(example.sql)")
        #expect(page.suppressionEpoch == 1)
        try fixture.reader.plannedPage(of: fixture.launch, fixture.query, after: nil, limit: 10, into: &page)
        #expect(page.rows[0].gate == expected, "\(example.sql)")
        try fixture.reader.audiencePage(fixture.audience(), after: nil, limit: 10, into: &page)
        #expect(page.rows[0].gate == expected, "\(example.sql)")
    }

    @Test func `a row whose contact is gone is still read, as one of an erased person`() throws {
        let fixture = try LedgerFixture(contacts: 2)
        try fixture.connection.execute("DELETE FROM contact WHERE id = 1")
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.reader.plannedPage(of: fixture.launch, fixture.query, after: nil, limit: 10, into: &page)
        #expect(page.rows.map(\.gate.isErased) == [true, false])
    }

    @Test func `a message that was made for an old address is not sent to it`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        let intent = try fixture.intent(1)
        try fixture.setAddress("new@example.com", of: 1)
        try fixture.change("SELECT 1")
        var wave = LedgerWave()
        wave.intents = [intent]
        let result = try fixture.commit(wave)
        #expect(result.granted.isEmpty)
        #expect(result.refused.map(\.reason) == [WaveResult.addressChanged])
        #expect(try fixture.row(1).state == .planned)
    }

    private func prepared() throws -> LedgerFixture {
        let fixture = try LedgerFixture(contacts: 12, isPlanned: false)
        try fixture.connection.execute(
            """
            ALTER TABLE contact ADD COLUMN f_plan TEXT;
            ALTER TABLE contact ADD COLUMN f_seats INTEGER;
            UPDATE contact SET f_plan = CASE WHEN id % 4 = 0 THEN NULL WHEN id % 2 = 1 THEN 'trial' ELSE 'team' END,
                f_seats = CASE WHEN id < 10 THEN id END;
            """
        )
        return fixture
    }

    private func audience(_ example: Case, _ fixture: LedgerFixture) throws -> AudienceQuery {
        let nowhere = SourceSpan(file: FileID(rawValue: 0), start: 0, end: 0)
        func segment(_ conditions: [String]) throws -> CheckedSegment {
            CheckedSegment(
                id: "s", about: nil, conditions: try conditions.map(compile), expect: nil, span: nowhere
            )
        }
        return AudienceQuery(
            audience: CheckedAudience(
                include: try example.include.map(segment), exclude: try example.exclude.map(segment),
                conditions: try example.conditions.map(compile), expect: nil
            ),
            recipients: RecipientQuery(
                channelKind: "email", purpose: .marketing, topic: nil, slots: [0], schema: Self.schema
            ),
            now: fixture.now
        )
    }

    private func compile(_ text: String) throws -> TypedExpression {
        var diagnostics = DiagnosticBag()
        let bytes = Array(text.utf8)
        let embedded = EmbeddedText(
            bytes: bytes, whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]
        )
        let scope = ExpressionScope(schema: Self.schema, currency: "EUR", roots: [.contact, .now])
        let expression = ExpressionCompiler.compile(embedded, expecting: .bool, in: scope, reporting: &diagnostics)
        return try #require(expression, "\(diagnostics)")
    }
}
