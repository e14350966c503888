import Channels
import RuleEngine

/// What is handed to the channels, and what becomes of it.
extension LaunchCoordinator {
    func submit(_ result: WaveResult, _ sends: [PreparedSend]) {
        var messages: [[ComposedMessage]] = lanes.map { _ in [] }
        for index in result.granted {
            let send = sends[index]
            let token = inFlight.insert(
                InFlightTable.Entry(
                    contact: send.contact, place: RowPlace(step: send.step, occurrence: send.place.occurrence),
                    lane: send.lane, attempt: send.attempt, costMicros: send.costMicros))
            lanes[send.lane].inFlight += 1
            messages[send.lane].append(
                ComposedMessage(
                    token: token, address: send.address, wire: send.wire, idempotencyKey: send.idempotencyKey))
        }
        for index in result.held { giveBack(sends[index]) }
        for refusal in result.refused {
            giveBack(sends[refusal.index])
            if ![WaveResult.gone, WaveResult.addressChanged].contains(refusal.reason) { tally.skipped(1) }
        }
        // Neither granted nor refused: the launch is not running any more.
        if LaunchWatch.ends(result.launchState) {
            for send in sends { giveBack(send) }
        }
        if !result.held.isEmpty {
            desk.update {
                $0.mayHaveDue = true
                $0.isIdle = false
            }
        }
        if result.refused.contains(where: { $0.reason == WaveResult.addressChanged }) { lookAgain() }
        for lane in lanes.indices where !messages[lane].isEmpty { lanes[lane].session.submit(messages[lane]) }
    }

    private func giveBack(_ send: PreparedSend) {
        tally.release(send.costMicros)
        lanes[send.lane].limits.giveBack()
    }

    /// Somebody's address changed after their message was made, so that their row is still open and must be made anew; or
    /// rows were added. Rows that are waiting already come up twice then; the ledger grants each of them once.
    func lookAgain() {
        desk.update { state in
            state.isPlannedDone = false
            state.isIdle = false
            state.mayHaveDue = true
            state.mustLookAgain = true
        }
    }

    /// Turns what a channel said into what the ledger takes.
    func settle(_ report: SendReport) {
        guard let entry = inFlight.remove(report.token) else { return }
        lanes[entry.lane].inFlight -= 1
        let monotonic = environment.monotonic()
        lanes[entry.lane].limits.note(report.outcome, now: monotonic)
        lanes[entry.lane].health.note(report.outcome, now: monotonic, random: environment.random)
        let result: OutcomeRecord.Result
        var nextAt: Timestamp?
        switch report.outcome {
        case .accepted(let providerID):
            tally.accepted()
            result = .accepted(providerID: providerID)
            nextAt = nextTry(entry, isRefused: false)
        case .rejected(let code, let suppress):
            tally.settledWithoutCost(entry.costMicros)
            result = .rejected(code: code, suppress: suppress.map(SuppressionReason.init))
            nextAt = nextTry(entry, isRefused: true)
        case .throttled(let code, let retryAfter):
            tally.release(entry.costMicros)
            let delay = retry.delay(
                afterAttempt: Int(entry.attempt), retryAfter: retryAfter, random: environment.random())
            if let delay {
                result = .retry(reason: code, notBefore: environment.now().adding(seconds: delay))
            } else {
                tally.settledWithoutCost(0)
                result = .failed(reason: "exhausted: \(code)")
                nextAt = nextTry(entry, isRefused: true)
            }
        case .unavailable(let code):
            tally.release(entry.costMicros)
            // Nothing is wrong with the recipient: the row waits for the channel, however long that takes.
            result = .retry(reason: code, notBefore: environment.now().adding(seconds: 1))
        case .outcomeUnknown(let phase, let detail):
            // The price stays reserved: the provider may charge for it.
            result = .uncertain(kind: detail.isEmpty ? phase.rawValue : "\(phase.rawValue): \(detail)")
        }
        var outcome = OutcomeRecord(
            contact: entry.contact, attempt: entry.attempt, result: result, place: entry.place)
        outcome.lane = entry.lane
        outcome.nextAt = nextAt
        outcomes.append(outcome)
    }

    /// When another channel is considered for somebody who was tried by this one. What was refused needs no waiting.
    private func nextTry(_ entry: InFlightTable.Entry, isRefused: Bool) -> Timestamp? {
        guard let rule = program.tryNext, program.viaCount > 1 else { return nil }
        let most = min(rule.attempts ?? program.viaCount, program.viaCount)
        guard entry.place.occurrence + 1 < Int64(most) else { return nil }
        let now = environment.now()
        return isRefused ? now : Timestamp(microseconds: now.microseconds + rule.after)
    }
}
