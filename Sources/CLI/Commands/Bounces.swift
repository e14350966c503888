import ArgumentParser
import Channels
import Glibc
import RuleEngine
import Runner
import Storage

struct Bounces: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the mails that mail servers send back: bounces and complaints.",
        subcommands: [Read.self]
    )

    struct Read: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read one mail from standard input, or all that are new in a Maildir.",
            discussion: """
                Understands delivery status notifications (RFC 3464) and complaints (RFC 5965). Only a report that \
                returns a mail of ours has an effect. In a mail server's configuration: \
                |carillon bounces read --project /srv/acme
                """
        )

        @Option(help: "The channel whose mails come back. Without it: the project's only channel of `smtp`.")
        var channel: String?

        @Option(help: "A Maildir: mails in `new` are read and moved to `cur`.")
        var maildir: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let endpoint = try endpoint(workspace)
            let store = try workspace.openSQLite()
            let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
            let desk = try WebhookDesk(workspace, store)
            var count = MailCount()
            if let maildir {
                try read(maildir: maildir) { bytes in try count.add(take(bytes, endpoint, desk, inbox)) }
            } else {
                let mail = StandardInput.bytes(limit: WebhookRequest.bodyLimit)
                let intake = try take(mail, endpoint, desk, inbox)
                if case .refused(let refusal) = intake {
                    throw CommandFailure(
                        reason: refusal.rawValue,
                        message: refusal == .tooLarge
                            ? "the mail is larger than 4 MiB" : "standard input is no mail: it has no `From:`",
                        help: refusal == .tooLarge ? nil : "pipe one whole mail, or name a folder with --maildir"
                    )
                }
                count.add(intake)
            }
            let tally = try withStore { () throws(StoreError) in try desk.process(inbox) }
            if options.json { return Terminal.output.write(count.json.adding("events", tally.json).text) }
            Terminal.output.line(count.sentence + "; " + tally.sentence)
        }

        private func take(
            _ bytes: [UInt8], _ endpoint: WebhookDesk.Endpoint, _ desk: WebhookDesk, _ inbox: any WebhookInbox
        ) throws -> WebhookDesk.Intake {
            let request = WebhookRequest(mail: bytes, url: endpoint.url)
            return try withStore { () throws(StoreError) in try desk.take(request, at: endpoint, into: inbox) }
        }

        /// A mail is moved once it is on disk on our side. Moved twice or not at all, it counts once.
        private func read(maildir: String, _ take: ([UInt8]) throws -> Void) throws {
            guard FileReading.isFolder(maildir + "/new"), FileReading.isFolder(maildir + "/cur") else {
                throw CommandFailure(
                    .usage,
                    reason: "not_found",
                    message: "`\(maildir)` is no Maildir: it has no folders `new` and `cur`"
                )
            }
            for name in FileReading.files(below: maildir + "/new") where !name.contains("/") {
                let path = maildir + "/new/" + name
                guard let bytes = FileReading.bytes(of: path) else {
                    // Another process may have taken it meanwhile.
                    if !FileReading.isFile(path) { continue }
                    throw CommandFailure(reason: "not_readable", message: "`\(path)` can't be read")
                }
                try take(bytes)
                guard rename(path, maildir + "/cur/" + name + ":2,S") == 0 else {
                    throw CommandFailure(
                        reason: "not_movable",
                        message: "`\(path)` was read and can't be moved to `cur`",
                        help: "make \(maildir) writable; reading it again changes nothing"
                    )
                }
            }
        }

        private func endpoint(_ workspace: Workspace) throws -> WebhookDesk.Endpoint {
            let project = try workspace.checked().project
            let candidates = project.channels.values
                .filter { $0.provider == "smtp" && (channel == nil || $0.id == channel) }
                .sorted { $0.id < $1.id }
            let finder = WebhookEndpoints(
                secrets: workspace.secrets,
                publicURL: project.settings.publicURL
            )
            guard candidates.count == 1, let endpoint = finder.endpoint(for: candidates[0]) else {
                throw CommandFailure(
                    .usage,
                    reason: candidates.isEmpty ? "not_found" : "ambiguous",
                    message: candidates.isEmpty
                        ? "there is no channel \(channel.map { "`\($0)` " } ?? "")of the provider `smtp`"
                        : "several channels are of `smtp`",
                    help: candidates.isEmpty
                        ? nil : "name one with --channel: " + candidates.map(\.id).joined(separator: ", ")
                )
            }
            return endpoint
        }
    }
}

/// What became of the mails that were read.
private struct MailCount {
    var stored = 0
    var repeated = 0
    /// No mails at all.
    var unreadable = 0

    mutating func add(_ intake: WebhookDesk.Intake) {
        switch intake {
        case .stored: stored += 1
        case .repeated: repeated += 1
        case .answer, .refused, .needsCertificate, .needsConfirmation: unreadable += 1
        }
    }

    var json: JSON {
        ["stored": JSON(stored), "repeated": JSON(repeated), "unreadable": JSON(unreadable)]
    }

    var sentence: String {
        Figures.count(stored + repeated + unreadable, "mail") + ": \(stored) new, \(repeated) known already"
            + (unreadable == 0 ? "" : ", \(unreadable) unreadable")
    }
}
