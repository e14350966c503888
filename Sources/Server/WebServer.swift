import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The web side of Carillon: the API, the unsubscribe page and its one-click POST, what providers send, `/healthz` and
/// `/readyz`.
package struct WebServer: Sendable {
    package var host: String
    /// 0 takes a free one.
    package var port: Int
    package var unsubscribe: UnsubscribeService
    /// Nil where no channel is called by its provider.
    package var webhooks: WebhookService?
    /// Nil where no channel is a chat on a site.
    package var webchat: WebchatService?
    /// Nil where no API is served.
    package var api: APIService?
    /// Whether everything works that this process is for; nil where it does, else what doesn't.
    package var fault: @Sendable () -> String?
    /// Says nothing on standard error.
    package var isQuiet: Bool

    package init(
        host: String = "127.0.0.1",
        port: Int,
        unsubscribe: UnsubscribeService,
        webhooks: WebhookService? = nil,
        webchat: WebchatService? = nil,
        api: APIService? = nil,
        fault: @escaping @Sendable () -> String? = { nil },
        isQuiet: Bool = false
    ) {
        self.host = host
        self.port = port
        self.unsubscribe = unsubscribe
        self.webhooks = webhooks
        self.webchat = webchat
        self.api = api
        self.fault = fault
        self.isQuiet = isQuiet
    }

    /// Serves until SIGTERM or SIGINT, then answers what has arrived and returns. `onRunning` gets the port once
    /// connections are taken.
    package func runUntilSignal(onRunning: @escaping @Sendable (Int) -> Void) async throws {
        try await application(onRunning: onRunning).runService()
    }

    /// Serves until the task is cancelled.
    package func run(onRunning: @escaping @Sendable (Int) -> Void) async throws {
        try await application(onRunning: onRunning).run()
    }

    private func application(onRunning: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol {
        var logger = Logger(label: "carillon.server") { label -> any LogHandler in
            isQuiet ? SwiftLogNoOpLogHandler() : StreamLogHandler.standardError(label: label) as any LogHandler
        }
        logger.logLevel = .warning
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: HardenedResponses())
        router.get("/healthz") { _, _ in Answer.response(.ok, "ok\n") }
        router.get("/readyz") { [fault] _, _ in
            fault().map { Answer.response(.serviceUnavailable, $0 + "\n") } ?? Answer.response(.ok, "ready\n")
        }
        UnsubscribeRoutes(service: unsubscribe, thread: BlockingThread(limit: 1000), logger: logger).add(to: router)
        let routes = webhooks.map { WebhookRoutes(service: $0, logger: logger) }
        routes?.add(to: router)
        if let webchat {
            WebchatRoutes(
                service: webchat, hub: ChatHub(), thread: BlockingThread(limit: 1000), logger: logger,
                beginReading: { routes?.beginReading() }
            ).add(to: router)
        }
        if let api { APIRoutes(service: api, logger: logger).add(to: router) }
        return Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    // Covers a header that never ends and a connection that nobody uses; there is none by default.
                    idleTimeout: .seconds(15),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 * 1024,
                        maxHeaderListSize: 32 * 1024,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(1024, logger: logger)
            ),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
