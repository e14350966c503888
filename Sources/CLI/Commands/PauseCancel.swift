import ArgumentParser
import RuleEngine
import Runner

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a program begin nothing new until it is run or activated again.",
        discussion: "A process that is sending finishes what is on its way and ends."
    )

    @Argument(help: "The program's id.")
    var id: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        if let inside = try LiveProgram.set(.paused, CampaignName.id(id), in: workspace) {
            return LiveProgram.report(
                id, state: .paused, inside: inside, asJSON: options.json,
                note: "it takes nobody in and sends nothing until `carillon activate \(id)`")
        }
        let control = LaunchControl(store: try workspace.openStore(), environment: workspace.environment)
        let launch = try orRefuse { () throws(LaunchRefusal) in try control.pause(CampaignName.id(id)) }
        if options.json {
            let report: JSON = ["id": .string(launch.program), "state": .string(launch.state.name)]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line("`\(launch.program)` is paused; `carillon run \(launch.program)` resumes it")
        }
    }
}

struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a campaign's launch, or a live sequence or rule, for good.",
        discussion: "What was not yet sent never will be; what is on its way is still written down."
    )

    @Argument(help: "The program's id.")
    var id: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        if let inside = try LiveProgram.set(.cancelled, CampaignName.id(id), in: workspace) {
            return LiveProgram.report(
                id, state: .cancelled, inside: inside, asJSON: options.json, note: "nobody is inside any more")
        }
        let control = LaunchControl(store: try workspace.openStore(), environment: workspace.environment)
        let (launch, count) = try orRefuse { () throws(LaunchRefusal) in try control.cancel(CampaignName.id(id)) }
        if options.json {
            let report: JSON = [
                "id": .string(launch.program), "state": .string(launch.state.name), "cancelled": JSON(count),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line(
                "`\(launch.program)` is cancelled; \(Figures.count(count, "recipient")) will not get it"
            )
        }
    }
}
