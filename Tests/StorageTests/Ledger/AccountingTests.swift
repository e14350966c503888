import RuleEngine
import Runner
import Storage
import Testing

/// Whatever happens, in whatever order: every planned recipient is in exactly one state.
@Suite struct AccountingTests {
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `after any sequence of events the states add up to the audience`(_ seed: UInt64) throws {
        let audience = 200
        let fixture = try LedgerFixture(contacts: audience)
        var random = Seeded(state: seed)
        var ledger = fixture.ledger
        /// What the ledger must hold, kept by hand.
        var model: [Int: (state: DeliveryState, attempts: Int32)] = [:]
        for contact in 1...audience { model[contact] = (.planned, 0) }

        for step in 0..<120 {
            switch random.next(12) {
            case 0:
                ledger = try fixture.store.openLedger()
                let crashed = try ledger.beginEpoch(now: fixture.now)
                let sending = model.filter { $0.value.state == .sending }
                #expect(crashed == sending.count)
                for contact in sending.keys { model[contact]?.state = .uncertain }
            case 1:
                let contact = random.next(audience) + 1
                let settlement = Settlement.allCases[random.next(3)]
                let count = try ledger.settle(
                    fixture.launch, contact: ContactKey(rawValue: Int64(contact)), as: settlement, now: fixture.now
                )
                #expect(count == (model[contact]?.state == .uncertain ? 1 : 0))
                if count == 1 {
                    model[contact]?.state =
                        [.accepted, .retryWait, .unknownFinal][
                            Settlement.allCases.firstIndex(of: settlement) ?? 0
                        ]
                }
            default:
                try self.wave(fixture, ledger, &model, &random)
            }
            if step % 20 == 0 { try check(fixture, model) }
        }
        try check(fixture, model)
        let open = model.values.filter { [.planned, .retryWait].contains($0.state) }.count
        #expect(try ledger.cancelOpen(fixture.launch, reason: "by hand", now: fixture.now) == open)
        for (contact, row) in model where [.planned, .retryWait].contains(row.state) {
            model[contact]?.state = .cancelled
        }
        try check(fixture, model)
    }

    private func wave(
        _ fixture: LedgerFixture, _ ledger: any Ledger, _ model: inout [Int: (state: DeliveryState, attempts: Int32)],
        _ random: inout Seeded
    ) throws {
        var wave = LedgerWave()
        var touched: Set<Int> = []
        for _ in 0..<random.next(20) {
            let contact = random.next(model.count) + 1
            guard touched.insert(contact).inserted, let row = model[contact] else { continue }
            let key = ContactKey(rawValue: Int64(contact))
            switch (random.next(3), row.state) {
            case (0, .planned), (0, .retryWait):
                wave.skips.append(SkipRecord(contact: key, reason: "topic_off"))
                model[contact]?.state = .skipped
            case (_, .planned), (_, .retryWait):
                wave.intents.append(try fixture.intent(contact, attempt: row.attempts + 1))
                model[contact] = (.sending, row.attempts + 1)
            case (let choice, .sending):
                let results: [(OutcomeRecord.Result, DeliveryState)] = [
                    (.accepted(providerID: "x"), .accepted), (.rejected(code: "smtp_550", suppress: nil), .rejected),
                    (.retry(reason: "smtp_451", notBefore: fixture.now), .retryWait), (.failed(reason: "x"), .failed),
                    (.uncertain(kind: "timeout"), .uncertain),
                ]
                let (result, state) = results[(choice + random.next(3)) % 5]
                wave.outcomes.append(OutcomeRecord(contact: key, attempt: row.attempts, result: result))
                model[contact]?.state = state
            default:
                // Too late for any of these: nothing may change.
                wave.outcomes.append(
                    OutcomeRecord(contact: key, attempt: row.attempts + 7, result: .failed(reason: "x")))
                wave.skips.append(SkipRecord(contact: key, reason: "late"))
            }
        }
        _ = try ledger.commit(
            wave, launch: fixture.launch, step: 1, query: fixture.query, now: fixture.now, gate: LedgerFixture.gate
        )
    }

    private func check(
        _ fixture: LedgerFixture, _ model: [Int: (state: DeliveryState, attempts: Int32)]
    ) throws {
        let counts = try fixture.reader.counts(of: fixture.launch)
        var expected: [DeliveryState: Int] = [:]
        for row in model.values { expected[row.state, default: 0] += 1 }
        #expect(counts.byState == expected)
        #expect(counts.audience == model.count)
        #expect(counts.skipped.values.reduce(0, +) == counts[.skipped])
        #expect(counts.refusals.values.reduce(0, +) == counts[.rejected] + counts[.failed])
        #expect(counts.reservedMicros == Int64(100 * (counts[.sending] + counts[.uncertain] + counts[.unknownFinal])))
        #expect(counts.costMicros == Int64(100 * counts[.accepted]))
        #expect(try fixture.reader.verify(fixture.launch, now: fixture.now) == [])
        var rows: [Int64] = []
        try fixture.reader.forEachDelivery(of: fixture.launch, state: nil) { record in
            rows.append(record.contact.rawValue)
            return true
        }
        #expect(rows == Array(1...Int64(model.count)))
    }

    @Test func `the self-check names rows that break a rule`() throws {
        let fixture = try LedgerFixture(contacts: 5)
        for contact in 1...5 { try fixture.lead(contact, to: .accepted) }
        #expect(try fixture.reader.verify(fixture.launch, now: fixture.now) == [])
        for sql in [
            "UPDATE delivery SET started_at = NULL WHERE contact = 1",
            "UPDATE delivery SET state = 9 WHERE contact = 2",
            "DELETE FROM contact WHERE id = 3", "UPDATE delivery SET state = 4, updated_at = 5 WHERE contact = 4",
        ] {
            try fixture.connection.execute(sql)
        }
        #expect(try fixture.reader.verify(fixture.launch, now: fixture.now).count == 4)
    }
}

/// A small generator with a seed: the same numbers on every machine.
struct Seeded {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
