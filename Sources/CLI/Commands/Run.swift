import ArgumentParser
import Glibc
import RuleEngine
import Runner

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a campaign; without one, run the sequences and rules that are live.",
        discussion: """
            Ctrl-C finishes what is on its way and stops; running again resumes. A finished campaign is not sent again \
            unless --new-launch says so. On a terminal it asks once, with the numbers; --yes skips that.

            Where a runner is at work on the data folder already (`carillon serve`, or `carillon run` without a campaign), \
            the launch is handed to it and followed to its end; Ctrl-C then only ends the following.

            Without a campaign it runs what `carillon activate` made live, until it is stopped: people come in, wait, \
            and get their messages.
            """
    )

    @Argument(help: "The campaign's file, or its id. Without it: everything that is live.")
    var campaign: String?

    @Flag(help: "Without a campaign: end when nothing is due now.")
    var untilIdle = false

    @Flag(help: "Don't ask.")
    var yes = false

    @Flag(help: "Begin again although the last launch is finished or cancelled.")
    var newLaunch = false

    @Flag(help: "Write a scheduled campaign down for its moment, and leave it to the runner that stays.")
    var register = false

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard campaign == nil || !untilIdle else {
            throw ValidationError("--until-idle is for sequences and rules: leave the campaign out")
        }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let address = try sandbox.address()
        guard let name = campaign else {
            try workspace.claim(address)
            return try LiveRun(workspace: workspace, sandbox: address, untilIdle: untilIdle, asJSON: options.json).run()
        }
        let campaign = try OpenCampaign(name, in: workspace, toSend: true, sandbox: address)
        try workspace.claim(address)
        var launchOptions = Launcher.Options()
        launchOptions.newLaunch = newLaunch
        let launcher = Launcher(
            program: campaign.program,
            store: campaign.store,
            channels: campaign.channels,
            environment: campaign.environment,
            options: launchOptions
        )
        let earlier = try orRefuse { () throws(LaunchRefusal) in try launcher.refusal() }
        if !yes, !options.json, isatty(STDIN_FILENO) == 1, Terminal.error.isInteractive {
            try ask(campaign, resuming: earlier)
        }

        if register {
            try writeDown(launcher, name)
            return try workspace.audit("startCampaign", "program:" + campaign.program.campaign.id)
        }
        let stop = StopSignal()
        let progress = RunProgress(isQuiet: options.json)
        StopOnSignal.install(stop) { note in Terminal.error.line("\n" + note) }
        let result = try orRefuse { () throws(LaunchRefusal) in
            try launcher.run(stop: stop) { progress.show($0) }
        }
        progress.clear()
        try workspace.audit("startCampaign", "program:" + campaign.program.campaign.id)
        report(result, resume: name)
        if let status = Self.exitStatus(of: result.ending) { throw CommandFailure.silent(status) }
    }

    private func writeDown(_ launcher: Launcher, _ campaign: String) throws {
        guard let launch = try orRefuse({ () throws(LaunchRefusal) in try launcher.schedule() }) else {
            throw CommandFailure(
                .refused,
                reason: "not_scheduled",
                message: "`\(campaign)` has no `schedule`, or is under way",
                help: "`carillon run \(campaign)` sends it"
            )
        }
        if options.json {
            let report: JSON = [
                "id": .string(launch.program), "state": .string(launch.state.name), "launch": JSON(launch.id.rawValue),
                "starts_at": JSON(launch.phase.startsAt.map(Figures.instant)),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line(
                "`\(launch.program)` is written down for \(launch.phase.startsAt.map(Figures.instant) ?? "");"
                    + " a runner (`carillon run`) starts it then"
            )
        }
    }

    /// Once, with the numbers, because it can't be taken back.
    private func ask(_ campaign: OpenCampaign, resuming launch: LaunchRecord?) throws {
        let terminal = Terminal.error
        if let launch {
            terminal.line("`\(launch.program)` was begun at \(Figures.instant(launch.createdAt)) and is not finished.")
            terminal.write("Resume it? [y/N] ")
        } else {
            let planner = Planner(
                program: campaign.program,
                store: campaign.store,
                channels: campaign.channels,
                environment: campaign.environment
            )
            let plan = try orRefuse { () throws(LaunchRefusal) in try planner.plan(samples: 0) }
            terminal.write(plan.text(for: terminal) + "\n")
            // `expect` and `budget` refuse by themselves; no question about what can't be.
            if plan.guards.contains(where: { !$0.isHeld }) { return }
            terminal.write("Send \(Figures.count(plan.wouldSend, "message")) by `\(plan.channel)`? [y/N] ")
        }
        let answer = readLine()?.lowercased() ?? ""
        guard ["y", "yes", "j", "ja"].contains(answer) else {
            throw CommandFailure(.refused, reason: "declined", message: "nothing was sent")
        }
    }

    private func report(_ result: LaunchResult, resume campaign: String) {
        if options.json {
            let status = result.status.json
            let ending = status.adding("ending", .string(result.ending.rawValue)).adding("note", JSON(result.note))
                .adding("due_at", JSON(result.dueAt.map(Figures.instant)))
            Terminal.output.write(ending.text)
            return
        }
        Terminal.output.write(result.status.text(for: .output))
        if let note = result.note {
            let word = result.ending == .left ? "left" : "stopped"
            Terminal.error.line("\n" + Terminal.error.styled(word, .red) + ": " + note)
        }
        if result.ending == .finished, let next = result.dueAt {
            Terminal.error.line("the next launch starts at \(Figures.instant(next)): `carillon run` is there for it")
        }
        if result.ending == .interrupted || result.ending == .stopped {
            Terminal.error.line("resume with: carillon run \(campaign)")
        }
    }

    static func exitStatus(of ending: LaunchResult.Ending) -> ExitStatus? {
        switch ending {
        case .finished: nil
        case .uncertain: .uncertain
        // What waits for its moment is as it should be.
        case .waiting: nil
        case .interrupted, .left, .paused, .cancelled, .killed, .stopped: .failed
        }
    }
}

/// A launch's progress in one line.
private struct RunProgress {
    private let line: ProgressLine

    init(isQuiet: Bool) {
        line = ProgressLine(isQuiet: isQuiet)
    }

    func show(_ progress: LaunchProgress) {
        switch progress.phase {
        case .waiting where progress.startsAt != nil:
            line.show("waiting for \(progress.startsAt.map(Figures.instant) ?? "")")
        case .planning:
            line.show("writing down the audience: \(Figures.count(progress.audience, "contact"))")
        case .sending, .waiting, .draining:
            var parts = [
                "\(progress.phase.rawValue) \(Figures.count(progress.settled)) of \(Figures.count(progress.audience))",
                "\(Figures.count(progress.accepted)) accepted", "\(Figures.count(progress.skipped)) skipped",
            ]
            if progress.rate >= 1 {
                parts.append("\(Figures.count(Int(progress.rate)))/s")
                let left = Double(progress.audience - progress.settled) / progress.rate
                if left >= 1 { parts.append(Figures.duration(seconds: left) + " left") }
            }
            if let note = progress.note { parts.append(note) }
            line.show(parts.joined(separator: " · "))
        }
    }

    func clear() {
        line.clear()
    }
}
