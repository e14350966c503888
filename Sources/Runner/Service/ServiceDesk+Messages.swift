import RuleEngine

/// Single messages: found, shown, called back.
extension ServiceDesk {
    package func messages(
        _ search: MessageSearch, contact name: String?, _ page: PageRequest
    ) throws -> FoundPage<FoundMessage> {
        var search = search
        search.contact = try name.map { try contact($0) }
        return try messageSearch().messages(search, page)
    }

    package func message(_ reference: String) throws -> FoundMessage {
        guard let key = sealer.open(reference), let found = try messageSearch().message(key) else {
            throw ServiceRefusal(.notFound, "unknown_message", "there is no such message")
        }
        return found
    }

    /// Calls back what has not begun to leave.
    package func cancel(message reference: String) throws -> FoundMessage {
        let found = try message(reference)
        let (key, now) = (found.delivery.key, now)
        guard let place = OrderKey(occurrence: key.occurrence) else { preconditionFailure("a message has an order") }
        let journeys = try journeys()
        let isClosed = try journeys.transaction { () throws(StoreError) in
            guard try journeys.close(key, as: .cancelled, reason: "cancelled", now: now) else { return false }
            if var order = try journeys.order(key.launch, key.contact, base: place.base) {
                // Without a channel it is told to its run when that is looked at next.
                try journeys.remove(order)
                order.channels = []
                order.checkAt = now
                try journeys.insert(order)
            }
            return true
        }
        guard isClosed else {
            throw ServiceRefusal(
                .conflict, "too_late", "the message is \(found.delivery.record.state.name) and can't be called back")
        }
        return try message(reference)
    }

    /// Whether whoever has asked for a message may send it now.
    func mayStillSend(_ request: MessageRequest) throws -> Bool {
        // Of a channel that is gone, and of files with errors, the message itself says so.
        guard let kind = try projects.current().project?.channels[request.channel]?.kind else { return true }
        let channel = SendingChannel(id: request.channel, kind: kind)
        return try reader().loss(of: Owner(request.actor), sending: nil, by: [channel], at: now) == nil
    }

    /// Channels of the project, and those that stand in for them.
    package func sendingChannels(_ ids: [String]) throws -> [SendingChannel] {
        let project = try project()
        let failover = ids.flatMap { project.channels[$0]?.failover ?? [] }
        return try (ids + failover).map { SendingChannel(id: $0, kind: try kind(ofChannel: $0)) }
    }

    /// The kind of a channel of the project.
    package func kind(ofChannel id: String) throws -> String {
        let project = try project()
        guard let channel = project.channels[id] else {
            throw ServiceRefusal(
                .notFound, "unknown_channel", "there is no channel `\(id)`",
                help: NearestName.of(id, among: Array(project.channels.keys)).map { "did you mean `\($0)`?" })
        }
        return channel.kind
    }
}

extension JSON {
    /// What the compiler found, with its place.
    static func finding(_ diagnostic: Diagnostic, in sources: SourceMap) -> JSON {
        let place = sources.start(of: diagnostic.primary.span)
        return [
            "code": .string(diagnostic.code), "message": .string(diagnostic.message), "help": JSON(diagnostic.help),
            "file": .string(sources.path(of: diagnostic.primary.span)), "line": JSON(place.line),
            "column": JSON(place.column),
        ]
    }
}
