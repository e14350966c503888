import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what happened to one person in a program, and why.",
        discussion: """
            Each condition with its value and its place in the file, and for what was not sent the smallest change that would \
            have it sent. Without a launch: what would happen now. With --at, what was known then.
            """
    )

    @Argument(help: "The program's id or file.")
    var program: String

    @Argument(help: "The contact's id or address.")
    var contact: String

    @Flag(help: "Hide values of fields that the schema marks `pii`.")
    var hidePersonal = false

    @Option(help: "Tell what was known then: a day such as 2027-03-18, or 2027-03-18T10:00:00Z.")
    var at: String?

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard at == nil || time != nil else {
            throw ValidationError("--at takes a day such as 2027-03-18, or 2027-03-18T10:00:00Z")
        }
    }

    private var time: Timestamp? { at.flatMap(Figures.instant(from:)) }

    func run() throws {
        let workspace = try Workspace(options)
        try note(workspace)
        if let answer = try LiveProgram.why(program, contact, at: time, in: workspace) {
            return Terminal.output.write(options.json ? answer.json.text : answer.text(for: .output))
        }
        let campaign = try OpenCampaign(program, in: workspace, toSend: false)
        let clock = ProjectClock(campaign.program.zone)
        let reader = WhyReader(
            program: campaign.program,
            sources: campaign.sources,
            store: campaign.store,
            environment: campaign.environment,
            showsPersonal: !hidePersonal,
            clock: options.json ? nil : clock
        )
        let report = try withStore { () throws(StoreError) in try reader.why(contact, at: time) }
        guard let report else { throw ContactName.unknown(contact) }
        Terminal.output.write(options.json ? report.json.text : report.text(for: .output, clock))
    }
}

extension Why {
    /// Whoever is not there is told of below.
    private func note(_ workspace: Workspace) throws(CommandFailure) {
        let store = try workspace.openSQLite()
        let key = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
        if let key { try workspace.audit("explainDelivery", "contact:\(key.rawValue)") }
    }
}

enum ContactName {
    static func unknown(_ name: String) -> CommandFailure {
        CommandFailure(
            reason: "not_found",
            message: "there is no contact `\(name)`",
            help:
                "give the id of the import, or an address; `carillon contacts show` tells what is known about a person"
        )
    }
}
