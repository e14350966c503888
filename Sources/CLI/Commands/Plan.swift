import ArgumentParser
import Runner

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who would get a campaign, who would not and why, and what it would cost.",
        discussion: "The same query, gate and rendering as sending. Nothing is sent and nothing is written."
    )

    @Argument(help: "The campaign's file, or its id.")
    var campaign: String

    @Option(help: "How many messages to show.")
    var samples = 2

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func run() throws {
        let address = try sandbox.address()
        let campaign = try OpenCampaign(campaign, in: Workspace(options), toSend: false, sandbox: address)
        let progress = ProgressLine(isQuiet: options.json)
        let planner = Planner(
            program: campaign.program,
            store: campaign.store,
            channel: campaign.channel,
            environment: campaign.environment
        )
        let report = try orRefuse { () throws(LaunchRefusal) in
            try planner.plan(samples: samples) { progress.show("planning: \(Figures.count($0, "contact"))") }
        }
        progress.clear()
        Terminal.output.write(options.json ? report.json.text : report.text(for: .output))
        // A broken guard is what `run` would refuse; whoever plans in a script learns it here.
        if report.guards.contains(where: { !$0.isHeld }) { throw CommandFailure.silent(.refused) }
    }

    func validate() throws {
        guard (0...100).contains(samples) else { throw ValidationError("--samples takes 0 to 100") }
    }
}
