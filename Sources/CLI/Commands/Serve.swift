import ArgumentParser
import Channels
import Dispatch
import Glibc
import RuleEngine
import Runner
import Server
import Storage
import Synchronization

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Serve the API, the webhooks and the pages for recipients, and run everything that is live.",
        discussion: """
            One process with everything in it: campaigns, sequences and rules run here, and `carillon run CAMPAIGN` hands \
            its launch over. With --no-runner it sends nothing, and `carillon run` beside it does. \
            Speaks plain HTTP and listens on this machine only, unless --host says otherwise: put a proxy with TLS in \
            front, and let the project's `public_url` name what the world sees. SIGTERM answers what has arrived and ends. With \
            --sandbox it takes what `carillon sandbox` tells and no other webhooks, and answers by it.
            """
    )

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 takes a free one.")
    var port = 8087

    @Flag(inversion: .prefixedNo, help: "Run campaigns, sequences and rules in this process too.")
    var runner = true

    @Option(help: "Show /metrics on this port of this machine. Without it: nowhere.")
    var metricsPort: Int?

    @Option(help: "How many requests of one key are taken in a second.")
    var keyRate = 20_000

    @Option(
        parsing: .upToNextOption, help: "Roles whose people may do nothing before they have a second factor: admin …")
    var secondFactor: [String] = []

    @Flag(help: "Log each request of the API, and not only what goes wrong.")
    var logRequests = false

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func run() throws {
        let workspace = try Workspace(options)
        let address = try sandbox.address()
        let sandboxURL = address == nil ? nil : "http://127.0.0.1:\(port)"
        if let address { try workspace.claim(address) }
        let desk = UnsubscribeDesk(store: try workspace.openSQLite(), environment: workspace.environment)
        let webhooks = try WebhookCalls(workspace, sandboxURL: sandboxURL, sandbox: address)
        if address == nil, let project = webhooks.project { workspace.warnOfClosedChannels(project) }
        ProcessSecrecy.forbidDumps()
        try Self.warnOfClock(workspace)
        if let warning = ProcessSecrecy.warning(user: geteuid()) { Terminal.error.line("warning: " + warning) }
        let beside = runner ? RunnerBeside(workspace, sandbox: address) : nil
        let projects = ProjectReader(
            folder: workspace.folder, environment: workspace.environment, workers: .cores,
            catalog: { try workspace.catalog() })
        let api = try webhooks.project.map { project in
            try APIService(
                workspace, project, projects, requestsPerSecond: keyRate,
                demanding: Set(secondFactor.compactMap(Role.init(rawValue:))),
                onEvents: { beside?.nudge() })
        }
        let schedules =
            runner ? api.map { ScheduleBeside(open: $0.openDesk, onMessages: { beside?.nudge() }) } : nil
        let server = WebServer(
            host: host,
            port: port,
            unsubscribe: UnsubscribeService(desk),
            pages: try PublicPages(workspace, projects, onFollowed: { beside?.nudge() }),
            webhooks: webhooks.service,
            webchat: try ChatCalls(workspace, project: webhooks.project).service,
            api: api,
            fault: { [hasErrors = webhooks.project == nil] in
                hasErrors ? "the project had errors when this server was started" : beside?.fault
            },
            connections: OpenFiles.forConnections(),
            metricsPort: metricsPort,
            figures: Self.figures(workspace),
            logsRequests: logRequests,
            log: { Terminal.error.write($0) }
        )
        let service = try ServiceBeside(workspace)
        try beside?.begin()
        try schedules?.begin()
        try service.begin()
        let (host, asJSON) = (host, options.json)
        let failure = Mutex<CommandFailure?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                try await server.runUntilSignal { port in
                    let address = "http://\(host):\(port)"
                    let report: JSON = ["address": .string(address)]
                    Terminal.output.line(asJSON ? report.compactText : "serving \(address)  (Ctrl-C ends)")
                }
            } catch {
                failure.withLock {
                    $0 = CommandFailure(
                        reason: "serve",
                        message: "can't serve on \(host): \(error)",
                        help: "is the port taken? --port chooses another"
                    )
                }
            }
            ended.signal()
        }
        ended.wait()
        schedules?.end()
        beside?.end()
        service.end()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// Consents, hours and codes go by the clock and the zones.
    private static func warnOfClock(_ workspace: Workspace) throws {
        let now = workspace.environment.now()
        let check = HealthCheck(now: now)
        let facts = try withStore { () throws(StoreError) in
            try StoreHealth(folder: workspace.dataFolder).facts(.figures, now: now)
        }
        for finding in [check.clock(facts), check.zones(release: TimeZoneLoader.version)] where finding.level != .ok {
            Terminal.error.line(
                "warning: \(finding.check): \(finding.text)" + (finding.help.map { "\n  help: \($0)" } ?? ""))
        }
    }

    private static func figures(_ workspace: Workspace) -> @Sendable () throws -> String {
        let (folder, now) = (workspace.dataFolder, workspace.environment.now)
        return {
            let time = now()
            return try StoreHealth(folder: folder).facts(.figures, now: time).metrics(now: time)
        }
    }

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
        guard metricsPort.map({ (1...65_535).contains($0) && $0 != port }) ?? true else {
            throw ValidationError("--metrics-port takes a port of its own, 1 to 65535")
        }
        for word in secondFactor where Role(rawValue: word) == nil {
            throw ValidationError(
                "there is no role \(word); roles are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard keyRate > 0 else { throw ValidationError("--key-rate takes a number above 0") }
        // Signatures hold the address that is called, and a sandbox calls this machine.
        if sandbox.sandbox != nil, port == 0 || host != "127.0.0.1" {
            throw ValidationError("--sandbox takes a port of 127.0.0.1")
        }
    }
}
