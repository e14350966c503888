/// How many sends a rate allows now. Holds one second's worth at most, so that a pause does not become a burst.
struct TokenBucket {
    private let perSecond: Double
    private let capacity: Double
    private var tokens: Double
    private var updatedAt: Double

    init(perSecond: Double, now: Double) {
        self.perSecond = perSecond
        capacity = max(1, perSecond)
        // A full bucket at the start would let twice the rate through in the first second.
        tokens = min(1, capacity)
        updatedAt = now
    }

    mutating func available(now: Double) -> Int {
        refill(now: now)
        return Int(tokens)
    }

    mutating func take(_ count: Int, now: Double) {
        refill(now: now)
        tokens -= Double(count)
    }

    /// Seconds until one more send is allowed; zero when one is allowed now.
    mutating func delay(now: Double) -> Double {
        refill(now: now)
        return tokens >= 1 ? 0 : (1 - tokens) / perSecond
    }

    private mutating func refill(now: Double) {
        guard now > updatedAt else { return }
        tokens = min(capacity, tokens + (now - updatedAt) * perSecond)
        updatedAt = now
    }
}

/// The limits of one account: in all, and by recipient domain.
struct SendLimits {
    private var account: TokenBucket?
    private var domains: [String: TokenBucket]

    init(perSecond: Double?, perDomain: [String: Double], now: Double) {
        account = perSecond.map { TokenBucket(perSecond: $0, now: now) }
        domains = perDomain.mapValues { TokenBucket(perSecond: $0, now: now) }
    }

    var hasDomainLimits: Bool { !domains.isEmpty }

    mutating func available(now: Double) -> Int {
        account?.available(now: now) ?? .max
    }

    /// Takes so many sends out of the account's limit; the domains' are not asked.
    mutating func takeAccount(_ count: Int, now: Double) {
        account?.take(count, now: now)
    }

    /// Takes one send to this address out of all limits that concern it. False, and nothing taken, if one forbids it.
    mutating func take(address: String, now: Double) -> Bool {
        if let available = account?.available(now: now), available < 1 { return false }
        if hasDomainLimits, let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) {
            let domain = String(address[address.index(after: at)...])
            if let index = domains.index(forKey: domain) {
                guard domains.values[index].available(now: now) >= 1 else { return false }
                domains.values[index].take(1, now: now)
            }
        }
        account?.take(1, now: now)
        return true
    }

    /// Seconds until some limit may let something through.
    mutating func delay(now: Double) -> Double {
        var delay = account?.delay(now: now) ?? 0
        if delay == 0, hasDomainLimits {
            delay = domains.values.indices.map { domains.values[$0].delay(now: now) }.filter { $0 > 0 }.min() ?? 0
        }
        return delay
    }
}
