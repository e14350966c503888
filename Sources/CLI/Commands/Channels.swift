import ArgumentParser
import Channels
import Glibc
import RuleEngine
import Runner
import Storage

struct ChannelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "channels",
        abstract: "The accounts that send: what they can do, and whether they work.",
        subcommands: [List.self, Test.self, Prices.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the project's channels: state, limits, prices, windows and the last errors.",
            discussion: "Nothing is called and nothing is sent; `carillon channels test` does."
        )

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let project = try workspace.checked().project
            let store = try workspace.openSQLite()
            let records = try withStore { () throws(StoreError) in try store.channelRecords() }
            let secrets = workspace.secrets
            let reports = project.channels.values.sorted { $0.id < $1.id }.map { channel in
                ChannelReport(
                    channel, records[channel.id], hasSecret: hasSecret(channel, secrets),
                    now: workspace.environment.now())
            }
            if options.json { return Terminal.output.write(JSON.array(reports.map(\.json)).text) }
            guard !reports.isEmpty else { return Terminal.output.line("the project has no channels") }
            Terminal.output.write(ChannelReport.text(reports))
        }

        private func hasSecret(_ channel: CheckedChannel, _ secrets: SecretResolver) -> Bool? {
            channel.secret.map { name in (try? secrets.secret(named: name)) != nil }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try a channel: credentials, sender, webhook address, and with --to a message and its way back.",
            discussion: """
                Without --to nothing is sent. With it, one message goes to an address of yours, and the command waits for \
                what the provider tells of it. An address that is on the suppression list is refused. Exit code 1 where a \
                step fails.
                """
        )

        @Argument(help: "The channel's id.")
        var name: String

        @Option(help: "Send a message to this address of yours.")
        var to: String?

        @Option(help: "How many seconds to wait for what the provider tells of the message.")
        var wait = 20

        @Option(help: "With --sandbox: where `carillon serve --sandbox` listens.")
        var webhooks = "http://127.0.0.1:8087"

        @OptionGroup var sandbox: SandboxOption

        @OptionGroup var options: CommonOptions

        func run() throws {
            let address = try sandbox.address()
            let workspace = try Workspace(options)
            let project = try workspace.checked().project
            let declaration = try project.channel(named: name)
            let run = TrialRun(
                workspace: workspace, project: project, declaration: declaration, sandbox: address, to: to,
                wait: wait, serving: webhooks)
            var steps: [ChannelTrial.Step] = []
            try run.each { step in
                steps.append(step)
                if !options.json { Terminal.output.line(Self.line(step)) }
            }
            if options.json { Terminal.output.write(JSON.array(steps.map(Self.json)).text) }
            let failed = steps.filter { $0.result == .failed }.count
            guard failed > 0 else { return }
            if options.json { throw CommandFailure.silent(.failed) }
            throw CommandFailure(
                reason: "channel_test", message: "\(Figures.count(failed, "step")) of `\(name)` failed")
        }

        func validate() throws {
            guard (0...600).contains(wait) else { throw ValidationError("--wait takes 0 to 600 seconds") }
        }

        private static func line(_ step: ChannelTrial.Step) -> String {
            let output = Terminal.output
            let mark =
                switch step.result {
                case .passed: output.styled("ok  ", .green)
                case .failed: output.styled("FAIL", .red)
                case .skipped: output.styled("--  ", .dim)
                }
            let name = step.name + String(repeating: " ", count: max(1, 13 - step.name.count))
            return mark + " " + name + step.detail + (step.help.map { "\n                  " + $0 } ?? "")
        }

        private static func json(_ step: ChannelTrial.Step) -> JSON {
            [
                "step": .string(step.name), "result": .string(step.result.rawValue), "detail": .string(step.detail),
                "help": JSON(step.help),
            ]
        }
    }
}

/// The steps of a test, in the order in which one failing makes the next pointless.
private struct TrialRun {
    let workspace: Workspace
    let project: CheckedProject
    let declaration: CheckedChannel
    let sandbox: SandboxAddress?
    let to: String?
    let wait: Int
    /// Where a sandbox calls.
    let serving: String

    func each(_ tell: (ChannelTrial.Step) -> Void) throws {
        let secrets = workspace.secrets
        let factory = ChannelFactory(secrets: secrets, baseFolder: workspace.folder.path, sandbox: sandbox)
        let channel: any Channel
        do throws(ChannelSetupError) {
            channel = try factory.channel(for: declaration)
        } catch {
            return tell(.init("settings", .failed, error.message, help: error.help))
        }
        tell(.init("settings", .passed, "\(declaration.kind) by `\(declaration.provider)`"))
        let trial = ChannelTrial(declaration, channel, now: workspace.environment.now())
        let credentials = trial.credentials()
        tell(credentials)
        tell(trial.sender())
        let webhook = self.webhook(trial, secrets)
        tell(webhook)
        guard let to else {
            return tell(.init("send", .skipped, "nothing was sent", help: "--to ADDRESS sends a message to you"))
        }
        guard credentials.result != .failed else {
            return tell(.init("send", .skipped, "nothing was sent: the account can't be used"))
        }
        try workspace.claim(sandbox)
        let store = try workspace.openSQLite()
        let isListed = try withStore { () throws(StoreError) in
            try store.isSuppressed(to, channelKind: declaration.kind)
        }
        guard !isListed else {
            return tell(
                .init(
                    "send", .failed, "\(to) is on the suppression list",
                    help: "no message goes there, not even a test; try another"))
        }
        let (sent, providerID) = trial.send(to: to)
        tell(sent)
        guard let providerID else { return }
        // It works: whoever sends next need not wait for the end of a pause.
        try withStore { () throws(StoreError) in try store.openLedger().note(nil, of: declaration.id) }
        try tell(told(of: providerID, store, channel, isHeard: webhook.result == .passed))
    }

    private func webhook(_ trial: ChannelTrial, _ secrets: SecretResolver) -> ChannelTrial.Step {
        let provider = sandbox == nil ? declaration.provider : SandboxAddress.provider(of: declaration.provider)
        let receives = WebhookRegistry.kind(of: provider) != nil && provider != "smtp"
        let base = sandbox == nil ? project.settings.publicURL : serving
        let finder = WebhookEndpoints(secrets: secrets, publicURL: base, isSandbox: sandbox != nil)
        let egress = GuardedEgress(.init(allowsPrivate: sandbox != nil))
        defer { egress.finish(within: 1) }
        let endpoint = finder.endpoint(for: declaration)
        let hasSecret = sandbox != nil || finder.hasSecret(for: declaration)
        return trial.webhook(
            at: base == nil ? nil : endpoint?.url, hasSecret: hasSecret, receives: receives && endpoint != nil,
            over: egress)
    }

    private var failureHelp: String {
        declaration.kind == "whatsapp"
            ? "outside 24 hours after the person's last message only approved texts go: write to the number first"
            : "`carillon channels list` names the code; docs/channels/\(declaration.provider).md explains it"
    }

    /// What came back by the time that we wait.
    private func told(
        of id: String, _ store: SQLiteStore, _ channel: any Channel, isHeard: Bool
    ) throws -> ChannelTrial.Step {
        // That it was sent, and that a link was followed, may be all that a provider ever tells.
        let tells = channel.capabilities.traits.statuses.subtracting([.sent, .clicked])
        guard isHeard, !tells.isEmpty else {
            return .init(
                "status", .skipped, "nobody will tell what becomes of it", help: "look at the phone or mailbox")
        }
        let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
        for _ in 0..<max(1, wait * 4) {
            let news = try withStore { () throws(StoreError) in
                try inbox.news(of: id, channel: declaration.id)
            }
            if let last = news.last {
                let isBad = last == "failed" || last == "bounced"
                return .init(
                    "status", isBad ? .failed : .passed, "the provider told: " + news.joined(separator: ", "),
                    help: isBad ? failureHelp : nil)
            }
            usleep(250_000)
        }
        return .init(
            "status", .failed, "nothing was told in \(wait) s",
            help: "is the webhook address set with the provider, and `carillon serve` running on this data folder?")
    }
}
