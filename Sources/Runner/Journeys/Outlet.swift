package import Channels
package import RuleEngine

/// A channel that can be sent through, with what its file says.
package struct OpenChannel: Sendable {
    package var declaration: CheckedChannel
    package var channel: any Channel

    package init(declaration: CheckedChannel, channel: any Channel) {
        self.declaration = declaration
        self.channel = channel
    }
}

/// One account as the engine uses it: its session, how fast it may go, and how it is.
final class Outlet {
    let id: String
    let kind: String
    let channel: any Channel
    private var session: (any ChannelSession)?
    private let limits: AccountLimits
    private var health: ChannelHealth
    private(set) var inFlight = 0
    private var window = SendWindow()
    /// The accounts that take its messages while it is down, in order.
    let standIns: [String]
    private var shown = ChannelHealth.Phase.works
    private var downSince: Timestamp?

    init(id: String, channel: OpenChannel, limits: AccountLimits, patience: Double) {
        self.id = id
        kind = channel.declaration.kind
        standIns = channel.declaration.failover
        self.channel = channel.channel
        self.limits = limits
        health = ChannelHealth(patience: patience)
    }

    /// How many messages may be begun now.
    func capacity(now: Double) -> Int {
        guard health.blockedFor(now: now) == 0 else { return 0 }
        // A whole request at least, where the provider takes several messages in one.
        let worth = max(window.size(now: now), channel.capabilities.batchSize)
        let free = min(channel.capabilities.inFlight, worth) - inFlight
        return max(0, min(free, limits.available(now: now), health.mayBegin(inFlight: inFlight)))
    }

    /// It answers.
    func isHealthy(now: Double) -> Bool {
        health.blockedFor(now: now) == 0
    }

    /// Others are to take its messages, but for the one that tries it.
    func isDown(now: Double) -> Bool {
        health.phase(now: now) != .works
    }

    /// What another process has found.
    func resume(_ trouble: AccountTrouble, at now: Timestamp, monotonic: Double) {
        health.resume(
            failures: trouble.failures, code: trouble.code,
            seconds: Double(trouble.until.microseconds - now.microseconds) / 1_000_000, now: monotonic)
        downSince = trouble.since
        shown = .down
    }

    /// What is to be written down of it; outer nil where that is nothing new.
    func news(at now: Timestamp, monotonic: Double) -> AccountTrouble?? {
        let phase = health.phase(now: monotonic)
        guard phase != shown else { return nil }
        shown = phase
        switch phase {
        case .trial: return nil
        case .works:
            downSince = nil
            return .some(nil)
        case .down:
            let since = downSince ?? now
            downSince = since
            return AccountTrouble(
                since: since, until: now.adding(seconds: health.blockedFor(now: monotonic)),
                failures: health.failuresInARow, code: health.lastCode)
        }
    }

    /// False, and nothing taken, where a limit forbids it.
    func take(address: String, now: Double) -> Bool {
        limits.take(address: address, now: now)
    }

    /// When the account may send again that has sent as much as it may in a day; nil where it may send now.
    func rest(
        of zone: TimeZoneRules, at now: Timestamp, _ volumes: any AccountVolumes
    ) throws(StoreError) -> Timestamp? {
        guard limits.hasDailyLimit else { return nil }
        try limits.renew(zone: zone, now: now, volumes: volumes)
        guard let today = limits.today, today.left == 0 else { return nil }
        return today.tomorrow
    }

    /// What is left of the day, in millionths: all of it where no limit by the day holds.
    func capacityLeft(
        of zone: TimeZoneRules, at now: Timestamp, _ volumes: any AccountVolumes
    ) throws(StoreError) -> Int64 {
        guard limits.hasDailyLimit else { return 1_000_000 }
        try limits.renew(zone: zone, now: now, volumes: volumes)
        guard let today = limits.today else { return 1_000_000 }
        return Int64(today.left) * 1_000_000 / Int64(max(1, today.limit))
    }

    /// Seconds until it may be worth asking again; nil where nothing holds it.
    func delay(now: Double) -> Double? {
        let delay = max(health.blockedFor(now: now), limits.delay(now: now))
        return delay > 0 ? delay : nil
    }

    /// - Parameter began: when the message was handed over.
    func note(_ outcome: SendOutcome, began: Double, now: Double, random: () -> Double) {
        inFlight -= 1
        window.note(latency: now - began, now: now)
        limits.note(outcome, now: now)
        health.note(outcome, now: now, random: random)
    }

    /// What can't even be handed over is known not to have left.
    func submit(_ messages: [ComposedMessage], desk: Monitor<JourneyEngine.Desk>) {
        inFlight += messages.count
        if session == nil {
            let id = id
            do throws(ChannelSetupError) {
                session = try channel.open(report: { reports in
                    desk.update { desk in desk.reports.append(contentsOf: reports.map { (id, $0) }) }
                })
            } catch {
                let reports = messages.map {
                    SendReport(token: $0.token, outcome: .unavailable(code: error.message))
                }
                return desk.update { desk in desk.reports.append(contentsOf: reports.map { (id, $0) }) }
            }
        }
        session?.submit(messages)
    }

    func finish(within seconds: Double) {
        session?.finish(within: seconds)
        session = nil
    }
}
