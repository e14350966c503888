package import Runner

/// What the API needs of the rest. Its closures may block: each is called on threads of the server's own, never in a Task.
package struct APIService: Sendable {
    package var keys: KeyRing
    package var sessions: SessionRing
    /// The data folder's.
    package var key: DataKey
    /// What a password costs: `PasswordHash.cost` but for tests.
    package var passwordCost: UInt8
    /// Reads keys and sessions anew. One call at a time.
    package var refreshKeys: @Sendable () throws -> Void
    /// Writes events down, durably, before it returns. An outcome for each of each posting, in their order. One call at a
    /// time.
    package var takeEvents: @Sendable (_ postings: [EventPosting]) throws -> [[EventDesk.Outcome]]
    /// Takes single messages, durably, before it returns: an outcome for each, in their order. One call at a time.
    package var takeMessages: @Sendable (_ requests: [MessageRequest]) throws -> [MessageDesk.Outcome]
    /// Opens a desk, which then belongs to the thread that it was opened on.
    package var openDesk: @Sendable () throws -> ServiceDesk
    /// Has something called whenever this process has written to the data folder. What others write is looked for from time to
    /// time.
    package var onCommit: @Sendable (_ heard: @escaping @Sendable () -> Void) -> Void
    /// How many requests of one key are taken in a second.
    package var requestsPerSecond: Int

    package init(
        keys: KeyRing, sessions: SessionRing, key: DataKey, passwordCost: UInt8 = PasswordHash.cost,
        requestsPerSecond: Int, refreshKeys: @escaping @Sendable () throws -> Void,
        takeEvents: @escaping @Sendable (_ postings: [EventPosting]) throws -> [[EventDesk.Outcome]],
        takeMessages: @escaping @Sendable (_ requests: [MessageRequest]) throws -> [MessageDesk.Outcome],
        onCommit: @escaping @Sendable (_ heard: @escaping @Sendable () -> Void) -> Void = { _ in },
        openDesk: @escaping @Sendable () throws -> ServiceDesk
    ) {
        self.keys = keys
        self.sessions = sessions
        self.key = key
        self.passwordCost = passwordCost
        self.requestsPerSecond = requestsPerSecond
        self.refreshKeys = refreshKeys
        self.takeEvents = takeEvents
        self.takeMessages = takeMessages
        self.onCommit = onCommit
        self.openDesk = openDesk
    }
}
