import RuleEngine
package import Runner
import Synchronization

/// Who answers for launches, and what they may send.
extension MemoryStore {
    /// What keys and people may send from now on; nil takes everything away.
    package func setRights(_ rights: SendingRights?, of owner: Owner) {
        state.withLock { $0.rights[owner] = rights }
    }
}

extension MemoryConnection {
    func setOwner(_ owner: Owner, of launch: LaunchID) {
        store.state.withLock { state in
            guard let index = state.launches.firstIndex(where: { $0.id == launch }) else { return }
            state.launches[index].owner = owner
        }
    }

    func rights(of owner: Owner, at now: Timestamp) -> SendingRights? {
        owner == .operator ? .all : store.state.withLock { $0.rights[owner] }
    }

    func channels(of launch: LaunchID) -> [SendingChannel] { self.launch(launch)?.channels ?? [] }
}
