import Runner
import Synchronization

/// Tells open streams that something has changed, and reads for all of them what it was: however many listen, the database is
/// looked at once. This process rings when it has written; what another process writes is found by looking from time to time.
final class ChangeHub: Sendable {
    private struct State {
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        /// What was read last, and the place behind which it begins.
        var page: (from: ChangeCursor, changes: [Change])?
        /// How far it is read; nil before the first look.
        var upTo: ChangeCursor?
        var watch: (bell: AsyncStream<Void>.Continuation, tasks: [Task<Void, Never>])?
        var isOver = false
    }

    private static let pageSize = 100
    /// What is written together is read together.
    private static let gathering = Duration.milliseconds(50)
    /// Every so many looks without news everybody is rung all the same, so that a stream which nobody reads any more ends.
    private static let quietLooks = 5

    private let poll: Duration
    private let findEnd: @Sendable () async throws -> ChangeCursor
    private let read: @Sendable (_ after: ChangeCursor, _ limit: Int) async throws -> [Change]
    private let state = Mutex(State())

    /// - Parameter poll: how often is looked without having been rung.
    init(
        poll: Duration = .seconds(2), end: @escaping @Sendable () async throws -> ChangeCursor,
        read: @escaping @Sendable (_ after: ChangeCursor, _ limit: Int) async throws -> [Change]
    ) {
        self.poll = poll
        findEnd = end
        self.read = read
    }

    deinit { end() }

    // MARK: Who listens

    /// The bell ends when the server does.
    func listen() -> (id: Int, bell: AsyncStream<Void>) {
        let (stream, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.next += 1
            guard !state.isOver else { return state.next }
            state.listeners[state.next] = bell
            if state.watch == nil { begin(&state) }
            return state.next
        }
        if state.withLock({ $0.isOver }) { bell.finish() }
        return (id, stream)
    }

    func leave(_ id: Int) {
        state.withLock { state in
            state.listeners[id] = nil
            if state.listeners.isEmpty { Self.rest(&state) }
        }
    }

    /// Something was written. Costs next to nothing, also where nobody listens.
    func ring() {
        state.withLock { _ = $0.watch?.bell.yield() }
    }

    /// Every stream ends; its reader comes again.
    func end() {
        let bells = state.withLock { state in
            state.isOver = true
            Self.rest(&state)
            defer { state.listeners.removeAll() }
            return Array(state.listeners.values)
        }
        for bell in bells { bell.finish() }
    }

    // MARK: What has changed

    /// What comes behind a place: as it was read for all, and by a look of its own for whoever is elsewhere.
    func changes(after cursor: ChangeCursor) async throws -> [Change] {
        if let known = known(after: cursor) { return known }
        return try await read(cursor, Self.pageSize)
    }

    /// Nil for whoever is elsewhere.
    func known(after cursor: ChangeCursor) -> [Change]? {
        state.withLock { state in
            if state.upTo == cursor { return [] }
            return state.page.flatMap { $0.from == cursor ? $0.changes : nil }
        }
    }

    private func begin(_ state: inout State) {
        let (stream, bell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let poll = poll
        let ticks = Task {
            while !Task.isCancelled {
                bell.yield()
                try? await Task.sleep(for: poll)
            }
        }
        let looks = Task { [weak self] in
            var quiet = 0
            for await _ in stream {
                guard let self, !Task.isCancelled else { return }
                quiet = await look() ? 0 : quiet + 1
                if quiet % Self.quietLooks == 0 { ringAll() }
                try? await Task.sleep(for: Self.gathering)
            }
        }
        state.watch = (bell, [ticks, looks])
    }

    private static func rest(_ state: inout State) {
        for task in state.watch?.tasks ?? [] { task.cancel() }
        state.watch?.bell.finish()
        (state.watch, state.page, state.upTo) = (nil, nil, nil)
    }

    /// Whether there was news. A look that fails is made again at the next bell; the place stays where it is.
    private func look() async -> Bool {
        guard let from = state.withLock({ $0.upTo }) else {
            guard let end = try? await findEnd() else { return false }
            // What came between their look and this one nobody would ring for: they look once more.
            return state.withLock { state in
                guard state.watch != nil else { return false }
                state.upTo = end
                return true
            }
        }
        guard let found = try? await read(from, Self.pageSize), let last = found.last else { return false }
        let isMore = state.withLock { state in
            guard state.watch != nil, state.upTo == from else { return false }
            (state.page, state.upTo) = ((from, found), last.cursor)
            return found.count >= Self.pageSize
        }
        if isMore { ring() }
        return true
    }

    private func ringAll() {
        for bell in state.withLock({ Array($0.listeners.values) }) { bell.yield() }
    }
}
