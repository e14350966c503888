import ArgumentParser
import Glibc

@main
struct Carillon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "carillon",
        abstract: "Campaigns as files: checked before anybody is in them, every recipient accounted for.",
        discussion: """
            A first campaign: carillon init my-project && cd my-project && carillon check
            Exit codes: 0 fine, 1 errors or failure, 2 wrong usage, 3 uncertain rows remain, 4 refused by a guard.
            """,
        version: CarillonVersion.text,
        // In the order in which somebody meets them.
        subcommands: [
            Init.self, Check.self, Fmt.self, TestCommand.self, Play.self, Simulate.self, BacktestCommand.self,
            Explain.self, Graph.self, Prove.self, Bounds.self, Diff.self, Contacts.self, Plan.self, Templates.self,
            SendTest.self, Approve.self, Activate.self, Run.self, Status.self, Why.self, Sent.self, Messages.self,
            Uncertain.self, Pause.self, Resume.self, Cancel.self, Kill.self, Stats.self, Consent.self, Suppress.self,
            Events.self,
            Webhooks.self, ChannelsCommand.self, Bounces.self, Serve.self, Keys.self, Users.self, Credentials.self,
            Audit.self, Retention.self, Doctor.self, Backup.self, Restore.self, Migrate.self, SandboxCommand.self,
            Schema.self, LSP.self,
        ]
    )

    /// Commands throw; here errors become text and exit codes, in one place.
    static func main() {
        // A reader that went away (`carillon messages … | head`) is an error of `write`, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        ProcessHeap.keepTop()
        let asJSON = CommandLine.arguments.contains("--json")
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as CommandFailure {
            failure.report(asJSON: asJSON)
            Glibc.exit(failure.status.rawValue)
        } catch {
            // Help and version come this way too, with status 0.
            let code = exitCode(for: error)
            let terminal = code.isSuccess ? Terminal.output : Terminal.error
            terminal.line(fullMessage(for: error))
            Glibc.exit(code.isSuccess ? 0 : (code == .validationFailure ? ExitStatus.usage : .failed).rawValue)
        }
    }
}

enum CarillonVersion {
    static let text = "0.1.0"
}
