/// What the web chat's routes need of the rest. The closures may block: they are called on a thread of the server's own,
/// one at a time, never in a Task.
package struct WebchatService: Sendable {
    /// Why a request has no effect.
    package struct Refusal: Error, Sendable, Equatable {
        package let status: Int
        package let code: String

        package init(status: Int, code: String) {
            self.status = status
            self.code = code
        }
    }

    package struct Visitor: Sendable, Hashable {
        package let channel: String
        package let id: String

        package init(channel: String, id: String) {
            self.channel = channel
            self.id = id
        }
    }

    package struct Signature: Sendable {
        package var id: String
        package var timestamp: String
        package var signature: String
    }

    /// One that a visitor or our side asks for.
    package struct File: Sendable {
        package var name: String
        package var type: String
        package var bytes: [UInt8]

        package init(name: String, type: String, bytes: [UInt8]) {
            self.name = name
            self.type = type
            self.bytes = bytes
        }
    }

    package struct Upload: Sendable {
        package var name: String
        /// As the page calls it.
        package var type: String
        package var bytes: [UInt8]
    }

    package var bodyLimit: Int
    /// For a message of ours, which may bring files.
    package var deliveryLimit: Int
    /// By channel: how large a file of a visitor's may be.
    package var uploadLimits: [String: Int]
    /// By channel: the sites whose pages may call. Channels that are not here have no chat.
    package var origins: [String: Set<String>]
    package var open: @Sendable (_ channel: String, _ body: [UInt8]) throws -> String
    package var visitor: @Sendable (_ channel: String, _ authorization: String?) throws -> Visitor
    /// What a visitor writes.
    package var take: @Sendable (Visitor, _ body: [UInt8]) throws -> String
    package var mark: @Sendable (Visitor, _ body: [UInt8]) throws -> Bool
    package var messages: @Sendable (Visitor, _ after: Int64) throws -> [(sequence: Int64, line: String)]
    /// A message of ours for a visitor.
    package var deliver:
        @Sendable (_ channel: String, _ body: [UInt8], Signature) throws -> (answer: String, visitor: Visitor)
    /// Keeps a file that a visitor brings.
    package var keep: @Sendable (Visitor, Upload) throws -> String
    /// With the ticket of an address, or signed by our side.
    package var file: @Sendable (_ channel: String, _ id: String, _ ticket: String?, Signature?) throws -> File
    /// Whether a visitor is writing, as the page says.
    package var isTyping: @Sendable (_ body: [UInt8]) throws -> Bool
    /// Whether our side is writing, and to whom.
    package var typing:
        @Sendable (_ channel: String, _ body: [UInt8], Signature) throws -> (isOn: Bool, visitor: Visitor)

    package init(
        bodyLimit: Int, deliveryLimit: Int, origins: [String: Set<String>], uploadLimits: [String: Int],
        open: @escaping @Sendable (_ channel: String, _ body: [UInt8]) throws -> String,
        visitor: @escaping @Sendable (_ channel: String, _ authorization: String?) throws -> Visitor,
        take: @escaping @Sendable (Visitor, _ body: [UInt8]) throws -> String,
        mark: @escaping @Sendable (Visitor, _ body: [UInt8]) throws -> Bool,
        messages: @escaping @Sendable (Visitor, _ after: Int64) throws -> [(sequence: Int64, line: String)],
        deliver:
            @escaping @Sendable (_ channel: String, _ body: [UInt8], Signature) throws -> (
                answer: String, visitor: Visitor
            ),
        keep: @escaping @Sendable (Visitor, Upload) throws -> String,
        file: @escaping @Sendable (_ channel: String, _ id: String, _ ticket: String?, Signature?) throws -> File,
        isTyping: @escaping @Sendable (_ body: [UInt8]) throws -> Bool,
        typing:
            @escaping @Sendable (_ channel: String, _ body: [UInt8], Signature) throws -> (
                isOn: Bool, visitor: Visitor
            )
    ) {
        self.bodyLimit = bodyLimit
        self.deliveryLimit = deliveryLimit
        self.uploadLimits = uploadLimits
        self.origins = origins
        self.open = open
        self.visitor = visitor
        self.take = take
        self.mark = mark
        self.messages = messages
        self.deliver = deliver
        self.keep = keep
        self.file = file
        self.isTyping = isTyping
        self.typing = typing
    }
}
