import HTTPTypes
import Hummingbird
import HummingbirdCore
import Runner
import Synchronization

/// What has changed: as a list, as a stream, and sent to addresses that ask for it.
struct ChangeRoutes: Sendable {
    let desks: DeskPool
    private let hub: ChangeHub
    private let count = StreamCount(most: 100)

    init(service: APIService, desks: DeskPool, streams: OpenStreams) {
        self.desks = desks
        let hub = ChangeHub(
            end: { try await desks.run { try $0.changes().end() } },
            read: { after, limit in try await desks.run { try $0.changes().changes(after: after, limit: limit) } })
        self.hub = hub
        service.onCommit { [weak hub] in hub?.ring() }
        streams.onEnd { [weak hub] in hub?.end() }
    }

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .get, path: "/changes", access: .scope(.viewReports), id: "listChanges", tag: "changes",
                summary: "What has changed behind a place in the feed, or in all that is kept.",
                parameters: [
                    .query(
                        "after", .spelled(.changeCursor),
                        "`id` of the last change that is known. Without it: from the beginning."),
                    .query("limit", .integer(1...200), "How many; without it 50."),
                ],
                answers: [
                    .ok(
                        "Changes in order, and where to go on.",
                        .object([
                            .needed("items", .list(Self.change, most: 200)), .needed("next_cursor", .text(7...80)),
                        ]))
                ],
                problems: [422: ["bad_cursor"]],
                handler: { request in
                    let (cursor, limit) = (try Self.cursor(request, "after"), request.integer("limit") ?? 50)
                    let found = try await desks.run { try $0.changes().changes(after: cursor, limit: limit) }
                    let seen = found.filter { Self.mayHear($0, request.caller) }
                    return APIReply([
                        "items": .array(seen.map(\.json)), "next_cursor": .string((found.last?.cursor ?? cursor).text),
                    ])
                }),
            APIRoute(
                method: .get, path: "/changes/stream", access: .scope(.viewReports), id: "streamChanges",
                tag: "changes",
                summary: "Changes as they come (server-sent events). `Last-Event-ID` goes on where a stream was cut.",
                parameters: [
                    .query("after", .spelled(.changeCursor), "As `Last-Event-ID`, for those who can't send it.")
                ],
                answers: [
                    APIRoute.Answer(
                        status: 200, about: "An event each; its `id` is the place in the feed.", shape: .words,
                        type: "text/event-stream")
                ],
                problems: [422: ["bad_cursor"], 503: ["too_many_streams"]], handler: { try await stream($0) }),
        ]
    }

    static let change = Shape.named(
        "Change",
        .object([
            .needed("id", .word), .needed("type", .word), .needed("timestamp", .instant),
            .needed("data", .members(.anything), "Ids and kinds; no addresses and no texts."),
        ]))

    /// The audit's changes are for those who may read it.
    private static func mayHear(_ change: Change, _ caller: Principal) -> Bool {
        !change.type.hasPrefix("audit.") || caller.scopes.contains(.viewAudit)
    }

    private static func cursor(_ request: APIRequest, _ name: String) throws(Problem) -> ChangeCursor {
        guard let text = request.parameters[name] else { return ChangeCursor() }
        return try cursor(text)
    }

    private static func cursor(_ text: String) throws(Problem) -> ChangeCursor {
        guard let cursor = ChangeCursor(text) else {
            throw Problem(
                status: .unprocessableContent, code: "bad_cursor", detail: "that is no place in the feed",
                help: "take the `id` of a change as it was given")
        }
        return cursor
    }

    // MARK: Streams

    /// Tells a proxy that somebody is there, and us that nobody is.
    private static let keepAlive = Duration.seconds(9)
    /// Then a reader connects again, and loses nothing.
    private static let longest = Duration.seconds(600)

    /// Nothing is kept for a reader but the page that is being written to them: whoever reads slowly gets it slowly.
    private func stream(_ request: APIRequest) async throws -> APIReply {
        let given = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] } ?? request.parameters["after"]
        let start = try given.map { text throws(Problem) in try Self.cursor(text) }
        guard count.enter() else {
            throw Problem(
                status: .serviceUnavailable, code: "too_many_streams", detail: "too many listen already",
                help: "`GET /changes` asks from time to time", retryAfter: 30)
        }
        let place = StreamPlace(count)
        let first = try await desks.run { desk in try start ?? desk.changes().end() }
        return APIReply(stream: "text/event-stream") { [hub] writer in
            defer { place.leave() }
            let (listener, bell) = hub.listen()
            defer { hub.leave(listener) }
            var (cursor, bells) = (first, bell.makeAsyncIterator())
            let end = ContinuousClock.now + Self.longest
            try await writer.write(ByteBuffer(string: "retry: 2000\nid: \(cursor.text)\n: open\n\n"))
            var written = ContinuousClock.now
            repeat {
                var found = try await hub.changes(after: cursor)
                while let last = found.last {
                    let text = found.filter { Self.mayHear($0, request.caller) }.map { change in
                        "id: \(change.cursor.text)\nevent: \(change.type)\ndata: \(change.json.compactText)\n\n"
                    }.joined()
                    if !text.isEmpty {
                        try await writer.write(ByteBuffer(string: text))
                        written = .now
                    }
                    cursor = last.cursor
                    found = try await hub.changes(after: cursor)
                }
                if ContinuousClock.now - written >= Self.keepAlive {
                    try await writer.write(ByteBuffer(string: ": keep-alive\n\n"))
                    written = .now
                }
            } while await bells.next() != nil && !Task.isCancelled && ContinuousClock.now < end
            try await writer.finish(nil)
        }
    }
}

/// How many streams are open.
private final class StreamCount: Sendable {
    private let most: Int
    private let count = Mutex(0)

    init(most: Int) {
        self.most = most
    }

    func enter() -> Bool {
        count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}

/// One of them; given back once, also where its body was never asked for (HEAD).
private final class StreamPlace: Sendable {
    private let streams: StreamCount
    private let isTaken = Mutex(true)

    init(_ streams: StreamCount) {
        self.streams = streams
    }

    func leave() {
        let was = isTaken.withLock { isTaken in
            defer { isTaken = false }
            return isTaken
        }
        if was { streams.leave() }
    }

    deinit { leave() }
}
