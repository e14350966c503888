/// What the unsubscribe routes need of the rest: who a token is about, and how to carry out the wish.
///
/// Both closures may block: they are called on a thread of the server's own, one at a time, never in a Task.
/// The token has the shape of a sealed reference when they get it, but nobody has checked its seal.
package struct UnsubscribeService: Sendable {
    /// What the page may say. No address and no name: links are forwarded.
    package struct Subject: Sendable, Equatable {
        /// Who sends, as the recipient knows them.
        package var brand: String
        /// The language of the mail, for browsers that don't say which they want.
        package var language: String?
        package var isUnsubscribed: Bool
        /// The link came in a test message or a preview: it is ours, and there is nothing to change.
        package var isTest: Bool

        package init(brand: String, language: String?, isUnsubscribed: Bool, isTest: Bool = false) {
            self.brand = brand
            self.language = language
            self.isUnsubscribed = isUnsubscribed
            self.isTest = isTest
        }
    }

    /// Nil for a token that we did not seal or that is about nobody. Changes nothing.
    package var describe: @Sendable (_ token: String) throws -> Subject?
    /// Records the wish, durably, before it returns. Doing it twice is doing it once.
    package var unsubscribe: @Sendable (_ token: String) throws -> Subject?

    package init(
        describe: @escaping @Sendable (_ token: String) throws -> Subject?,
        unsubscribe: @escaping @Sendable (_ token: String) throws -> Subject?
    ) {
        self.describe = describe
        self.unsubscribe = unsubscribe
    }
}
