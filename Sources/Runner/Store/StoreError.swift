/// The store could not do what was asked. Each case is a decision.
package enum StoreError: Error, Sendable, Equatable {
    /// Another process held the lock for longer than we wait. Nothing was written; it may be tried again.
    case busy
    /// No space, an I/O error or a read-only file system: stop sending. The write may not be durable, and must
    /// not be repeated on the same connection.
    case failed(String)
    /// The database is damaged, newer than this program, or not durable (`synchronous` isn't FULL).
    case unusable(String)
}
