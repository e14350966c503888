import Channels
import RuleEngine
import Runner
import Server
import Storage

/// The project's channels as their providers call them.
struct WebhookCalls: Sendable {
    private let endpoints: [String: WebhookDesk.Endpoint]
    private let desk: WebhookDesk
    private let store: SQLiteStore
    private let errands: ProviderErrands?
    private let replies: ReplyDesk
    /// Nil where it has errors.
    let project: CheckedProject?

    /// Of a project that doesn't compile no channel is called: its secrets could be those of another.
    ///
    /// - Parameter sandboxURL: where a sandbox calls this server; its signatures are taken then, and no others.
    init(
        _ workspace: Workspace, sandboxURL: String? = nil, sandbox: SandboxAddress? = nil
    ) throws(CommandFailure) {
        store = try workspace.openSQLite()
        // A sandbox signs with a key that everybody knows; what it says must make us call nobody.
        errands = sandboxURL == nil ? ProviderErrands(GuardedEgress()) : nil
        var endpoints: [String: WebhookDesk.Endpoint] = [:]
        let project = try workspace.compile().project
        self.project = project
        desk = WebhookDesk(
            key: store.key, environment: workspace.environment, unread: project?.unreadChannels ?? [],
            errands: errands)
        replies = ReplyDesk(
            environment: workspace.environment, find: ReplyChannels(workspace, project, sandbox: sandbox).find)
        if let project {
            let finder = WebhookEndpoints(
                secrets: workspace.secrets,
                publicURL: sandboxURL ?? project.settings.publicURL,
                isSandbox: sandboxURL != nil
            )
            for channel in project.channels.values {
                endpoints[channel.id] = finder.endpoint(for: channel)
            }
        } else {
            // Unsubscribing must work whatever stands in the files; what providers send needs their channels.
            Terminal.error.line(
                "warning: the project has errors: the API and webhooks answer 503, so that whoever calls comes again"
                    + "\n  help: mend them (carillon check), then start again")
        }
        self.endpoints = endpoints
    }

    /// Nil where no channel is called.
    var service: WebhookService? {
        guard project != nil else { return Self.closed }
        guard !endpoints.isEmpty else { return nil }
        let open: @Sendable () throws -> any WebhookInbox = { [store] in try store.openInbox() }
        let (taking, reading, answering) = (QueueBound(open), QueueBound(open), QueueBound(open))
        return WebhookService(
            bodyLimit: WebhookRequest.bodyLimit,
            take: { calls in
                let known = calls.compactMap { call in
                    endpoints[call.channel].map { (request: request(call, $0), endpoint: $0) }
                }
                guard !known.isEmpty else { return calls.map { _ in nil } }
                var replies = try taking.use { try desk.take(known, into: $0) }.map(reply)[...]
                return calls.map { endpoints[$0.channel] == nil ? nil : replies.popFirst() }
            },
            process: { _ = try reading.use { try desk.process($0) } },
            answer: {
                // A restored copy sends nothing, an answer to STOP neither: what is due for five minutes waits.
                if try store.isCopy() { return 30 }
                return try answering.use { try replies.answer($0) } ? 3 : nil
            }
        )
    }

    /// Which channels there are nobody knows while the files have errors. A provider that gets a 404 may forget what it had to
    /// tell, an opt-out among it; one that gets a 503 comes again.
    private static let closed = WebhookService(
        bodyLimit: WebhookRequest.bodyLimit,
        take: { calls in calls.map { _ in WebhookService.Reply(status: 503, text: "webhook_unconfigured\n") } },
        process: {})

    private func request(_ call: WebhookService.Call, _ endpoint: WebhookDesk.Endpoint) -> WebhookRequest {
        WebhookRequest(
            method: call.method,
            url: endpoint.url + (call.query.map { "?" + $0 } ?? ""),
            headers: call.headers,
            body: call.body
        )
    }

    private func reply(_ intake: WebhookDesk.Intake) -> WebhookService.Reply {
        switch intake {
        case .stored: WebhookService.Reply(status: 200, text: "", isStored: true)
        case .repeated: WebhookService.Reply(status: 200, text: "")
        case .answer(let text): WebhookService.Reply(status: 200, text: text)
        case .refused(let refusal): WebhookService.Reply(status: refusal.status, text: refusal.rawValue + "\n")
        // Nothing is lost: the provider sends again, and soon finds that what it needs is in place. Waiting for it here
        // would hold up every other provider.
        case .needsCertificate(let url): later(.certificate(url: url), "webhook_needs_certificate")
        case .needsConfirmation(let url): later(.confirmation(url: url), "webhook_needs_confirmation")
        }
    }

    private func later(_ errand: ProviderErrands.Errand, _ code: String) -> WebhookService.Reply {
        errands?.begin(errand)
        return WebhookService.Reply(status: 503, text: code + "\n")
    }
}
