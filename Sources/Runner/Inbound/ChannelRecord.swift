package import RuleEngine

/// What the books say of a channel: how its last launches went, and whether its provider has called.
package struct ChannelRecord: Sendable, Equatable {
    package struct Failure: Sendable, Equatable {
        package var code: String
        /// `rejected`, `uncertain` and so on.
        package var state: String
        package var count: Int
        package var at: Timestamp

        package init(code: String, state: String, count: Int, at: Timestamp) {
            self.code = code
            self.state = state
            self.count = count
            self.at = at
        }
    }

    package var accepted = 0
    package var acceptedAt: Timestamp?
    /// Newest first.
    package var failures: [Failure] = []
    package var heardAt: Timestamp?
    /// Nothing is begun by it at the moment.
    package var trouble: AccountTrouble?
    /// Requests of the provider that were put aside.
    package var unreadable = 0

    package init() {}
}
