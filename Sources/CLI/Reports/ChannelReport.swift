import Channels
import RuleEngine
import Runner

/// One channel as `carillon channels list` shows it.
struct ChannelReport {
    private let channel: CheckedChannel
    private let record: ChannelRecord
    private let traits: ChannelTraits
    /// Nil where the channel names no secret.
    private let hasSecret: Bool?
    private let now: Timestamp

    init(_ channel: CheckedChannel, _ record: ChannelRecord?, hasSecret: Bool?, now: Timestamp) {
        self.now = now
        self.channel = channel
        self.record = record ?? ChannelRecord()
        self.hasSecret = hasSecret
        traits = ChannelRegistry.descriptor(of: channel.provider)?.traits ?? ChannelTraits()
    }

    /// In one word, the worst first.
    private var state: String {
        if let trouble = record.trouble { return trouble.until > now ? "down" : "on trial" }
        if hasSecret == false { return "no secret" }
        guard let failure = record.failures.first else { return record.acceptedAt == nil ? "unused" : "works" }
        return failure.at.microseconds > record.acceptedAt?.microseconds ?? 0 ? "failing" : "works"
    }

    private var limit: String {
        let own = channel.rate.map { "\(Self.number($0.perSecond))/s" }
        let theirs = traits.perSecond.map { "\(Self.number($0))/s" }
        return own ?? theirs.map { $0 + " (provider)" } ?? ""
    }

    private var price: String {
        if let price = channel.costPerMessage { return Figures.money(price) }
        if !channel.costPerSegment.isEmpty {
            let prices = channel.costPerSegment.sorted { $0.key < $1.key }.prefix(3)
            return prices.map { "\($0.key) \(Figures.money($0.value))" }.joined(separator: ", ") + " a part"
        }
        switch traits.cost {
        case .free: return "free"
        case .card: return ""
        case .answer, .report, .fetched, .category: return "told by the provider"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value < 1e9 ? "\(Int(value))" : "\(value)"
    }

    /// What a person has to know of an account that is down.
    private var breaker: String? {
        guard let trouble = record.trouble else { return nil }
        let next =
            trouble.until > now
            ? "tried again at \(Figures.instant(trouble.until))" : "the next message tries it"
        let others = channel.failover.isEmpty ? "" : "; \(channel.failover[0]) takes over"
        return "\(channel.id) is down since \(Figures.instant(trouble.since)): \(trouble.failures) failures in a row, "
            + "the last \(trouble.code); \(next)\(others)"
    }

    private var lastError: String {
        record.failures.first.map { "\($0.code) ×\($0.count), \(Figures.instant($0.at))" } ?? ""
    }

    var json: JSON {
        [
            "id": .string(channel.id), "kind": .string(channel.kind), "provider": .string(channel.provider),
            "state": .string(state), "rate_per_second": JSON(channel.rate.map { Self.number($0.perSecond) }),
            "provider_rate_per_second": JSON(traits.perSecond.map(Self.number)),
            "failover": .array(channel.failover.map(JSON.string)),
            "breaker": record.trouble.map { trouble in
                [
                    "state": .string(trouble.until > now ? "open" : "half_open"),
                    "since": .string(Figures.instant(trouble.since)), "until": .string(Figures.instant(trouble.until)),
                    "failures": JSON(trouble.failures), "code": .string(trouble.code),
                ]
            } ?? ["state": .string("closed")],
            "price": .string(price), "window_hours": JSON(traits.windowHours.map { "\($0)" }),
            "accepted": JSON(record.accepted), "accepted_at": JSON(record.acceptedAt.map(Figures.instant)),
            "heard_at": JSON(record.heardAt.map(Figures.instant)), "unreadable_webhooks": JSON(record.unreadable),
            "errors": .array(
                record.failures.prefix(5).map { failure in
                    [
                        "code": .string(failure.code), "state": .string(failure.state), "count": JSON(failure.count),
                        "at": .string(Figures.instant(failure.at)),
                    ]
                }),
        ]
    }

    static func text(_ reports: [ChannelReport]) -> String {
        var table = Table(.left, .left, .left, .left, .left, .left, .right, .left, indent: 0)
        table.add("channel", "kind", "provider", "state", "limit", "price", "window", "last error")
        for report in reports {
            table.add(
                report.channel.id, report.channel.kind, report.channel.provider, report.state, report.limit,
                report.price, report.traits.windowHours.map { "\($0) h" } ?? "", report.lastError)
        }
        let breakers = reports.compactMap(\.breaker)
        return table.text + (breakers.isEmpty ? "" : "\n" + breakers.joined(separator: "\n") + "\n")
    }
}
