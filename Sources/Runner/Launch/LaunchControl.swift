import RuleEngine

/// Pauses and cancels launches from outside the process that runs them: the runner sees the new state in its next
/// transaction.
package struct LaunchControl {
    private let store: any Store
    private let environment: RunnerEnvironment

    package init(store: any Store, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// Nothing new is begun until the campaign is run again.
    package func pause(_ program: String) throws(LaunchRefusal) -> LaunchRecord {
        try change(program, to: .paused, from: [.planning, .running])
    }

    /// Ends the launch. What was not yet sent never will be; what is on its way is still written down.
    package func cancel(_ program: String) throws(LaunchRefusal) -> (launch: LaunchRecord, cancelled: Int) {
        let launch = try change(program, to: .cancelled, from: [.planning, .running, .paused])
        do throws(StoreError) {
            let count = try store.openLedger().cancelOpen(launch.id, reason: "cancelled", now: environment.now())
            return (launch, count)
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
    }

    private func change(
        _ program: String, to state: LaunchState, from states: [LaunchState]
    ) throws(LaunchRefusal) -> LaunchRecord {
        let found: LaunchRecord?
        do throws(StoreError) {
            let ledger = try store.openLedger()
            found = try ledger.latestLaunch(of: program)
            if let found, states.contains(found.state) {
                try ledger.setState(state, of: found.id, now: environment.now())
            }
        } catch {
            throw LaunchRefusal(reason: "store", message: LaunchCoordinator.describe(error))
        }
        guard var launch = found else {
            throw LaunchRefusal(
                reason: "not_found", message: "`\(program)` has never been run",
                help: "`carillon run` begins a launch; `carillon status` lists them")
        }
        guard launch.state == state || states.contains(launch.state) else {
            throw LaunchRefusal(
                reason: launch.state.name, message: "`\(program)` is \(launch.state.name) already")
        }
        launch.state = state
        return launch
    }
}
