import RuleEngine

/// Looks, on a thread of its own, at what the coordinator may be too busy or too idle to see: whether another process
/// paused, cancelled or killed the launch, whether its owner may still send it, and whether a rate was reached that stops it.
final class LaunchWatch: Sendable {
    private let program: CampaignProgram
    private let launch: LaunchID
    private let store: any Store
    private let desk: Monitor<LaunchDesk>
    private let environment: RunnerEnvironment
    private let channels: [SendingChannel]
    /// Seconds between two looks: a kill has to end the last send within one.
    private static let interval = 0.1
    /// Counting reads every row of the launch, so that it must not take more than a tenth of the time.
    private static let shareOfTime = 10.0

    init(
        program: CampaignProgram, launch: LaunchID, store: any Store, desk: Monitor<LaunchDesk>,
        environment: RunnerEnvironment
    ) {
        self.program = program
        self.launch = launch
        self.store = store
        self.desk = desk
        self.environment = environment
        channels = program.lanes.map { SendingChannel($0) }
    }

    /// Until the desk says that the launch ends.
    func run() {
        // A store that can't be read is the coordinator's to notice. Here it is tried again each time: nobody else sees
        // a kill or a rate in time.
        var opened: (any LedgerReader)?
        var nextCount = environment.monotonic() + 1
        while true {
            let isEnding = desk.wait(atMost: Self.interval) { state -> Bool? in state.isEnding ? true : nil }
            if isEnding == true { return }
            opened = opened ?? (try? store.openReader())
            guard let reader = opened else { continue }
            if let found = try? reader.launch(launch) {
                if Self.ends(found.state) {
                    desk.update { $0.order = found.state }
                    return
                }
                let loss = try? reader.loss(
                    of: found.owner, sending: found.program, by: channels, at: environment.now())
                if let loss {
                    stop(loss)
                    return
                }
            }
            guard !program.stopRules.isEmpty, environment.monotonic() >= nextCount else { continue }
            let began = environment.monotonic()
            if let reason = reason(reader) {
                stop(reason)
                return
            }
            let took = environment.monotonic() - began
            nextCount = began + max(1, took * Self.shareOfTime)
        }
    }

    static func ends(_ state: LaunchState) -> Bool {
        switch state {
        case .paused, .cancelled, .killed: true
        case .planning, .running, .finished, .scheduled: false
        }
    }

    private func reason(_ reader: any LedgerReader) -> String? {
        let since = desk.withState { $0.phase.watchedSince }
        guard let rates = try? reader.rates(of: launch, since: since) else { return nil }
        return program.stopRules.reason(rates, isWhole: false)
    }

    private func stop(_ reason: String) {
        // The coordinator stops at once, whatever the store says; where the note can't be written, running again finds
        // the same rates.
        desk.update { $0.order = .paused }
        if let ledger = try? store.openLedger() {
            try? ledger.setState(.paused, of: launch, note: reason, now: environment.now())
        }
    }
}
