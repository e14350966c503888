import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Agree to a program as it is now, where its policy asks for that.",
        discussion: """
            `run` and `activate` refuse such a program until somebody has agreed (`not_approved`). What is agreed to is \
            the meaning: reformatting the file keeps the approval, and any change of what it does voids it. The owner of \
            a program can't agree to it.
            """
    )

    @Argument(help: "The program's file, or its id.")
    var program: String

    @Option(name: .customLong("as"), help: "Who agrees.")
    var name: String

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard name.contains(where: { !$0.isWhitespace }) else { throw ValidationError("--as takes a name") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let subject: ApprovalDesk.Subject
        switch try NamedProgram(program, in: project, sources, workspace) {
        case .journey(let journey): subject = ApprovalDesk.Subject(journey, in: project)
        case .campaign(let campaign):
            subject = ApprovalDesk.Subject(
                try OpenCampaign(
                    id: campaign.id, project: project, sources: sources, workspace: workspace, toSend: false
                ).program)
        }
        let store = try workspace.openSQLite()
        let desk = ApprovalDesk(
            store: try withStore { () throws(StoreError) in try store.openApprovals() },
            environment: workspace.environment)
        let approval = try orRefuse { () throws(LaunchRefusal) in try desk.approve(subject, as: name) }
        try workspace.audit("approveProgram", "program:" + approval.program)
        if options.json {
            let report: JSON = [
                "id": .string(approval.program), "version": .string(approval.version), "name": .string(approval.name),
                "permission": .string(approval.permission), "at": .string(Figures.instant(approval.at)),
            ]
            Terminal.output.write(report.text)
        } else {
            let version = approval.version.prefix(12)
            Terminal.output.line("\(approval.name) agreed to `\(approval.program)` as it is now (version \(version))")
        }
    }
}
