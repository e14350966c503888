import ArgumentParser
import Channels
import RuleEngine
import Runner
import Storage

extension Uncertain {
    struct Ask: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the provider what became of uncertain sends, and settle what it can prove.",
            discussion: """
                For providers that list their messages by recipient and time: twilio, twilio-whatsapp. What they have \
                counts as accepted, with its price. What they don't have half an hour later was not accepted, and the \
                next run sends it again. Where two messages could be it, nothing is settled.
                """
        )

        @Argument(help: "The campaign's id.")
        var id: String

        @OptionGroup var sandbox: SandboxOption

        @OptionGroup var options: CommonOptions

        func run() throws {
            let address = try sandbox.address()
            let campaign = try OpenCampaign(CampaignName.id(id), in: Workspace(options), toSend: true, sandbox: address)
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let reader = try withStore { () throws(StoreError) in try store.openReader() }
            let launch = try withStore { () throws(StoreError) in
                try reader.latestLaunch(of: campaign.program.campaign.id)
            }
            guard let launch else { throw CampaignName.neverRun(id) }
            guard let desk = campaign.channel.accountDesk else { throw Self.notOffered(campaign) }
            let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
            let tally: LookupDesk.Tally?
            do {
                tally = try LookupDesk(desk, now: workspace.environment.now).settle(launch.id, in: inbox)
            } catch let error as StoreError {
                throw CommandFailure(error)
            } catch let error as ChannelSetupError {
                throw CommandFailure(reason: "channel", message: error.message, help: error.help)
            }
            guard let tally else { throw Self.notOffered(campaign) }
            try report(tally)
        }

        private static func notOffered(_ campaign: OpenCampaign) -> CommandFailure {
            CommandFailure(
                .refused, reason: "not_offered",
                message: "`\(campaign.program.channel.provider)` can't be asked for messages",
                help: "look into its log, then: carillon uncertain settle \(campaign.program.campaign.id) --as accepted"
            )
        }

        private func report(_ tally: LookupDesk.Tally) throws {
            if options.json {
                let report: JSON = [
                    "accepted": JSON(tally.accepted), "absent": JSON(tally.absent), "ambiguous": JSON(tally.ambiguous),
                    "early": JSON(tally.early), "failed": JSON(tally.failed), "failure": JSON(tally.failure),
                ]
                Terminal.output.write(report.text)
            } else {
                Terminal.output.line(
                    "\(tally.accepted) accepted, \(tally.absent) not accepted, \(tally.ambiguous) ambiguous, "
                        + "\(tally.early) too young, \(tally.failed) unanswered")
            }
            guard tally.failed > 0, !options.json else { return }
            throw CommandFailure(
                reason: "lookup", message: "the provider did not answer \(tally.failed) times (\(tally.failure ?? ""))",
                help: "ask again later")
        }
    }
}
