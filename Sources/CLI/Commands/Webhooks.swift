import ArgumentParser
import Channels
import RuleEngine
import Runner
import Storage

struct Webhooks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What providers send back: statuses, replies, opt-outs.",
        subcommands: [Ingest.self, Process.self]
    )

    struct Ingest: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take one request of a provider from standard input.",
            discussion: """
                The request as it came: `POST /path?query HTTP/1.1` (may be left out), headers, an empty line, the body. \
                It is checked and stored as `carillon serve` does. A request that is forged, stale or for somebody else \
                is refused with exit code 4, one that can't be read with 1.
                """
        )

        @Argument(help: "telegram, whatsapp-cloud, messenger, instagram, twilio, vonage, aws-sns, sendgrid …")
        var provider: String

        @Option(help: "The channel it belongs to. Without it: the project's only channel of this provider.")
        var channel: String?

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let endpoint = try endpoint(workspace)
            let request: WebhookRequest
            do throws(WebhookRequest.ReadFault) {
                request = try WebhookRequest(
                    raw: StandardInput.bytes(limit: WebhookRequest.bodyLimit + 131_072), baseURL: endpoint.url)
            } catch {
                throw CommandFailure(
                    reason: WebhookRefusal.malformed.rawValue,
                    message: "this is no HTTP request: \(error.rawValue)"
                )
            }
            let store = try workspace.openSQLite()
            let inbox = try withStore { () throws(StoreError) in try store.openInbox() }
            let errands = ProviderErrands(GuardedEgress())
            let desk = try WebhookDesk(workspace, store, errands: errands)
            var intake = try withStore { () throws(StoreError) in
                try desk.take(request, at: endpoint, into: inbox)
            }
            var failure: String?
            // At most a certificate and then a confirmation.
            for _ in 0..<2 {
                guard let errand = errand(intake) else { break }
                if case .failed(let code) = errands.carryOut(errand) {
                    failure = code
                    break
                }
                intake = try withStore { () throws(StoreError) in try desk.take(request, at: endpoint, into: inbox) }
            }
            switch intake {
            case .answer(let text):
                return Terminal.output.line(options.json ? JSON.answer(text).text : text)
            case .refused(let refusal):
                let isUnreadable = refusal == .malformed || refusal == .tooLarge || refusal == .unconfigured
                throw CommandFailure(
                    isUnreadable ? .failed : .refused,
                    reason: refusal.rawValue,
                    message: "the request is refused: \(refusal.sentence)",
                    help: refusal == .unconfigured ? help(endpoint) : nil
                )
            case .needsCertificate(let url):
                throw CommandFailure(
                    reason: "webhook_needs_certificate",
                    message: "its signature needs the certificate at \(url), which can't be fetched"
                        + (failure.map { " (\($0))" } ?? ""),
                    help:
                        "fetch it, and put its PEM text under `certificate` into the secret `\(endpoint.channel)-webhook`"
                )
            case .needsConfirmation(let url):
                throw CommandFailure(
                    reason: "webhook_needs_confirmation",
                    message: "the subscription can't be confirmed" + (failure.map { " (\($0))" } ?? ""),
                    help: "call \(url) yourself, or let the provider send it again"
                )
            case .stored, .repeated:
                let tally = try withStore { () throws(StoreError) in try desk.process(inbox) }
                report(tally, isNew: intake == .stored)
            }
        }

        private func errand(_ intake: WebhookDesk.Intake) -> ProviderErrands.Errand? {
            switch intake {
            case .needsCertificate(let url): .certificate(url: url)
            case .needsConfirmation(let url): .confirmation(url: url)
            case .stored, .repeated, .answer, .refused: nil
            }
        }

        private func endpoint(_ workspace: Workspace) throws -> WebhookDesk.Endpoint {
            guard WebhookRegistry.kind(of: provider) != nil else {
                throw CommandFailure(
                    .usage,
                    reason: "unknown_provider",
                    message: "no provider `\(provider)` calls us",
                    help: "these do: " + WebhookRegistry.providers.joined(separator: ", ")
                )
            }
            let project = try workspace.checked().project
            let finder = WebhookEndpoints(
                secrets: workspace.secrets,
                publicURL: project.settings.publicURL
            )
            let candidates = project.channels.values
                .filter { $0.provider == provider && (channel == nil || $0.id == channel) }
                .sorted { $0.id < $1.id }
            if candidates.count > 1 {
                throw CommandFailure(
                    .usage,
                    reason: "ambiguous",
                    message: "several channels are of `\(provider)`",
                    help: "name one with --channel: " + candidates.map(\.id).joined(separator: ", ")
                )
            }
            if let found = candidates.first, let endpoint = finder.endpoint(for: found) { return endpoint }
            guard channel == nil, let endpoint = finder.endpoint(forProvider: provider) else {
                throw CommandFailure(
                    .usage,
                    reason: "not_found",
                    message: "there is no channel `\(channel ?? "")` of the provider `\(provider)`"
                )
            }
            return endpoint
        }

        private func help(_ endpoint: WebhookDesk.Endpoint) -> String {
            "store it under the name `\(endpoint.channel)-webhook`; docs/channels/webhooks.md says what it holds"
        }

        private func report(_ tally: InboundTally, isNew: Bool) {
            if options.json {
                let report: JSON = ["result": .string(isNew ? "stored" : "repeated")]
                return Terminal.output.write(report.adding("events", tally.json).text)
            }
            Terminal.output.line((isNew ? "stored" : "known already") + "; " + tally.sentence)
        }
    }

    struct Process: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read what is stored and not read yet, and match what came early."
        )

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let desk = try WebhookDesk(workspace, store)
            let tally = try withStore { () throws(StoreError) in try desk.process(try store.openInbox()) }
            options.json ? Terminal.output.write(tally.json.text) : Terminal.output.line(tally.sentence)
        }
    }
}

extension InboundTally {
    var json: JSON {
        [
            "events": JSON(events), "repeated": JSON(repeated), "matched": JSON(matched), "waiting": JSON(waiting),
            "permissions": JSON(permissions),
        ]
    }

    var sentence: String {
        "\(Figures.count(events, "event")): \(matched) of known messages, \(waiting) waiting, \(repeated) repeated, "
            + "\(permissions) changes of permission"
    }
}

extension JSON {
    fileprivate static func answer(_ text: String) -> JSON {
        ["result": "answer", "answer": .string(text)]
    }
}
