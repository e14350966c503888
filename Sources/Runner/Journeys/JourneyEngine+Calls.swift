import RuleEngine

/// Calls of outside systems: written down before they are made, tried again where that may help, and told to the run.
extension JourneyEngine {
    /// As many as may be under way at once.
    private static let mostCalls = 256
    /// What can't be made at all, or belongs to a program that rests, is looked at again after so many seconds.
    private static let callPause: Double = 30

    func place(_ order: CallOrder, _ command: RunCommand, of run: StoredRun, at now: Timestamp) throws(StoreError) {
        try store.insert(
            StoredCall(
                launch: run.launch, contact: run.key.contact, run: run.key.occurrence, number: command.number,
                node: command.node,
                body: Dictionary(order.body.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), notBefore: now,
                giveUpAt: now.advanced(by: order.over)))
    }

    func takeCalls(_ turn: inout Turn) throws(StoreError) {
        guard let calls, callsUnderWay.count < Self.mostCalls else { return }
        for call in try store.dueCalls(at: turn.now, limit: min(100, Self.mostCalls - callsUnderWay.count)) {
            turn.hasWorked = true
            let later = turn.now.adding(seconds: Self.callPause)
            guard let version = programs.versions[call.launch], version.launch.state == .running,
                case .call(let step, _, _) = version.graph.nodes[call.node]
            else {
                try store.postpone(call.id, until: later, answer: nil)
                continue
            }
            if let obstacle = calls.obstacle(to: step.endpoint) {
                try store.postpone(call.id, until: later, answer: obstacle)
                continue
            }
            try store.begin(call.id)
            turn.calls.append(
                PreparedCall(
                    id: call.id, endpoint: step.endpoint, body: call.body,
                    idempotencyKey: RunName.text(
                        of: RunKey(contact: call.contact, program: version.key, occurrence: call.run),
                        program: version.launch.program) + "/\(call.number)"))
        }
    }

    func settle(_ answer: CallAnswer, _ turn: inout Turn) throws(StoreError) {
        turn.hasWorked = true
        // What was ended in between, or was answered before, changes nothing any more.
        guard let call = try store.callUnderWay(answer.id), let version = programs.versions[call.launch],
            case .call(let step, _, _) = version.graph.nodes[call.node]
        else { return }
        if !answer.isSuccess, answer.isRetriable, call.attempts < step.attempts {
            let pause = CallPause.seconds(
                after: call.attempts, of: step.attempts, over: step.over, random: environment.random())
            let next = turn.now.adding(seconds: max(pause, answer.retryAfter ?? 0))
            if next < call.giveUpAt { return try store.postpone(call.id, until: next, answer: answer.answer) }
        }
        try store.finish(call.id, isSuccess: answer.isSuccess, answer: answer.answer)
        let key = RunKey(contact: call.contact, program: version.key, occurrence: call.run)
        guard let run = try store.run(key) else { return }
        try move(run, .callSettled(call.number, isSuccess: answer.isSuccess), &turn)
    }
}

/// How long to wait before a call is tried again.
enum CallPause {
    /// Each pause is twice the one before, and all of them together are what the step gives them: an outage of minutes
    /// must not use up the attempts of an hour. Shortened by chance by up to a half, so that those who failed together
    /// don't come back together.
    static func seconds(after attempt: Int, of most: Int, over: Int64, random: Double) -> Double {
        func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: min(exponent, 62), significand: 1) }
        let whole = Double(over) / 1_000_000
        let share = power(attempt - 1) / max(1, power(most - 1) - 1)
        return max(1, whole * share * (0.5 + random / 2))
    }
}
