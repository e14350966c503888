/// What a route's conditions know about a candidate. A fact that nobody knows is missing.
package struct ChannelFacts: Sendable, Hashable {
    package var kind: String
    /// What this message would cost, in micros of the project's currency.
    package var costMicros: Int64?
    package var isHealthy: Bool?
    /// In millionths of what the account may send in a day.
    package var capacityLeft: Int64?
    package var isSessionOpen: Bool?

    package init(
        kind: String, costMicros: Int64? = nil, isHealthy: Bool? = nil, capacityLeft: Int64? = nil,
        isSessionOpen: Bool? = nil
    ) {
        self.kind = kind
        self.costMicros = costMicros
        self.isHealthy = isHealthy
        self.capacityLeft = capacityLeft
        self.isSessionOpen = isSessionOpen
    }

    func value(_ field: FactQuery.ChannelField) -> Value {
        switch field {
        case .kind: Value(kind)
        case .cost: costMicros.map { .number($0, .money) } ?? .missing
        case .healthy: isHealthy.map { .bool($0) } ?? .missing
        case .capacity_left: capacityLeft.map { .number($0, .decimal) } ?? .missing
        case .session_open: isSessionOpen.map { .bool($0) } ?? .missing
        }
    }
}
