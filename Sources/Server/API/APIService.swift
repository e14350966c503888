package import Runner

/// What the API needs of the rest. Its closures may block: each is called on a thread of the server's own, one call at a
/// time, never in a Task.
package struct APIService: Sendable {
    package var keys: KeyRing
    /// Reads the keys anew.
    package var refreshKeys: @Sendable () throws -> Void
    /// Writes events down, durably, before it returns. An outcome for each of each posting, in their order.
    package var takeEvents: @Sendable (_ postings: [EventPosting]) throws -> [[EventDesk.Outcome]]

    package init(
        keys: KeyRing, refreshKeys: @escaping @Sendable () throws -> Void,
        takeEvents: @escaping @Sendable (_ postings: [EventPosting]) throws -> [[EventDesk.Outcome]]
    ) {
        self.keys = keys
        self.refreshKeys = refreshKeys
        self.takeEvents = takeEvents
    }
}
