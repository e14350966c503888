/// What the webhook routes need of the rest: to take a request, and to read what was taken.
///
/// The closures may block: they are called on threads of the server's own, one at a time each, never in a Task.
package struct WebhookService: Sendable {
    package struct Call: Sendable {
        package var channel: String
        package var method: String
        /// As it was sent, without the question mark.
        package var query: String?
        /// By name in lower case.
        package var headers: [String: String]
        package var body: [UInt8]

        package init(channel: String, method: String, query: String?, headers: [String: String], body: [UInt8]) {
            self.channel = channel
            self.method = method
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    package struct Reply: Sendable, Equatable {
        package var status: Int
        package var text: String
        /// Something was stored that waits to be read.
        package var isStored: Bool

        package init(status: Int, text: String, isStored: Bool = false) {
            self.status = status
            self.text = text
            self.isStored = isStored
        }
    }

    package var bodyLimit: Int
    /// A reply for each call, in their order; nil for a channel that takes no calls. What it gives back may be answered:
    /// whatever is to be kept is durable.
    package var take: @Sendable ([Call]) throws -> [Reply?]
    /// Reads what was stored. May be called at any time, and again after it failed.
    package var process: @Sendable () throws -> Void
    /// Sends the short answers that reading has found due. Returns the seconds after which to call again; nil where
    /// nothing is due.
    package var answer: @Sendable () throws -> Double?

    package init(
        bodyLimit: Int,
        take: @escaping @Sendable ([Call]) throws -> [Reply?],
        process: @escaping @Sendable () throws -> Void,
        answer: @escaping @Sendable () throws -> Double? = { nil }
    ) {
        self.bodyLimit = bodyLimit
        self.take = take
        self.process = process
        self.answer = answer
    }
}
