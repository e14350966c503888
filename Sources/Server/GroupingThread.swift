import Dispatch
import Synchronization

/// Runs blocking work for many callers at once: whoever comes while a group is worked on belongs to the next one. A
/// sync to disk takes as long for five hundred requests as for one, so the more come, the less each costs.
///
/// Nobody waits for a group to fill: where nothing is under way, a group of one begins at once. The number of those who
/// wait is bounded, so that a slow disk becomes a clear refusal instead of growing memory.
final class GroupingThread<Item: Sendable, Outcome: Sendable>: Sendable {
    private struct Caller {
        let item: Item
        let continuation: CheckedContinuation<Outcome, any Error>
    }

    private struct State {
        var waiting: [Caller] = []
        var isAtWork = false
    }

    private let queue = DispatchQueue(label: "carillon.server.groups")
    private let state = Mutex(State())
    private let limit: Int
    private let groupLimit: Int
    private let work: @Sendable ([Item]) throws -> [Outcome]

    /// - Parameter work: Gives an outcome for each item, in their order. What it throws is thrown to all of the group.
    init(limit: Int, groupLimit: Int, work: @escaping @Sendable ([Item]) throws -> [Outcome]) {
        self.limit = limit
        self.groupLimit = groupLimit
        self.work = work
    }

    func run(_ item: Item) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let (isAdmitted, begins) = state.withLock { state -> (Bool, Bool) in
                guard state.waiting.count < limit else { return (false, false) }
                state.waiting.append(Caller(item: item, continuation: continuation))
                defer { state.isAtWork = true }
                return (true, !state.isAtWork)
            }
            guard isAdmitted else { return continuation.resume(throwing: BlockingThread.Overloaded()) }
            if begins { queue.async { self.workOff() } }
        }
    }

    private func workOff() {
        while true {
            let group = state.withLock { state -> [Caller] in
                let group = Array(state.waiting.prefix(groupLimit))
                state.waiting.removeFirst(group.count)
                if group.isEmpty { state.isAtWork = false }
                return group
            }
            guard !group.isEmpty else { return }
            let result = Result { try work(group.map(\.item)) }
            switch result {
            case .success(let outcomes):
                precondition(outcomes.count == group.count, "every item of a group has its outcome")
                for (caller, outcome) in zip(group, outcomes) { caller.continuation.resume(returning: outcome) }
            case .failure(let error):
                for caller in group { caller.continuation.resume(throwing: error) }
            }
        }
    }
}
