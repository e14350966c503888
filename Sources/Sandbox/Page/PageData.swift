import Channels

/// The page's content for programs.
enum PageData {
    static func messages(_ book: PersonBook, to person: String) -> HTTPReply {
        let conversations = book.list(limit: 100, holding: person).conversations
        let messages = conversations.flatMap { conversation in
            conversation.entries.map { entry in json(entry, conversation) }
        }
        return .json(200, ["messages": .list(messages)])
    }

    private static func json(_ entry: PersonBook.Entry, _ conversation: PersonBook.Conversation) -> JSONValue {
        switch entry.side {
        case .message(let message):
            return [
                "kind": .text(conversation.kind), "provider": .text(message.provider),
                "channel": .text(message.channel), "id": .text(message.id), "from": .text(message.from),
                "to": .text(message.to), "subject": .text(message.subject), "text": .text(message.text),
                "html": .text(message.html), "note": .text(message.note),
                "unsubscribe_url": .optional(message.echoed["unsubscribe"]),
                "statuses": .list(entry.statuses.map { .text($0.name) }),
            ]
        case .word(let word):
            return [
                "kind": .text(conversation.kind), "channel": .text(word.channel), "from": .text(word.from),
                "to": .text(word.to), "text": .text(word.text),
            ]
        }
    }

    static func tally(_ tally: SandboxServer.Tally) -> HTTPReply {
        .json(
            200,
            [
                "accepted": .integer(tally.accepted), "refused": .integer(tally.refused),
                "callbacks": .integer(tally.callbacks), "refused_callbacks": .integer(tally.refusedCallbacks),
                "waiting_callbacks": .integer(tally.waitingCallbacks),
            ])
    }
}
