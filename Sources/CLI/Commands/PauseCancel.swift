import ArgumentParser
import RuleEngine
import Runner

struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a program begin nothing new until it is resumed.",
        discussion: "A process that is sending finishes what is on its way and ends."
    )

    @Argument(help: "The program's id.")
    var id: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        if let inside = try LiveProgram.set(.paused, CampaignName.id(id), in: workspace) {
            try workspace.audit("pauseProgram", "program:" + CampaignName.id(id))
            return LiveProgram.report(
                id, state: .paused, inside: inside, asJSON: options.json,
                note: "it takes nobody in and sends nothing until `carillon activate \(id)`")
        }
        let control = LaunchControl(store: try workspace.openStore(), environment: workspace.environment)
        let launch = try orRefuse { () throws(LaunchRefusal) in try control.pause(CampaignName.id(id)) }
        try workspace.audit("pauseProgram", "program:" + launch.program)
        if options.json {
            let report: JSON = ["id": .string(launch.program), "state": .string(launch.state.name)]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line("`\(launch.program)` is paused; `carillon resume \(launch.program)` lets it go on")
        }
    }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a paused launch go on.",
        discussion: """
            A runner that is there takes it up; without one, `carillon run` does. Where a rate of `stop_if` had paused it, the \
            rates count anew from here on.
            """
    )

    @Argument(help: "The program's id.")
    var id: String

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let store = try workspace.openStore()
        let control = LaunchControl(store: store, environment: workspace.environment)
        let launch = try orRefuse { () throws(LaunchRefusal) in try control.resume(CampaignName.id(id)) }
        try workspace.audit("resumeProgram", "program:" + launch.program)
        let hasRunner = try withStore { () throws(StoreError) in try store.hasRunner() }
        if options.json {
            let report: JSON = [
                "id": .string(launch.program), "state": .string(launch.state.name), "runner": JSON(hasRunner),
            ]
            Terminal.output.write(report.text)
        } else {
            Terminal.output.line(
                hasRunner
                    ? "`\(launch.program)` goes on"
                    : "`\(launch.program)` may go on; no runner works here: `carillon run \(launch.program)`"
            )
        }
    }
}

struct Kill: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a launch, or a live sequence or rule, at once: the last send is over within a second.",
        discussion: """
            What was handed to a channel and not begun is not begun any more; a send that has no answer then is uncertain. \
            `carillon cancel` lets what is on its way come to its end. A killed launch is over for good.
            """
    )

    @Argument(help: "The program's id.")
    var id: String?

    @Flag(help: "Every launch of the data folder that is not over.")
    var all = false

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard (id == nil) == all else { throw ValidationError("name one program, or say --all") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        if let id, let inside = try LiveProgram.set(.killed, CampaignName.id(id), in: workspace) {
            try workspace.audit("killProgram", "program:" + CampaignName.id(id))
            return LiveProgram.report(
                id, state: .killed, inside: inside, asJSON: options.json, note: "their runs have ended")
        }
        let journeys = all ? try LiveProgram.killAll(in: workspace) : []
        let control = LaunchControl(store: try workspace.openStore(), environment: workspace.environment)
        let ended = try orRefuse { () throws(LaunchRefusal) in
            if let id { return [try control.kill(CampaignName.id(id))] }
            return try control.killAll()
        }
        for program in journeys.map(\.program) + ended.map(\.launch.program) {
            try workspace.audit("killProgram", "program:" + program)
        }
        if options.json {
            let rows =
                journeys.map { program, inside -> JSON in ["id": .string(program), "inside": JSON(inside)] }
                + ended.map { launch, count -> JSON in
                    ["id": .string(launch.program), "launch": JSON(launch.id.rawValue), "cancelled": JSON(count)]
                }
            let report: JSON = ["killed": .array(rows)]
            Terminal.output.write(report.text)
        } else if ended.isEmpty, journeys.isEmpty {
            Terminal.output.line("nothing is under way")
        } else {
            for (program, inside) in journeys {
                let runs = Figures.count(inside, "run")
                Terminal.output.line("`\(program)` is killed; \(runs) ended")
            }
            for (launch, count) in ended {
                Terminal.output.line(
                    "`\(launch.program)` is killed; \(Figures.count(count, "recipient")) will not get it"
                )
            }
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
            try workspace.audit("cancelProgram", "program:" + CampaignName.id(id))
            return LiveProgram.report(
                id, state: .cancelled, inside: inside, asJSON: options.json, note: "nobody is inside any more")
        }
        let control = LaunchControl(store: try workspace.openStore(), environment: workspace.environment)
        let (launch, count) = try orRefuse { () throws(LaunchRefusal) in try control.cancel(CampaignName.id(id)) }
        try workspace.audit("cancelProgram", "program:" + launch.program)
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
