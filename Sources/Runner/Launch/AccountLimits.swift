import Channels
import RuleEngine
import Synchronization

/// What one account may send, now and today. Campaigns and runs that send by it at the same time take from the same.
final class AccountLimits: Sendable {
    private struct State {
        var now: SendLimits
        var learned = LearnedPace()
        /// Nil where it has no limit by the day, or nobody has asked for it yet.
        var today: DailyAllowance?
    }

    let hasDomainLimits: Bool
    private let channel: CheckedChannel
    private let state: Mutex<State>

    init(_ channel: CheckedChannel, now: Double) {
        self.channel = channel
        let limits = SendLimits(
            perSecond: channel.rate?.perSecond, perDomain: channel.ratePerDomain.mapValues(\.perSecond), now: now)
        hasDomainLimits = limits.hasDomainLimits
        state = Mutex(State(now: limits))
    }

    /// Whether a file that was read again still says the same.
    func belong(to channel: CheckedChannel) -> Bool {
        channel.rate == self.channel.rate && channel.ratePerDomain == self.channel.ratePerDomain
            && channel.warmUp == self.channel.warmUp && channel.contactsPerDay == self.channel.contactsPerDay
    }

    // MARK: Now

    func available(now: Double) -> Int {
        state.withLock { min($0.now.available(now: now), $0.learned.available(now: now)) }
    }

    /// Takes so many sends out of the account's limit; the domains' and the day's are not asked.
    func takeAccount(_ count: Int, now: Double) {
        state.withLock { state in
            state.now.takeAccount(count, now: now)
            state.learned.take(count, now: now)
        }
    }

    /// Takes one send to this address out of all limits that concern it. False, and nothing taken, where the moment's
    /// forbid it.
    func take(address: String, now: Double) -> Bool {
        state.withLock { state in
            guard state.learned.available(now: now) > 0, state.now.take(address: address, now: now) else {
                return false
            }
            state.learned.take(1, now: now)
            state.today?.take()
            return true
        }
    }

    /// Seconds until some limit of the moment may let something through.
    func delay(now: Double) -> Double {
        state.withLock { max($0.now.delay(now: now), $0.learned.delay(now: now)) }
    }

    /// What the provider said to a message, as far as it tells how fast the account may send.
    func note(_ outcome: SendOutcome, now: Double) {
        switch outcome {
        case .accepted: state.withLock { $0.learned.accept(now: now) }
        case .throttled(_, let wait?): state.withLock { $0.learned.refuse(now: now, wait: wait) }
        case .throttled, .rejected, .unavailable, .outcomeUnknown: break
        }
    }

    // MARK: Today

    var hasDailyLimit: Bool { channel.warmUp != nil || channel.contactsPerDay != nil }

    var today: DailyAllowance? {
        state.withLock { $0.today }
    }

    /// What was taken has not been sent.
    func giveBack() {
        state.withLock { $0.today?.giveBack() }
    }

    /// Makes `today` that of the day of `now`. A day is one of the project's clock.
    func renew(zone: TimeZoneRules, now: Timestamp, volumes: any AccountVolumes) throws(StoreError) {
        guard hasDailyLimit, today.map({ $0.tomorrow <= now }) ?? true else { return }
        let fresh = try DailyAllowance(channel, zone: zone, now: now, volumes: volumes)
        state.withLock { state in
            // Somebody else may have been quicker, and has taken from it since.
            guard state.today.map({ $0.tomorrow <= now }) ?? true else { return }
            state.today = fresh
        }
    }
}

/// The limits of all accounts that one process sends by.
package final class AccountLimitsBook: Sendable {
    private let known = Mutex<[String: AccountLimits]>([:])

    package init() {}

    func limits(of channel: CheckedChannel, now: Double) -> AccountLimits {
        known.withLock { known in
            if let limits = known[channel.id], limits.belong(to: channel) { return limits }
            let limits = AccountLimits(channel, now: now)
            known[channel.id] = limits
            return limits
        }
    }
}
