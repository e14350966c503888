import RuleEngine
import Synchronization

/// Says whose key a request carries. What was revoked is refused half a second later at most, without a look at the
/// database for every request.
package final class KeyRing: Sendable {
    package enum Answer: Sendable, Equatable {
        case known(APIKey)
        case unknown
        case expired
    }

    private struct State {
        var keys: [String: StoredKey] = [:]
        var readAt = -Double.infinity
        var used: [String: Timestamp] = [:]
    }

    /// Seconds for which what was read counts.
    private static let freshness = 0.5
    /// Between two notes that a key was used, in microseconds.
    private static let noteInterval: Int64 = 60_000_000

    private let key: DataKey
    private let environment: RunnerEnvironment
    private let state = Mutex(State())
    /// Compared with where nobody has the id, so that an unknown id takes as long as a wrong secret.
    private let decoy: [UInt8]

    package init(key: DataKey, environment: RunnerEnvironment) {
        self.key = key
        self.environment = environment
        decoy = KeyToken().code(under: key)
    }

    package var isStale: Bool {
        let now = environment.monotonic()
        return state.withLock { now - $0.readAt > Self.freshness }
    }

    /// Reads the keys again and notes which were used. On the thread that owns the store.
    package func refresh(_ store: any KeyStore) throws(StoreError) {
        let readAt = environment.monotonic()
        let keys = try store.keys()
        let used = state.withLock { state -> [String: Timestamp] in
            state.keys = Dictionary(keys.map { ($0.key.id, $0) }, uniquingKeysWith: { $1 })
            state.readAt = readAt
            let due = state.used.filter { id, at in
                guard let last = state.keys[id]?.key.lastUsedAt else { return true }
                return at.microseconds - last.microseconds >= Self.noteInterval
            }
            state.used.removeAll()
            return due
        }
        if !used.isEmpty { try store.noteUse(used) }
    }

    package func answer(_ text: some StringProtocol) -> Answer {
        guard let token = KeyToken(text) else { return .unknown }
        let now = environment.now()
        let stored = state.withLock { $0.keys[token.id] }
        guard token.matches(stored?.code ?? decoy, under: key), let stored else { return .unknown }
        guard stored.key.isValid(at: now) else { return .expired }
        state.withLock { $0.used[token.id] = now }
        return .known(stored.key)
    }
}
