import RuleEngine
import Synchronization

/// Says whose session a request carries. What was ended is refused half a second later at most, as keys are.
package final class SessionRing: Sendable {
    private struct State {
        var sessions: [String: (session: SessionRecord, user: UserRecord)] = [:]
        var seen: [String: Timestamp] = [:]
    }

    private static let noteInterval: Int64 = 60_000_000

    private let key: DataKey
    private let environment: RunnerEnvironment
    /// Roles that take a second factor.
    private let demanding: Set<Role>
    private let state = Mutex(State())
    private let decoy: [UInt8]

    package init(key: DataKey, environment: RunnerEnvironment, demanding: Set<Role> = []) {
        self.key = key
        self.environment = environment
        self.demanding = demanding
        decoy = KeyToken(.session).code(under: key)
    }

    /// On the thread that owns the store.
    package func refresh(_ store: any UserStore) throws(StoreError) {
        let now = environment.now()
        let due = state.withLock { state in
            let due = state.seen.filter { id, at in
                guard let last = state.sessions[id]?.session.seenAt else { return false }
                return at.microseconds - last.microseconds >= Self.noteInterval
            }
            state.seen.removeAll()
            return due
        }
        if !due.isEmpty { try store.noteSeen(due) }
        let sessions = try store.sessions(now: now)
        state.withLock { state in
            state.sessions = Dictionary(sessions.map { ($0.session.id, $0) }, uniquingKeysWith: { $1 })
        }
    }

    /// One that was made just now, before the next reading.
    package func admit(_ session: SessionRecord, _ user: UserRecord) {
        state.withLock { $0.sessions[session.id] = (session, user) }
    }

    package func forget(_ id: String) {
        state.withLock { _ = $0.sessions.removeValue(forKey: id) }
    }

    /// - Parameter kept: a session that goes on.
    package func forget(user name: String, but kept: String? = nil) {
        state.withLock { state in
            state.sessions = state.sessions.filter { $0.value.user.name != name || $0.key == kept }
        }
    }

    /// Nil for a session that nobody has, or that is over.
    package func answer(_ token: KeyToken) -> Principal? {
        let now = environment.now()
        let found = state.withLock { $0.sessions[token.id] }
        guard token.matches(found?.session.code ?? decoy, under: key), let found, found.session.isValid(at: now),
            found.user.disabledAt == nil
        else { return nil }
        state.withLock { $0.seen[token.id] = now }
        return principal(found.user, in: found.session.id)
    }

    /// What somebody may do in a session.
    package func principal(_ user: UserRecord, in session: String) -> Principal {
        let lacksFactor = demanding.contains(user.role) && !user.hasSecondFactor
        var principal = Principal(
            user: user.name, role: user.role, scopes: lacksFactor ? [] : user.scopes, session: session)
        principal.lacksFactor = lacksFactor
        return principal
    }
}
