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

        @Argument(help: "The id of a campaign, sequence or rule.")
        var id: String

        @OptionGroup var sandbox: SandboxOption

        @OptionGroup var options: CommonOptions

        func run() throws {
            let address = try sandbox.address()
            let workspace = try Workspace(options)
            let project = try workspace.checked().project
            if let address { try workspace.claim(address) }
            let program = CampaignName.id(id)
            let store = try workspace.openSQLite()
            let reader = try withStore { () throws(StoreError) in try store.openReader() }
            let all = try withStore { () throws(StoreError) in try reader.launches() }
            var launches = all.filter { $0.program == program }
            // An earlier launch of a campaign is over; every version of a sequence or rule may still have people inside.
            if project.campaigns[program] != nil { launches = launches.suffix(1) }
            guard !launches.isEmpty else { throw CampaignName.neverRun(program) }
            let factory = ChannelFactory(
                secrets: workspace.secrets, baseFolder: workspace.folder.path,
                sandbox: address)
            let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
            var tally = LookupDesk.Tally()
            var silent: [String] = []
            do {
                for launch in launches {
                    // Each account's provider is asked for its own: another one's silence would prove nothing.
                    for name in try inbox.uncertainChannels(of: launch.id) {
                        guard let declaration = project.channels[name],
                            let desk = try factory.channel(for: declaration).accountDesk,
                            let told = try LookupDesk(desk, now: workspace.environment.now)
                                .settle(launch.id, channel: name, in: inbox)
                        else {
                            if !silent.contains(name) { silent.append(name) }
                            continue
                        }
                        tally.add(told)
                    }
                }
            } catch let error as StoreError {
                throw CommandFailure(error)
            } catch let error as ChannelSetupError {
                throw CommandFailure(reason: "channel", message: error.message, help: error.help)
            }
            if tally.accepted + tally.absent > 0 { try workspace.audit("askUncertain", "program:" + program) }
            try report(tally)
            guard !silent.isEmpty else { return }
            throw CommandFailure(
                .refused, reason: "not_offered",
                message:
                    "the providers of \(silent.map { "`\($0)`" }.joined(separator: ", ")) can't be asked for messages",
                help: "look into their logs, then: carillon uncertain settle \(program) --as accepted")
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
