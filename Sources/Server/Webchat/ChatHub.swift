import Synchronization

/// Tells open streams that a conversation has gone on. Nothing is kept here: whoever is told reads what is new.
final class ChatHub: Sendable {
    private struct State {
        var listeners: [WebchatService.Visitor: [(id: Int, bell: AsyncStream<Void>.Continuation)]] = [:]
        var count = 0
        var next = 0
    }

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

    func leave(_ id: Int, _ visitor: WebchatService.Visitor) {
        state.withLock { state in
            guard let place = state.listeners[visitor]?.firstIndex(where: { $0.id == id }) else { return }
            state.listeners[visitor]?.remove(at: place)
            if state.listeners[visitor]?.isEmpty == true { state.listeners[visitor] = nil }
            state.count -= 1
        }
    }

    func ring(_ visitor: WebchatService.Visitor) {
        let bells = state.withLock { $0.listeners[visitor]?.map(\.bell) ?? [] }
        for bell in bells { bell.yield() }
    }
}
