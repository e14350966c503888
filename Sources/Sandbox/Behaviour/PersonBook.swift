import Channels
import Glibc

/// What was said in both directions, person by person: for the page, and for what a provider knows of people.
final class PersonBook: @unchecked Sendable {
    // Everything below is touched with `lock` held.
    private let lock = WaitingLock()
    private var conversations: [String: Conversation] = [:]
    private var places: [MessageNumber: (key: String, id: Int)] = [:]
    private var entries = 0
    private var version: UInt64 = 0
    private var isClosed = false
    private var stopped: Set<String> = []
    private var words: [String: Int] = [:]
    private let keywords = KeywordReader()

    /// Beyond this the oldest conversations are forgotten: the page shows people, the journal keeps the books.
    private static let entryLimit = 20_000
    private static let conversationLimit = 400

    struct Conversation: Sendable {
        var key: String
        var kind: String
        /// The person.
        var person: String
        var channel: String
        var entries: [Entry] = []
        /// The version of the last change.
        var touched: UInt64 = 0
        fileprivate var next = 0
    }

    struct Entry: Sendable {
        enum Side: Sendable {
            case message(SandboxMessage)
            case word(PersonsWord)
        }

        let id: Int
        var side: Side
        /// In the order in which they happened.
        var statuses: [MessageStatus] = []
    }

    // MARK: Writing

    func add(_ messages: [SandboxMessage]) {
        lock.locked {
            for message in messages {
                let key = Self.key(message.kind, message.channel, message.to)
                add(.message(message), to: key, kind: message.kind, person: message.to, channel: message.channel)
                if let last = conversations[key]?.entries.last { places[message.number] = (key, last.id) }
            }
            forget()
            announce()
        }
    }

    func add(_ word: PersonsWord, kind: String) {
        lock.locked {
            let key = Self.key(kind, word.channel, word.from)
            add(.word(word), to: key, kind: kind, person: word.from, channel: word.channel)
            let who = "\(word.channel)/\(word.from)"
            words[who] = word.at
            switch keywords.meaning(of: word.text) {
            case .stop: stopped.insert(who)
            case .start: stopped.remove(who)
            case .help, nil: break
            }
            announce()
        }
    }

    func note(_ status: MessageStatus, of message: SandboxMessage) {
        lock.locked {
            guard let place = places[message.number],
                let index = conversations[place.key]?.entries.lastIndex(where: { $0.id == place.id })
            else { return }
            conversations[place.key]?.entries[index].statuses.append(status)
            conversations[place.key]?.touched = version + 1
            announce()
        }
    }

    private func add(_ side: Entry.Side, to key: String, kind: String, person: String, channel: String) {
        var conversation =
            conversations[key] ?? Conversation(key: key, kind: kind, person: person, channel: channel)
        conversation.entries.append(Entry(id: conversation.next, side: side))
        conversation.next += 1
        conversation.touched = version + 1
        entries += 1
        if conversation.entries.count > Self.conversationLimit {
            if case .message(let message) = conversation.entries[0].side { places[message.number] = nil }
            conversation.entries.removeFirst()
            entries -= 1
        }
        conversations[key] = conversation
    }

    private func forget() {
        guard entries > Self.entryLimit else { return }
        for conversation in conversations.values.sorted(by: { $0.touched < $1.touched }) {
            guard entries > Self.entryLimit * 3 / 4 else { return }
            conversations[conversation.key] = nil
            entries -= conversation.entries.count
            for case .message(let message) in conversation.entries.map(\.side) { places[message.number] = nil }
        }
    }

    private func announce() {
        version += 1
        lock.wakeAll()
    }

    private static func key(_ kind: String, _ channel: String, _ person: String) -> String {
        // A mailbox is one, whoever writes to it.
        kind == "email" ? "email//\(person.lowercased())" : "\(kind)/\(channel)/\(person)"
    }

    // MARK: Reading

    /// Newest first.
    func list(limit: Int, holding text: String = "") -> (conversations: [Conversation], count: Int) {
        lock.locked {
            let wanted = text.lowercased()
            let found = conversations.values.filter { wanted.isEmpty || $0.person.lowercased().contains(wanted) }
            return (Array(found.sorted { $0.touched > $1.touched }.prefix(limit)), found.count)
        }
    }

    func conversation(_ key: String) -> Conversation? {
        lock.locked { conversations[key] }
    }

    /// Waits for something newer; gives the version there is after that or after the time is over. Nil at the end.
    func change(after known: UInt64, within seconds: Int) -> UInt64? {
        var until = timespec()
        clock_gettime(CLOCK_MONOTONIC, &until)
        until.tv_sec += seconds
        return lock.locked {
            while version == known, !isClosed {
                if !lock.wait(until: until) { break }
            }
            return isClosed ? nil : version
        }
    }

    func close() {
        lock.locked {
            isClosed = true
            lock.wakeAll()
        }
    }

    var facts: PeopleFacts {
        PeopleFacts(
            hasStopped: { [self] channel, person in lock.locked { stopped.contains("\(channel)/\(person)") } },
            lastWord: { [self] channel, person in lock.locked { words["\(channel)/\(person)"] } },
            messages: { [self] kind, channel, person in
                lock.locked {
                    let wanted =
                        person.map { conversations[Self.key(kind, channel, $0)].map { [$0] } ?? [] }
                        ?? conversations.values.filter { $0.kind == kind && $0.channel == channel }
                    return wanted.flatMap(\.entries).compactMap { entry in
                        guard case .message(let message) = entry.side else { return nil }
                        return message
                    }
                    .sorted { $0.number.number > $1.number.number }
                }
            })
    }
}
