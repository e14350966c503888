import Channels
import RuleEngine
import Runner
import Storage

/// Runs everything that is live, until it is stopped.
struct LiveRun {
    let workspace: Workspace
    let sandbox: SandboxAddress?
    let untilIdle: Bool
    let asJSON: Bool

    /// At a terminal, until Ctrl-C.
    func run() throws {
        let stop = StopSignal()
        let line = ProgressLine(isQuiet: asJSON)
        StopOnSignal.install(stop) { note in Terminal.error.line("\n" + note) }
        let tally = try work(until: stop) { line.show(Self.sentence($0)) }
        line.clear()
        if asJSON {
            Terminal.output.write(tally.json.text)
        } else {
            Terminal.output.line(tally.sentence)
        }
    }

    func work(
        until stop: StopSignal, progress: (JourneyRunner.Progress) -> Void
    ) throws(CommandFailure) -> JourneyEngine.Tally {
        let store = try workspace.openSQLite()
        let journeys = try withStore { () throws(StoreError) in try store.openJourneys() }
        let factory = ChannelFactory(
            secrets: workspace.secrets, baseFolder: workspace.folder.path,
            sandbox: sandbox)
        let endpoints = EndpointSettings(environment: ProcessEnvironment.all(), secrets: workspace.secrets)
        let clock = workspace.environment.now
        // Nothing stands in for systems of one's own: a rehearsal must not write into them.
        let calls: any CallMaking =
            sandbox == nil
            ? EgressCalls(endpoints, now: { Int(clock().microseconds / 1_000_000) }) : RehearsedCalls()
        let limits = AccountLimitsBook()
        let runner = JourneyRunner(
            store: store, journeys: journeys, loader: ProgramLoader(store: journeys, catalog: try workspace.catalog()),
            environment: workspace.environment, calls: calls, endpoints: sandbox == nil ? endpoints : nil,
            limits: limits,
            channel: { declaration throws(ChannelSetupError) in try factory.channel(for: declaration) })
        let campaigns = CampaignRun(workspace: workspace, sandbox: sandbox, limits: limits, stop: stop)
        let tally = try orRefuse { () throws(LaunchRefusal) in
            try runner.run(
                stop: stop, untilIdle: untilIdle, warn: { Terminal.error.line("warning: " + $0) },
                progress: {
                    // The runner's lock is held now, and its epoch has begun.
                    if !untilIdle { campaigns.begin() }
                    progress($0)
                },
                atEnd: { campaigns.end() })
        }
        if untilIdle { campaigns.runUntilIdle() }
        return tally
    }

    private static func sentence(_ progress: JourneyRunner.Progress) -> String {
        var parts = [
            Figures.count(progress.programs, "program"), progress.tally.sentence,
            "\(Figures.count(progress.inFlight)) on the way",
        ]
        if let next = progress.nextDue { parts.append("next at \(Figures.instant(next))") }
        return parts.joined(separator: " · ")
    }
}

extension JourneyEngine.Tally {
    fileprivate var sentence: String {
        var text = "\(Figures.count(runsBegun, "run")) begun, \(Figures.count(runsEnded)) ended, "
        text += "\(Figures.count(accepted)) accepted, \(Figures.count(skipped)) skipped"
        if failed > 0 { text += ", \(Figures.count(failed)) failed" }
        if uncertain > 0 { text += ", \(Figures.count(uncertain)) uncertain" }
        return text
    }

    fileprivate var json: JSON {
        [
            "causes": JSON(causes), "runs_begun": JSON(runsBegun), "runs_ended": JSON(runsEnded), "steps": JSON(steps),
            "accepted": JSON(accepted), "skipped": JSON(skipped), "failed": JSON(failed),
            "uncertain": JSON(uncertain),
        ]
    }
}
