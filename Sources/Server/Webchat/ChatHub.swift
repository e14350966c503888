import Synchronization

/// Tells open streams that a conversation has gone on: whoever is told reads what is new. What is kept here, nobody misses
/// after a restart: who is writing just now.
final class ChatHub: Sendable {
    private struct State {
        var listeners: [WebchatService.Visitor: [(id: Int, bell: AsyncStream<Void>.Continuation)]] = [:]
        var count = 0
        /// Until when each is taken to be writing.
        var typing: [Writer: ContinuousClock.Instant] = [:]
        var next = 0
    }

    enum Side: Sendable {
        case visitor, us
    }

    private struct Writer: Hashable {
        let side: Side
        let visitor: WebchatService.Visitor
    }

    /// Whoever goes away in the middle of a sentence writes no more after this.
    static let typingLife = Duration.seconds(30)
    private static let mostTyping = 10_000

    /// Streams of one visitor: a tab more ends the oldest.
    private static let mostPerVisitor = 5
    private let most: Int
    private let state = Mutex(State())

    init(most: Int = 500) {
        self.most = most
    }

    /// Nil where too many listen already.
    func listen(to visitor: WebchatService.Visitor) -> (id: Int, bell: AsyncStream<Void>)? {
        let (stream, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (id, oldest) = state.withLock { state -> (Int?, AsyncStream<Void>.Continuation?) in
            guard state.count < most else { return (nil, nil) }
            var oldest: AsyncStream<Void>.Continuation?
            if let own = state.listeners[visitor], own.count >= Self.mostPerVisitor {
                oldest = own[0].bell
                state.listeners[visitor]?.removeFirst()
                state.count -= 1
            }
            state.next += 1
            state.count += 1
            state.listeners[visitor, default: []].append((state.next, bell))
            return (state.next, oldest)
        }
        oldest?.finish()
        return id.map { ($0, stream) }
    }

    /// Every stream ends; pages open them again.
    func end() {
        let all = state.withLock { $0.listeners.values.flatMap { $0.map(\.bell) } }
        for bell in all { bell.finish() }
    }

    func leave(_ id: Int, _ visitor: WebchatService.Visitor) {
        state.withLock { state in
            guard let place = state.listeners[visitor]?.firstIndex(where: { $0.id == id }) else { return }
            state.listeners[visitor]?.remove(at: place)
            if state.listeners[visitor]?.isEmpty == true { state.listeners[visitor] = nil }
            state.count -= 1
        }
    }

    /// One side writes, or doesn't any more.
    func type(_ side: Side, _ visitor: WebchatService.Visitor, _ isOn: Bool, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            if state.typing.count >= Self.mostTyping { state.typing = state.typing.filter { $0.value > now } }
            let writer = Writer(side: side, visitor: visitor)
            state.typing[writer] = isOn && state.typing.count < Self.mostTyping ? now + Self.typingLife : nil
        }
        if side == .us { ring(visitor) }
    }

    func isTyping(_ side: Side, _ visitor: WebchatService.Visitor, now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { $0.typing[Writer(side: side, visitor: visitor)].map { $0 > now } ?? false }
    }

    /// Whether a page of the visitor's is open.
    func isListening(_ visitor: WebchatService.Visitor) -> Bool {
        state.withLock { $0.listeners[visitor] != nil }
    }

    func ring(_ visitor: WebchatService.Visitor) {
        let bells = state.withLock { $0.listeners[visitor]?.map(\.bell) ?? [] }
        for bell in bells { bell.yield() }
    }
}
