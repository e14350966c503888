import Channels
import RuleEngine

/// How a launch ends, and how it goes on after the store failed.
extension LaunchCoordinator {
    /// Begins nothing new, waits for what is on its way, and writes it down.
    func drain(_ ending: Ending) -> Ending {
        desk.update { $0.isEnding = true }
        reportProgress(tally.progress(phase: .draining, inFlight: inFlight.count))
        // After a kill what was not begun never is: the last send is over within a second, and what has no answer by
        // then is uncertain.
        let seconds: Double = if case .killed = ending { 0.2 } else { 30 }
        for lane in lanes { lane.session.finish(within: seconds) }
        let (reports, skips, holds) = desk.withState { ($0.reports, $0.skips, $0.holds) }
        for report in reports { settle(report) }
        var wave = LedgerWave()
        wave.outcomes = outcomes
        wave.skips = skips
        wave.holds = holds
        guard !wave.outcomes.isEmpty || !wave.skips.isEmpty || !wave.holds.isEmpty else { return ending }
        guard let error = writeLast(wave) else { return ending }
        let count = wave.outcomes.count
        return .failed(
            "\(Self.describe(error)); the outcomes of \(count) \(count == 1 ? "send" : "sends") could not be written and will be uncertain"
        )
    }

    private func commitWithoutIntents(_ wave: LedgerWave, _ ledger: any Ledger) throws(StoreError) {
        _ = try ledger.commit(
            wave, launch: launch.id, step: program.sendStep, queries: program.steps[0].messages.map(\.recipients),
            now: environment.now(), gate: { _, _ in .allow })
    }

    /// The outcomes in hand are known only here, so writing them is tried for half a minute, each time on a new
    /// connection: a file sync that failed must not be repeated on the old one. Nil when it was done.
    private func writeLast(_ wave: LedgerWave) -> StoreError? {
        let end = environment.monotonic() + 30
        while true {
            do throws(StoreError) {
                try commitWithoutIntents(wave, ledger)
                tally.skipped(wave.skips.count)
                return nil
            } catch {
                guard environment.monotonic() < end else { return error }
                pause(1)
                if error != .busy, let fresh = reopened() { ledger = fresh }
            }
        }
    }

    /// No transaction can be trusted after a failed write. Waits for the store to come back, on a new connection,
    /// takes back the intents whose fate is unknown (they were not sent), and begins again with the planned rows.
    func recover(from error: StoreError, lost wave: LedgerWave) -> Ending? {
        guard case .failed = error else { return .failed(Self.describe(error)) }
        var repair = LedgerWave()
        repair.outcomes = wave.outcomes
        repair.outcomes += wave.intents.map { intent in
            var place = intent.place
            if let step = intent.newStep { place?.step = step }
            return OutcomeRecord(
                contact: intent.contact, attempt: intent.attempt,
                result: .retry(reason: "store_failed", notBefore: environment.now()), place: place)
        }
        let end = environment.monotonic() + 30
        while environment.monotonic() < end, !stop.isStopping {
            reportProgress(tally.progress(phase: .waiting, inFlight: inFlight.count, note: Self.describe(error)))
            pause(1)
            guard let fresh = reopened(), (try? commitWithoutIntents(repair, fresh)) != nil else { continue }
            ledger = fresh
            outcomes.removeAll()
            desk.update { $0.beginAnew() }
            return nil
        }
        return .failed(Self.describe(error))
    }

    private func reopened() -> (any Ledger)? {
        guard let fresh = try? store.openLedger(), (try? fresh.resumeEpoch()) != nil else { return nil }
        return fresh
    }

    /// Waits without keeping the desk's other threads from working.
    private func pause(_ seconds: Double) {
        _ = desk.wait(atMost: seconds) { (_: inout LaunchDesk) -> Bool? in nil }
    }

    static func describe(_ error: StoreError) -> String {
        switch error {
        case .busy: "another process holds the data folder"
        case .failed(let detail): "the data folder can't be written: \(detail)"
        case .unusable(let detail): "the data folder can't be used: \(detail)"
        }
    }
}

extension SuppressionReason {
    init(_ reason: ProviderSuppression) {
        switch reason {
        case .bounce: self = .bounce
        case .complaint: self = .complaint
        case .providerOptOut: self = .provider
        }
    }
}
