import RuleEngine
import Runner

/// One wave, applied to a copy of the state: all of it or nothing.
struct MemoryTransaction {
    var state: MemoryStore.State
    let launch: LaunchID
    let now: Timestamp
    private static let waiting: [DeliveryState] = [.planned, .deferred, .retryWait]

    mutating func apply(_ wave: LedgerWave, gate: (Int, GateFacts) -> GateDecision) -> WaveResult {
        var stale = 0
        for outcome in wave.outcomes where !record(outcome) { stale += 1 }
        for skip in wave.skips {
            change(skip.contact, from: Self.waiting) { $0.skip(skip.reason, isExpired: skip.isExpired) }
        }
        for hold in wave.holds {
            change(hold.contact, from: Self.waiting) { $0.hold(until: hold.until, hold.reason) }
        }
        let launchState = state.launches.first { $0.id == launch }?.state ?? .cancelled
        var result = WaveResult(launchState: launchState, granted: [], refused: [], staleOutcomes: stale)
        guard launchState == .running else { return result }
        for (index, intent) in wave.intents.enumerated() {
            if intent.suppressionEpoch != state.suppressionEpoch,
                let contact = state.contacts.first(where: { $0.key == intent.contact }),
                !gate(intent.lane, contact.gate).isAllowed
            {
                switch gate(intent.lane, contact.gate) {
                case .allow: break
                case .wait(let until, let reason):
                    change(intent.contact, from: Self.waiting) { $0.hold(until: until, reason.rawValue) }
                    result.held.append(index)
                case .block(let reason):
                    change(intent.contact, from: Self.waiting) { $0.skip(reason.rawValue) }
                    result.refused.append((index, reason.rawValue))
                }
            } else if grant(intent) {
                result.granted.append(index)
            } else {
                result.refused.append((index, WaveResult.gone))
            }
        }
        return result
    }

    private mutating func grant(_ intent: SendIntent) -> Bool {
        let isGranted = change(intent.contact, from: Self.waiting) { record in
            record.state = .sending
            record.attempts = intent.attempt
            record.address = intent.address
            record.costMicros = intent.costMicros
            record.step = intent.newStep ?? record.step
            record.startedAt = record.updatedAt
        }
        if isGranted { state.rows[launch]?[intent.contact]?.epoch = state.runnerEpoch }
        return isGranted
    }

    private mutating func record(_ outcome: OutcomeRecord) -> Bool {
        guard let row = state.rows[launch]?[outcome.contact], row.record.attempts == outcome.attempt,
            row.epoch == state.runnerEpoch
        else { return false }
        let now = now
        return change(outcome.contact, from: [.sending]) { record in
            switch outcome.result {
            case .accepted(let id):
                record.state = .accepted
                record.providerID = id
                record.acceptedAt = now
            case .rejected(let code, _):
                record.state = .rejected
                record.reason = code
                record.costMicros = 0
            case .retry(let reason, let notBefore):
                record.state = .retryWait
                record.reason = reason
                record.notBefore = notBefore
                record.costMicros = 0
            case .failed(let reason):
                record.state = .failed
                record.reason = reason
                record.costMicros = 0
            case .uncertain(let kind):
                record.state = .uncertain
                record.reason = kind
            }
        }
    }

    @discardableResult
    private mutating func change(
        _ contact: ContactKey, from states: [DeliveryState], _ body: (inout DeliveryRecord) -> Void
    ) -> Bool {
        guard var row = state.rows[launch]?[contact], states.contains(row.record.state) else { return false }
        row.record.updatedAt = now
        body(&row.record)
        state.rows[launch]?[contact] = row
        return true
    }
}

extension DeliveryRecord {
    mutating func hold(until: Timestamp, _ why: String) {
        state = .deferred
        reason = why
        notBefore = until
    }

    mutating func skip(_ why: String, isExpired: Bool = false) {
        state = isExpired ? .expired : .skipped
        reason = why
        costMicros = 0
    }
}
