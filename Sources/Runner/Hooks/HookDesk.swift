package import Channels
import RuleEngine

/// Sends changes to those who have asked for them: signed, in order as far as nothing fails, again with growing pauses, and at
/// last put aside for somebody to look at.
package struct HookDesk: Sendable {
    /// Seconds before each further attempt, as Standard Webhooks proposes: some two and a half days.
    package static let pauses: [Int64] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    /// So many wait for one endpoint at most; until they are fewer, its place in the feed stays where it is.
    private static let mostWaiting = 1_000

    private let key: DataKey
    private let environment: RunnerEnvironment
    private let send: @Sendable (EgressCall) -> EgressOutcome

    /// - Parameter send: by the one client that may call addresses which somebody named.
    package init(
        key: DataKey, environment: RunnerEnvironment, send: @escaping @Sendable (EgressCall) -> EgressOutcome
    ) {
        self.key = key
        self.environment = environment
        self.send = send
    }

    /// Puts on its way what is new, and sends what is due. A restored copy does neither: the original has told, or will tell, the
    /// same people of the same changes.
    ///
    /// - Returns: how many were sent or given up.
    package func work(_ store: any HookStore, _ feed: any ChangeFeed) throws(StoreError) -> Int {
        let endpoints = try store.endpoints()
        guard !endpoints.isEmpty, try !store.isOfCopy() else { return 0 }
        for endpoint in endpoints where !endpoint.isPaused {
            try fetch(endpoint, store, feed)
        }
        let known = Dictionary(endpoints.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var count = 0
        for delivery in try store.due(now: environment.now(), limit: 50) {
            guard let endpoint = known[delivery.endpoint], !endpoint.isPaused else { continue }
            try store.settle(attempt(delivery, endpoint), now: environment.now())
            count += 1
        }
        return count
    }

    private func fetch(
        _ endpoint: HookEndpoint, _ store: any HookStore, _ feed: any ChangeFeed
    ) throws(StoreError) {
        guard try store.waiting(of: endpoint.id) < Self.mostWaiting else { return }
        let changes = try feed.changes(after: endpoint.cursor, limit: 200)
        guard let last = changes.last else { return }
        try store.enqueue(
            changes.filter { endpoint.wants($0.type) }, for: endpoint, upTo: last.cursor, now: environment.now())
    }

    private func attempt(_ delivery: HookDelivery, _ endpoint: HookEndpoint) -> HookDelivery {
        let now = environment.now()
        var next = delivery
        next.attempts += 1
        guard let secret = WebhookSecret(endpoint.secrets(under: key, now: now)) else {
            preconditionFailure("a secret of ours is one")
        }
        let outcome = send(
            EgressCall(
                .post(Array(delivery.body.utf8)), endpoint.url,
                headers: [("Content-Type", "application/json")],
                signature: EgressSignature(
                    secret: secret, id: delivery.message, timestamp: Int(now.microseconds / 1_000_000))))
        next.outcome = outcome.code
        if case .answered(let answer) = outcome, answer.isSuccess {
            next.state = .done
            return next
        }
        // 410 says that nobody wants it there any more, and an address that may not be called never may.
        let isFinal =
            switch outcome {
            case .answered(let answer): answer.status == 410
            case .refused: true
            case .notSent, .lost: false
            }
        guard !isFinal, next.attempts <= Self.pauses.count else {
            next.state = .dead
            return next
        }
        let pause = Self.pauses[next.attempts - 1]
        // Not all at once where many failed together.
        let spread = Double(pause) * (0.9 + 0.2 * environment.random())
        next.nextAt = now.advanced(by: Int64(spread * 1_000_000))
        return next
    }
}

extension ServiceDesk {
    package func hookEndpoints() throws -> [HookEndpoint] { try hooks().endpoints() }

    /// - Returns: the endpoint, and the secret that signs: shown once.
    package func makeHook(_ url: String, types: [String]) throws -> (endpoint: HookEndpoint, secret: String) {
        try Self.check(url)
        let endpoint = HookEndpoint(
            id: KeyToken.name(), url: url, types: types, createdAt: now, cursor: try changes().end())
        try hooks().put(endpoint)
        return (endpoint, endpoint.secret(1, under: store.key))
    }

    /// What isn't given stays.
    package func changeHook(
        _ id: String, url: String?, types: [String]?, isPaused: Bool?
    ) throws -> HookEndpoint {
        var endpoint = try hook(id)
        if let url {
            try Self.check(url)
            endpoint.url = url
        }
        endpoint.types = types ?? endpoint.types
        endpoint.isPaused = isPaused ?? endpoint.isPaused
        try hooks().put(endpoint)
        return endpoint
    }

    /// A new secret; for a day the old one signs beside it.
    package func rotateHook(_ id: String) throws -> (endpoint: HookEndpoint, secret: String) {
        var endpoint = try hook(id)
        endpoint.generation += 1
        endpoint.overlapUntil = now.advanced(by: 86_400_000_000)
        try hooks().put(endpoint)
        return (endpoint, endpoint.secret(endpoint.generation, under: store.key))
    }

    package func removeHook(_ id: String) throws {
        guard try hooks().remove(id) else { throw Self.noHook(id) }
    }

    package func hook(_ id: String) throws -> HookEndpoint {
        guard let endpoint = try hookEndpoints().first(where: { $0.id == id }) else { throw Self.noHook(id) }
        return endpoint
    }

    private static func check(_ url: String) throws(ServiceRefusal) {
        guard let fault = GuardedEgress.fault(in: url, allowsPrivate: false) else { return }
        throw ServiceRefusal(
            .invalid, "bad_url", "the address \(fault.sentence)",
            help: "a public server, with https on port 443 or 8443")
    }

    private static func noHook(_ id: String) -> ServiceRefusal {
        ServiceRefusal(.notFound, "unknown_hook", "there is no webhook `\(id)`")
    }
}
