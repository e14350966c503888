package import RuleEngine

/// What a data folder says of itself: read in a moment, without changing anything.
package struct StoreFacts: Sendable {
    /// Work that waits, and since when.
    package struct Waiting: Sendable, Equatable {
        package var count: Int
        package var oldest: Timestamp?

        package init(count: Int = 0, oldest: Timestamp? = nil) {
            self.count = count
            self.oldest = oldest
        }
    }

    /// Of the tables, and what this program knows.
    package var version: Int64
    package var newestVersion: Int64
    /// What SQLite finds wrong. Nil: it was not asked.
    package var faults: [String]?
    /// Whether the key in the folder is the database's.
    package var hasItsKey: Bool
    package var isCopy: Bool
    package var isSandbox: Bool
    package var backedUpAt: Timestamp?
    /// The latest instant that anything was written down under.
    package var newestInstant: Timestamp?
    /// Campaigns' launches and versions of programs that are under way.
    package var live = 0
    /// Messages that were being sent, past their deadline.
    package var stuck = 0
    /// Messages whose outcome nobody knows, in what is under way.
    package var uncertain = 0
    /// Runs that should have been looked at by now.
    package var dueRuns = Waiting()
    /// Messages to be tried again that should have been by now.
    package var dueRetries = Waiting()
    /// What happened to people, and nobody has looked at.
    package var causes = Waiting()
    package var unreadWebhooks = Waiting()
    /// Channels that nothing is begun by at the moment.
    package var down: [String] = []
    package var databaseBytes: Int64 = 0
    package var logBytes: Int64 = 0
    package var freeBytes: Int64 = 0
    package var diskBytes: Int64 = 0

    package init(
        version: Int64, newestVersion: Int64, hasItsKey: Bool, isCopy: Bool, isSandbox: Bool
    ) {
        self.version = version
        self.newestVersion = newestVersion
        self.hasItsKey = hasItsKey
        self.isCopy = isCopy
        self.isSandbox = isSandbox
    }

    /// Since when the oldest work waits that should be done by now.
    package var oldestDue: Timestamp? {
        [dueRuns, dueRetries, causes].compactMap(\.oldest).min()
    }
}
