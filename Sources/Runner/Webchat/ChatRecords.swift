package import RuleEngine

/// Somebody who chats on one of the project's sites: a browser, or a contact where the site has proved who it is.
package struct ChatVisitor: Sendable, Hashable {
    package var channel: String
    /// The address under which messages reach them.
    package var id: String

    package init(channel: String, id: String) {
        self.channel = channel
        self.id = id
    }
}

/// One message of a conversation.
package struct ChatMessage: Sendable, Equatable {
    package enum Source: Int, Sendable {
        case visitor = 0
        case us = 1
    }

    /// Counts from one within the conversation, without gaps.
    package var sequence: Int64
    package var source: Source
    /// JSON of what is shown: `text`, and perhaps `media`, `location` and `buttons`.
    package var body: String
    package var at: Timestamp

    package init(sequence: Int64, source: Source, body: String, at: Timestamp) {
        self.sequence = sequence
        self.source = source
        self.body = body
        self.at = at
    }
}

/// A file that one side has put into a conversation. What it is was looked at when it came.
package struct ChatFile: Sendable, Equatable {
    /// `f_` and 128 bits of chance.
    package var id: String
    package var source: ChatMessage.Source
    package var name: String
    package var type: MediaType
    package var bytes: [UInt8]

    package init(id: String, source: ChatMessage.Source, name: String, type: MediaType, bytes: [UInt8]) {
        self.id = id
        self.source = source
        self.name = name
        self.type = type
        self.bytes = bytes
    }
}

/// How far a visitor has seen the conversation.
package struct ChatMarks: Sendable, Equatable {
    package var last: Int64
    package var delivered: Int64
    package var read: Int64

    package init(last: Int64, delivered: Int64, read: Int64) {
        self.last = last
        self.delivered = delivered
        self.read = read
    }
}

/// Keeps conversations. One thread owns it; each method is one transaction.
package protocol ChatStore: AnyObject {
    /// Writes down that the visitor is here. Nil for a visitor who was never seen and is not to be made.
    func visit(_ visitor: ChatVisitor, page: String?, creates: Bool, now: Timestamp) throws(StoreError) -> ChatMarks?

    /// Ties a visitor to the contact with this id. False where there is none.
    func identify(_ visitor: ChatVisitor, as externalID: String, now: Timestamp) throws(StoreError) -> Bool

    /// What a browser wrote before it was known whose it is goes behind the conversation of the person, with what was
    /// wished there. Once; nothing happens for a browser that belongs to somebody already.
    func merge(_ guest: ChatVisitor, into known: ChatVisitor, now: Timestamp) throws(StoreError)

    /// Who is reached now under an address: the person that a browser's conversation has become part of, or itself.
    func heir(of visitor: ChatVisitor) throws(StoreError) -> ChatVisitor

    /// Puts a message behind the others, once for each key of its source. With a message of the visitor's, what is to be
    /// read of it is stored in the same transaction, and so are its files.
    ///
    /// - Parameters:
    ///   - files: that come with the message.
    ///   - kept: files that came before it.
    /// - Returns: its sequence, and whether it is new; nil for a visitor who was never seen.
    func append(
        _ body: String, from source: ChatMessage.Source, key: String, to visitor: ChatVisitor, files: [ChatFile],
        kept: [String], webhook: (Int64) -> RawWebhook?, now: Timestamp
    ) throws(StoreError) -> (sequence: Int64, isNew: Bool)?

    /// Keeps a file for the message that it will come with. What no message came for goes away after a while.
    ///
    /// - Parameter room: how many bytes of files a visitor may have here.
    /// - Returns: false where there is no room for it; nil for a visitor who was never seen.
    func keep(_ file: ChatFile, of visitor: ChatVisitor, room: Int, now: Timestamp) throws(StoreError) -> Bool?

    /// A file of the visitor's own that no message has come with yet, or the message of this key.
    func kept(_ id: String, of visitor: ChatVisitor, key: String) throws(StoreError) -> ChatFile?

    /// A file that belongs to a message of the channel, or waits for one.
    func file(_ id: String, channel: String) throws(StoreError) -> ChatFile?

    /// Oldest first, behind a sequence.
    func messages(of visitor: ChatVisitor, after: Int64, limit: Int) throws(StoreError) -> [ChatMessage]

    /// Moves the marks forward, never back, and stores what is to be read of it in the same transaction.
    ///
    /// - Parameter webhook: gets the mark's name and the instant of the last of our messages up to there.
    func mark(
        _ visitor: ChatVisitor, delivered: Int64, read: Int64, webhook: (String, Int64, Timestamp) -> RawWebhook,
        now: Timestamp
    ) throws(StoreError) -> Bool
}
