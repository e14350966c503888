import Channels
import Glibc

/// What will happen to messages, and when; each event is told to the project at its time, and told again until the
/// project has taken it, as providers do.
final class CallbackQueue: @unchecked Sendable {
    enum Event: Sendable {
        case status(MessageStatus, SandboxMessage)
        case word(PersonsWord)
    }

    private struct Item {
        /// Monotonic nanoseconds.
        var due: UInt64
        var event: Event
        var tries = 0
    }

    struct Tally: Sendable, Equatable {
        var taken = 0
        var refused = 0
        var givenUp = 0
        var waiting = 0
    }

    // Everything below is touched with `lock` held.
    private let lock = WaitingLock()
    /// A heap: the earliest is first.
    private var items: [Item] = []
    private var underWay: [UInt64: Item] = [:]
    private var nextToken: UInt64 = 1
    private var tally = Tally()
    private var isStopped = false

    private var line: CallbackLine?
    private let base: String?
    private let now: @Sendable () -> Int
    private let seed: UInt64
    private let happened: @Sendable (MessageStatus, SandboxMessage) -> Void

    private static let limit = 500_000
    /// About a quarter of an hour of trying.
    private static let tryLimit = 24
    private static let connections = 8

    /// - Parameters:
    ///   - base: where the project listens; nil to tell nobody.
    ///   - happened: called when a status comes about, whether it is told or not.
    init(
        base: String?, seed: UInt64, now: @escaping @Sendable () -> Int,
        happened: @escaping @Sendable (MessageStatus, SandboxMessage) -> Void
    ) throws(ChannelSetupError) {
        self.base = base
        self.seed = seed
        self.now = now
        self.happened = happened
        if let base {
            line = try CallbackLine(to: base, connections: Self.connections) { [weak self] results in
                for result in results { self?.settle(result.token, status: result.status) }
            }
        }
        try WorkerThread { [self] in run() }.detach()
    }

    func add(_ events: [(event: Event, after: Double)]) {
        let start = MonotonicClock.now
        lock.locked {
            for (event, after) in events where items.count < Self.limit {
                push(Item(due: start &+ MonotonicClock.span(after), event: event))
            }
            lock.wakeAll()
        }
    }

    var counts: Tally {
        lock.locked {
            var counts = tally
            counts.waiting = items.count + underWay.count
            return counts
        }
    }

    /// Nothing waits and nothing is under way.
    var isIdle: Bool { lock.locked { items.isEmpty && underWay.isEmpty } }

    func stop() {
        lock.locked {
            isStopped = true
            lock.wakeAll()
        }
        line?.finish(within: 1)
    }

    // MARK: The thread

    private func run() {
        while let due = takeDue() {
            for index in due.indices where due[index].tries == 0 {
                if case .status(let status, let message) = due[index].event { happened(status, message) }
            }
            let posts = due.compactMap(post)
            if !posts.isEmpty { line?.send(posts) }
        }
    }

    /// Waits for the next ones; nil at the end.
    private func takeDue() -> [Item]? {
        lock.locked {
            while !isStopped {
                let now = MonotonicClock.now
                var due: [Item] = []
                // No more at once than a project can answer within its time.
                while let first = items.first, first.due <= now, underWay.count + due.count < 256 {
                    due.append(first)
                    pop()
                }
                if !due.isEmpty { return due }
                if let first = items.first, first.due > now {
                    let until = timespec(
                        tv_sec: Int(first.due / 1_000_000_000), tv_nsec: Int(first.due % 1_000_000_000))
                    _ = lock.wait(until: until)
                } else {
                    lock.wait()
                }
            }
            return nil
        }
    }

    private func post(_ item: Item) -> CallbackLine.Post? {
        guard let base else { return nil }
        let (provider, channel) =
            switch item.event {
            case .status(_, let message): (message.provider, message.channel)
            case .word(let word): (word.provider, word.channel)
            }
        guard let desk = ProviderDesks.all[provider] else { return nil }
        let token = lock.locked {
            defer { nextToken += 1 }
            return nextToken
        }
        let address = CallbackAddress(
            base: base, target: "/webhooks/\(channel)", number: name(of: item.event), now: now())
        let callback =
            switch item.event {
            case .status(let status, let message): desk.callback(status, of: message, address)
            case .word(let word): desk.callback(word, address)
            }
        guard let callback else { return nil }
        lock.locked { underWay[token] = item }
        return CallbackLine.Post(
            token: token, target: callback.target ?? address.target, headers: callback.headers, body: callback.body)
    }

    /// The same event has the same name however often it is told.
    private func name(of event: Event) -> MessageNumber {
        switch event {
        case .status(let status, let message):
            MessageNumber(seed: message.number.bits(21) ^ Self.bits(of: status), number: message.number.number)
        case .word(let word): MessageNumber(seed: word.number.bits(22), number: word.number.number)
        }
    }

    private static func bits(of status: MessageStatus) -> UInt64 {
        status.name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }

    private func settle(_ token: UInt64, status: Int?) {
        lock.locked {
            guard var item = underWay.removeValue(forKey: token) else { return }
            defer { lock.wakeAll() }
            switch status {
            case .some(200..<300): tally.taken += 1
            case .some(400..<500) where status != 408 && status != 425 && status != 429: tally.refused += 1
            default:
                item.tries += 1
                guard item.tries < Self.tryLimit else {
                    tally.givenUp += 1
                    return
                }
                let wait = min(60, 0.25 * Double(1 << min(item.tries, 8)))
                item.due = MonotonicClock.now &+ MonotonicClock.span(wait)
                push(item)
            }
        }
    }

    // MARK: The heap

    private func push(_ item: Item) {
        items.append(item)
        var child = items.count - 1
        while child > 0, case let parent = (child - 1) / 2, items[child].due < items[parent].due {
            items.swapAt(child, parent)
            child = parent
        }
    }

    private func pop() {
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while case let child = parent * 2 + 1, child < items.count {
            let smaller = child + 1 < items.count && items[child + 1].due < items[child].due ? child + 1 : child
            guard items[smaller].due < items[parent].due else { return }
            items.swapAt(parent, smaller)
            parent = smaller
        }
    }
}
