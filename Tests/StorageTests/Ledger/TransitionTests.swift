import RuleEngine
import Runner
import Storage
import Testing

/// What may happen to a row, as a table: every event against every state.
@Suite struct TransitionTests {
    enum Event: String, CaseIterable, CustomTestStringConvertible {
        case intent, skip, hold, accepted, rejected, retry, failed, uncertain, cancel, giveUp, settleAccepted
        case settleNotAccepted, recovery

        var testDescription: String { rawValue }

        /// Where the event leads from a state; nil where it must change nothing.
        func target(from state: DeliveryState) -> DeliveryState? {
            switch (self, state) {
            case (.intent, .planned), (.intent, .deferred), (.intent, .retryWait): .sending
            case (.skip, .planned), (.skip, .deferred), (.skip, .retryWait): .skipped
            case (.hold, .planned), (.hold, .deferred), (.hold, .retryWait): .deferred
            case (.accepted, .sending), (.accepted, .uncertain): .accepted
            case (.rejected, .sending): .rejected
            case (.retry, .sending): .retryWait
            case (.failed, .sending): .failed
            case (.uncertain, .sending): .uncertain
            case (.cancel, .planned), (.cancel, .deferred), (.cancel, .retryWait): .cancelled
            case (.giveUp, .uncertain): .unknownFinal
            case (.settleAccepted, .uncertain): .accepted
            case (.settleNotAccepted, .uncertain): .retryWait
            case (.recovery, .sending): .uncertain
            default: nil
            }
        }

        func happen(to contact: Int, _ fixture: LedgerFixture) throws {
            let launch = fixture.launch
            let key = ContactKey(rawValue: Int64(contact))
            switch self {
            case .intent: try fixture.intend(contact, attempt: 2)
            case .skip: try fixture.skip(contact, reason: "topic_off")
            case .hold: try fixture.hold(contact, until: fixture.now.adding(seconds: 60))
            case .accepted: try fixture.finish(contact, .accepted(providerID: "late"))
            case .rejected: try fixture.finish(contact, .rejected(code: "smtp_550", suppress: .bounce))
            case .retry: try fixture.finish(contact, .retry(reason: "smtp_451", notBefore: fixture.now))
            case .failed: try fixture.finish(contact, .failed(reason: "exhausted"))
            case .uncertain: try fixture.finish(contact, .uncertain(kind: "reset"))
            case .cancel: _ = try fixture.ledger.cancelOpen(launch, reason: "by hand", now: fixture.now)
            case .giveUp:
                _ = try fixture.ledger.giveUpUncertain(
                    launch, olderThan: fixture.now.adding(seconds: 1), now: fixture.now
                )
            case .settleAccepted: _ = try fixture.ledger.settle(launch, contact: key, as: .accepted, now: fixture.now)
            case .settleNotAccepted:
                _ = try fixture.ledger.settle(launch, contact: key, as: .notAccepted, now: fixture.now)
            case .recovery: _ = try fixture.ledger.beginEpoch(now: fixture.now)
            }
        }
    }

    @Test(arguments: Event.allCases)
    func `an event moves the rows it may move, and leaves all others as they are`(_ event: Event) throws {
        for state in DeliveryState.allCases {
            let fixture = try LedgerFixture(contacts: 1)
            try fixture.lead(1, to: state)
            let before = try fixture.row(1)
            #expect(before.state == state)
            try event.happen(to: 1, fixture)
            let after = try fixture.row(1)
            if let target = event.target(from: state) {
                #expect(after.state == target, "\(event) from \(state)")
            } else {
                #expect(String(describing: after) == String(describing: before), "\(event) from \(state)")
                #expect(try fixture.connection.integer("SELECT count(*) FROM suppression") == 0)
            }
        }
    }

    @Test(arguments: [
        OutcomeRecord.Result.accepted(providerID: "x"), .rejected(code: "x", suppress: nil), .failed(reason: "x"),
        .retry(reason: "x", notBefore: LedgerFixture.start), .uncertain(kind: "x"),
    ])
    func `an outcome of another attempt is stale and changes nothing`(_ result: OutcomeRecord.Result) throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.lead(1, to: .retryWait)
        try fixture.intend(1, attempt: 2)
        #expect(try fixture.finish(1, attempt: 1, result).staleOutcomes == 1)
        #expect(try fixture.row(1).state == .sending)
    }

    @Test func `an outcome of an older epoch is stale and changes nothing`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.intend(1)
        let second = try fixture.store.openLedger()
        #expect(try second.beginEpoch(now: fixture.now) == 1)
        var wave = LedgerWave()
        wave.outcomes = [OutcomeRecord(contact: ContactKey(rawValue: 1), attempt: 1, result: .failed(reason: "x"))]
        let result = try second.commit(
            wave, launch: fixture.launch, step: 1, query: fixture.query, now: fixture.now, gate: LedgerFixture.gate
        )
        #expect(result.staleOutcomes == 1)
        #expect(try fixture.row(1).state == .uncertain)
    }

    @Test func `a runner whose folder was taken over gets no intent`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        _ = try fixture.store.openLedger().beginEpoch(now: fixture.now)
        #expect(throws: StoreError.self) { try fixture.intend(1) }
        #expect(try fixture.row(1).state == .planned)
    }

    @Test func `an attempt that was already made is not made again`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.lead(1, to: .retryWait)
        let result = try fixture.intend(1, attempt: 1)
        #expect(result.granted.isEmpty)
        #expect(result.refused.map(\.reason) == ["cancelled"])
        #expect(try fixture.row(1).state == .retryWait)
    }

    @Test func `a wait in the transaction of the intent defers the row, and nothing is granted`() throws {
        let fixture = try LedgerFixture(contacts: 2)
        let until = fixture.now.adding(seconds: 3600)
        var wave = LedgerWave()
        // The epoch of the first is older than the store's.
        wave.intents = [try fixture.intent(1, epoch: -1), try fixture.intent(2)]
        let result = try fixture.ledger.commit(
            wave, launch: fixture.launch, step: 1, query: fixture.query, now: fixture.now,
            gate: { _ in .wait(until: until, reason: .capTenant) })
        #expect(result.granted == [1])
        #expect(result.held == [0])
        #expect(result.refused.isEmpty)
        let row = try fixture.row(1)
        #expect(row.state == .deferred)
        #expect(row.notBefore == until)
        #expect(row.reason == "cap_tenant")
    }

    @Test(arguments: [LaunchState.planning, .paused, .finished, .cancelled])
    func `a launch that isn't running grants nothing, but takes outcomes`(_ state: LaunchState) throws {
        let fixture = try LedgerFixture(contacts: 2)
        try fixture.intend(1)
        try fixture.ledger.setState(state, of: fixture.launch, now: fixture.now)
        var wave = LedgerWave()
        wave.outcomes = [
            OutcomeRecord(contact: ContactKey(rawValue: 1), attempt: 1, result: .accepted(providerID: "x"))
        ]
        wave.intents = [try fixture.intent(2)]
        let result = try fixture.commit(wave)
        #expect(result.launchState == state)
        #expect(result.granted.isEmpty && result.refused.isEmpty)
        #expect(try fixture.row(1).state == .accepted)
        #expect(try fixture.row(2).state == .planned)
    }

    @Test func `a cancelled launch is never called finished`() throws {
        let fixture = try LedgerFixture(contacts: 1)
        try fixture.ledger.setState(.cancelled, of: fixture.launch, now: fixture.now)
        try fixture.ledger.setState(.finished, of: fixture.launch, now: fixture.now)
        #expect(try fixture.reader.launch(fixture.launch)?.state == .cancelled)
    }

    @Test func `a refusal that says so suppresses the address that was tried`() throws {
        let fixture = try LedgerFixture(contacts: 2)
        try fixture.intend(1)
        try fixture.setAddress("new@example.com", of: 1)
        let before = try fixture.connection.suppressionEpoch()
        try fixture.finish(1, .rejected(code: "smtp_550_5.1.1", suppress: .bounce))
        #expect(try fixture.connection.suppressionEpoch() == before + 1)
        #expect(try fixture.row(1).reason == "smtp_550_5.1.1")
        // Whoever has that address now is not written to.
        try fixture.setAddress("c1@example.com", of: 2)
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        try fixture.reader.recipient(ContactKey(rawValue: 2), fixture.query, into: &page)
        #expect(page.rows[0].gate.suppression == .bounce)
    }

    @Test func `a retry is due at its time, and not before`() throws {
        let fixture = try LedgerFixture(contacts: 3)
        let due = fixture.now.adding(seconds: 30)
        for contact in 1...3 {
            try fixture.intend(contact)
            let time = contact == 3 ? fixture.now.adding(seconds: 10) : due
            try fixture.finish(contact, .retry(reason: "smtp_451", notBefore: time))
        }
        #expect(try fixture.reader.nextDue(of: fixture.launch) == fixture.now.adding(seconds: 10))
        var page = RecipientPage(slotCount: fixture.schema.fields.count)
        func duePage(_ seconds: Double, excluding: Set<ContactKey> = []) throws -> [Int64] {
            try fixture.reader.duePage(
                of: fixture.launch, fixture.query, now: fixture.now.adding(seconds: seconds), limit: 10,
                excluding: excluding, into: &page
            )
            return page.rows.map(\.contact.rawValue)
        }
        #expect(try duePage(5) == [])
        #expect(try duePage(10) == [3])
        #expect(page.rows[0].attempts == 1)
        #expect(try duePage(31) == [3, 1, 2])
        #expect(try duePage(31, excluding: [ContactKey(rawValue: 3)]) == [1, 2])
    }
}
