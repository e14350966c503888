import Synchronization

/// Calls that nobody makes, for runs against a sandbox: each counts as answered well, and nothing leaves.
package final class RehearsedCalls: CallMaking {
    private let answers = Mutex<[CallAnswer]>([])

    package init() {}

    package func make(_ calls: [PreparedCall]) {
        answers.withLock { answers in
            answers += calls.map { CallAnswer(id: $0.id, isSuccess: true, answer: "rehearsed", isRetriable: false) }
        }
    }

    package func takeAnswers() -> [CallAnswer] {
        answers.withLock { answers in
            defer { answers.removeAll() }
            return answers
        }
    }
}
