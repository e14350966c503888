import RuleEngine

/// Calls of outside systems: taken when they are due, tried again where that may help, and told to the run.
extension JourneyEngine {
    func place(_ order: CallOrder, _ command: RunCommand, of run: StoredRun, at now: Timestamp) throws(StoreError) {
        try store.insert(
            StoredCall(
                launch: run.launch, contact: run.key.contact, run: run.key.occurrence, number: command.number,
                node: command.node,
                body: Dictionary(order.body.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), notBefore: now,
                giveUpAt: now.advanced(by: order.over)))
    }

    func takeCalls(_ turn: inout Turn) throws(StoreError) {
        guard let calls else { return }
        for answer in calls.takeAnswers() { try settle(answer, &turn) }
        for call in try store.takeCalls(at: turn.now, limit: 100) {
            turn.hasWorked = true
            guard let version = programs.versions[call.launch],
                case .call(let step, _, _) = version.graph.nodes[call.node]
            else { continue }
            turn.calls.append(
                PreparedCall(
                    id: call.id, endpoint: step.endpoint, body: call.body,
                    idempotencyKey: RunName.text(
                        of: RunKey(contact: call.contact, program: version.key, occurrence: call.run),
                        program: version.launch.program) + "/\(call.number)"))
        }
    }

    private func settle(_ answer: CallAnswer, _ turn: inout Turn) throws(StoreError) {
        turn.hasWorked = true
        guard let call = try store.call(answer.id), let version = programs.versions[call.launch],
            case .call(let step, _, _) = version.graph.nodes[call.node]
        else { return }
        if !answer.isSuccess, answer.isRetriable, call.attempts < step.attempts {
            let next = turn.now.adding(
                seconds: min(3600, Double(1 << min(call.attempts, 11)) * (0.5 + environment.random())))
            if next < call.giveUpAt { return try store.postpone(call.id, until: next, answer: answer.answer) }
        }
        try store.finish(call.id, isSuccess: answer.isSuccess, answer: answer.answer)
        let key = RunKey(contact: call.contact, program: version.key, occurrence: call.run)
        guard let run = try store.run(key) else { return }
        try move(run, .callSettled(call.number, isSuccess: answer.isSuccess), &turn)
    }
}
