package import RuleEngine

/// Why an account is not used at the moment.
package struct AccountTrouble: Sendable, Equatable {
    package var since: Timestamp
    /// When one message tries whether it works again.
    package var until: Timestamp
    /// In a row.
    package var failures: Int
    /// The last one's, as the channel gave it.
    package var code: String

    package init(since: Timestamp, until: Timestamp, failures: Int, code: String) {
        self.since = since
        self.until = until
        self.failures = failures
        self.code = code
    }
}

/// Which accounts are down, as the last process knew that sent by them.
package protocol AccountBook: AnyObject {
    /// By the channel's id.
    func troubles() throws(StoreError) -> [String: AccountTrouble]
    /// Nil: it works.
    func note(_ trouble: AccountTrouble?, of channel: String) throws(StoreError)
}
