import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Runner

/// The web side of Carillon: the API, the unsubscribe page and its one-click POST, what providers send, `/healthz` and
/// `/readyz`.
package struct WebServer: Sendable {
    package var host: String
    /// 0 takes a free one.
    package var port: Int
    package var unsubscribe: UnsubscribeService
    /// Nil where only the unsubscribe page is there.
    package var pages: PublicPages?
    /// Nil where no channel is called by its provider.
    package var webhooks: WebhookService?
    /// Nil where no channel is a chat on a site.
    package var webchat: WebchatService?
    /// Nil where the project's files have errors; whoever calls it is told to come again.
    package var api: APIService?
    /// Whether everything works that this process is for; nil where it does, else what doesn't.
    package var fault: @Sendable () -> String?
    /// How many are taken at once; others wait until one of these is closed.
    package var connections: Int
    /// Where `/metrics` is, by itself: not for the world. Nil for nowhere.
    package var metricsPort: Int?
    /// What else `/metrics` shows, as Prometheus reads it. It may block: one call at a time, on a thread of the server's own.
    package var figures: (@Sendable () throws -> String)?
    /// Where lines of the log go, each a JSON object; nil for nowhere.
    package var log: (@Sendable (String) -> Void)?
    private let streams = OpenStreams()
    /// Whether each request of the API is logged, and not only what goes wrong.
    package var logsRequests: Bool

    package init(
        host: String = "127.0.0.1",
        port: Int,
        unsubscribe: UnsubscribeService,
        pages: PublicPages? = nil,
        webhooks: WebhookService? = nil,
        webchat: WebchatService? = nil,
        api: APIService? = nil,
        fault: @escaping @Sendable () -> String? = { nil },
        connections: Int = 1_024,
        metricsPort: Int? = nil,
        figures: (@Sendable () throws -> String)? = nil,
        logsRequests: Bool = false,
        log: (@Sendable (String) -> Void)? = nil
    ) {
        self.host = host
        self.port = port
        self.unsubscribe = unsubscribe
        self.pages = pages
        self.webhooks = webhooks
        self.webchat = webchat
        self.api = api
        self.fault = fault
        self.connections = connections
        self.metricsPort = metricsPort
        self.figures = figures
        self.logsRequests = logsRequests
        self.log = log
    }

    /// Serves until SIGTERM or SIGINT, then answers what has arrived and returns. `onRunning` gets the port once
    /// connections are taken.
    package func runUntilSignal(onRunning: @escaping @Sendable (Int) -> Void) async throws {
        // Not before: a signal that came while only the streams listened would end them and nothing else.
        let onRunning: @Sendable (Int) -> Void = { [streams] port in
            streams.endOnSignal()
            onRunning(port)
        }
        try await serve(onRunning) { try await $0.runService() }
    }

    /// Serves until the task is cancelled.
    package func run(onRunning: @escaping @Sendable (Int) -> Void) async throws {
        try await serve(onRunning) { try await $0.run() }
    }

    private func serve(
        _ onRunning: @escaping @Sendable (Int) -> Void,
        _ run: @escaping @Sendable (any ApplicationProtocol) async throws -> Void
    ) async throws {
        let metrics = RequestMetrics()
        let main = application(metrics, onRunning: onRunning)
        guard let metricsPort else { return try await run(main) }
        let page = metricsPage(metrics, port: metricsPort)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await page.run() }
            group.addTask { try await run(main) }
            // The one that ends, or can't begin, takes the other with it.
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    /// On this machine only: whoever collects it from elsewhere has a tunnel.
    private func metricsPage(_ metrics: RequestMetrics, port: Int) -> some ApplicationProtocol {
        let router = Router(context: ServerContext.self)
        let thread = BlockingThread(limit: 8)
        let logger = makeLogger()
        router.get("/metrics") { [fault, figures] _, _ in
            var text = metrics.text(isReady: fault() == nil)
            if let figures {
                do {
                    text += try await thread.run(figures)
                } catch {
                    // What the process itself knows is still told; a figure that is gone is what alerts ask for.
                    logger.error("figures of the data could not be read", metadata: ["error": "\(error)"])
                }
            }
            return Answer.response(.ok, text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            logger: logger)
    }

    private func makeLogger() -> Logger {
        var logger = Logger(label: "carillon.server") { [log] _ -> any LogHandler in
            guard let log else { return SwiftLogNoOpLogHandler() }
            return StructuredLog(now: RunnerEnvironment.live.now, write: log)
        }
        logger.logLevel = .warning
        return logger
    }

    private func application(
        _ metrics: RequestMetrics, onRunning: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        let logger = makeLogger()
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let api = api.map { service in
            var requests = logger
            if logsRequests { requests.logLevel = .info }
            return APIRoutes(service: service, streams: streams, metrics: metrics, logger: requests)
        }
        router.add(middleware: HardenedResponses(api: api))
        router.get("/healthz") { _, _ in Answer.response(.ok, "ok\n") }
        router.get("/readyz") { [fault] _, _ in
            fault().map { Answer.response(.serviceUnavailable, $0 + "\n") } ?? Answer.response(.ok, "ready\n")
        }
        UnsubscribeRoutes(service: unsubscribe, thread: BlockingThread(limit: 1000), logger: logger).add(to: router)
        if let pages {
            PageRoutes(pages: pages, thread: BlockingThread(limit: 1000), logger: logger).add(to: router)
        }
        let routes = webhooks.map { WebhookRoutes(service: $0, logger: logger) }
        routes?.add(to: router)
        if let webchat {
            let hub = ChatHub()
            streams.onEnd { hub.end() }
            WebchatRoutes(
                service: webchat, hub: hub, thread: BlockingThread(limit: 1000), logger: logger,
                beginReading: { routes?.beginReading() }
            ).add(to: router)
        }
        api?.add(to: router)
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
                availableConnectionsDelegate: MaximumAvailableConnections(connections, logger: logger)
            ),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
