internal import Crypto
internal import FoundationEssentials
package import RuleEngine

/// Where changes are sent to.
package struct HookEndpoint: Sendable, Equatable {
    package var id: String
    package var url: String
    /// Beginnings of types: `message.`, `consent.granted`. Empty: all.
    package var types: [String]
    package var createdAt: Timestamp
    package var isPaused: Bool
    /// Counts up with each new secret.
    package var generation: Int64
    /// Until when the secret before it signs too.
    package var overlapUntil: Timestamp?
    package var cursor: ChangeCursor

    package init(
        id: String, url: String, types: [String], createdAt: Timestamp, isPaused: Bool = false, generation: Int64 = 1,
        overlapUntil: Timestamp? = nil, cursor: ChangeCursor
    ) {
        self.id = id
        self.url = url
        self.types = types
        self.createdAt = createdAt
        self.isPaused = isPaused
        self.generation = generation
        self.overlapUntil = overlapUntil
        self.cursor = cursor
    }

    package func wants(_ type: String) -> Bool { types.isEmpty || types.contains { type.hasPrefix($0) } }

    /// What signs (Standard Webhooks): follows from the data folder's key, so that nothing has to be kept.
    package func secret(_ generation: Int64, under key: DataKey) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("carillon/hook/1\u{0}\(id)\u{0}\(generation)".utf8), using: SymmetricKey(data: key.bytes))
        return "whsec_" + Data(code).base64EncodedString()
    }

    /// Both, while the receiver puts the new one in its place.
    package func secrets(under key: DataKey, now: Timestamp) -> String {
        let newest = secret(generation, under: key)
        guard generation > 1, let overlapUntil, overlapUntil > now else { return newest }
        return newest + " " + secret(generation - 1, under: key)
    }

    package var json: JSON {
        [
            "id": .string(id), "url": .string(url), "types": JSON(types), "paused": JSON(isPaused),
            "created_at": .string(ISOInstant.text(createdAt)),
        ]
    }
}

/// One change on its way to one endpoint.
package struct HookDelivery: Sendable, Equatable {
    package enum State: Int, Sendable, CaseIterable {
        case waiting = 0
        case done = 1
        /// Tried as often as it is tried: somebody looks, and sends it again.
        case dead = 2

        package var name: String {
            switch self {
            case .waiting: "waiting"
            case .done: "done"
            case .dead: "dead"
            }
        }
    }

    package var id: Int64
    package var endpoint: String
    /// Of the change; the same over all attempts.
    package var message: String
    package var body: String
    package var state: State
    package var attempts: Int
    package var nextAt: Timestamp
    package var outcome: String?

    package init(
        id: Int64, endpoint: String, message: String, body: String, state: State, attempts: Int, nextAt: Timestamp,
        outcome: String?
    ) {
        self.id = id
        self.endpoint = endpoint
        self.message = message
        self.body = body
        self.state = state
        self.attempts = attempts
        self.nextAt = nextAt
        self.outcome = outcome
    }

    package var json: JSON {
        [
            "id": JSON(id), "endpoint": .string(endpoint), "message": .string(message), "state": .string(state.name),
            "attempts": JSON(attempts), "next_at": .string(ISOInstant.text(nextAt)), "outcome": JSON(outcome),
            "body": .string(body),
        ]
    }
}

/// Endpoints and what is on its way to them. One thread owns it; what it writes is durable when it returns.
package protocol HookStore: AnyObject {
    /// It lies in a data folder that was restored from a backup, and nobody has said yet that it may send.
    func isOfCopy() throws(StoreError) -> Bool
    func endpoints() throws(StoreError) -> [HookEndpoint]
    func put(_ endpoint: HookEndpoint) throws(StoreError)
    /// With everything on its way there.
    func remove(_ id: String) throws(StoreError) -> Bool
    /// Puts changes on their way and moves the cursor, in one transaction.
    func enqueue(_ changes: [Change], for endpoint: HookEndpoint, upTo: ChangeCursor, now: Timestamp) throws(StoreError)
    func waiting(of endpoint: String) throws(StoreError) -> Int
    func due(now: Timestamp, limit: Int) throws(StoreError) -> [HookDelivery]
    func settle(_ delivery: HookDelivery, now: Timestamp) throws(StoreError)
    /// The newest first.
    func deliveries(
        state: HookDelivery.State?, endpoint: String?, _ page: PageRequest
    ) throws(StoreError) -> FoundPage<HookDelivery>
    /// Sends one again, or all dead ones of an endpoint. How many.
    func replay(_ id: Int64?, endpoint: String, now: Timestamp) throws(StoreError) -> Int
}
