import Channels
import Glibc
import RuleEngine
import Runner
import Storage
import Synchronization

/// A launch over the real store into a channel that accepts at once: what is left is our own work per recipient.
enum LaunchBench {
    static func run(recipients: Int) throws {
        let folder = "/tmp/carillon-launch-bench-\(getpid())"
        defer { _ = removeFolder(folder) }
        let store = try SQLiteStore(folder: folder)
        try fill(store, recipients)
        let program = try program()
        let start = RunnerEnvironment.live.monotonic()
        let cpu = cpuSeconds()
        let launcher = Launcher(program: program, store: store, channel: AcceptingChannel(), environment: .live)
        let result = try launcher.run(stop: StopSignal(), progress: { _ in })
        let wall = RunnerEnvironment.live.monotonic() - start
        precondition(result.status.counts[.accepted] == recipients, "\(result.status.counts)")
        print("launch \(Int(Double(recipients) / wall)) messages/s, cpu \((cpuSeconds() - cpu) / Double(recipients) * 1e6) us each")
    }

    private static func fill(_ store: SQLiteStore, _ count: Int) throws {
        let connection = try store.connect()
        try connection.transaction { () throws(StoreError) in
            let contact = try connection.prepare(
                "INSERT INTO contact (id, external_id, language, country, created_at, updated_at) VALUES (?, ?, 'en', 'DE', 0, 0)")
            let identity = try connection.prepare(
                "INSERT INTO identity (contact, kind, address, address_key) VALUES (?, 'email', ?, ?)")
            let consent = try connection.prepare(
                "INSERT INTO consent (contact, channel, purpose, level, given_at, source) VALUES (?, 'email', 'marketing', 2, 1, 'x')")
            for n in 1...count {
                contact.bind(1, Int64(n))
                contact.bind(2, "c\(n)")
                try contact.run()
                identity.bind(1, Int64(n))
                identity.bind(2, "user\(n)@example.com")
                identity.bindBlob(3, store.key.addressKey(kind: "email", address: "user\(n)@example.com"))
                try identity.run()
                consent.bind(1, Int64(n))
                try consent.run()
            }
        }
    }

    static func program() throws -> CampaignProgram {
        let settings = {
            var settings = ProjectSettings(id: "bench")
            settings.publicURL = "https://go.example.com"
            return settings
        }()
        let schema = ContactSchema(id: "bench", declared: [])
        var project = CheckedProject(settings: settings, schema: schema)
        var sources = SourceMap()
        let file = sources.add(SourceFile(path: "news.yaml", bytes: Array("campaign: news".utf8)))
        let span = SourceSpan(file: file, start: 0, end: 14)
        project.channels["mail"] = CheckedChannel(id: "mail", kind: "email", provider: "none", span: span)
        let paragraph = String(repeating: "Lighter tools, a calmer inbox and three guides that readers asked for.\n", count: 20)
        let message = CompiledMessage(
            language: "en",
            fields: [
                "subject": compile("News for <<contact.country | default: \"x\">>", .header, schema),
                "text": compile(paragraph + "<<contact.email | default: \"x\">> <<unsubscribe.link>>\n", .plain, schema),
            ], span: span)
        let template = CheckedTemplate(id: "news", purpose: .marketing, topic: nil, messages: ["email": ["en": message]], span: span)
        project.campaigns["news"] = CheckedCampaign(
            id: "news", purpose: .marketing,
            audience: CheckedAudience(include: [], exclude: [], conditions: [], expect: nil), via: ["mail"],
            template: template, file: file, span: span)
        guard let program = CampaignProgram(id: "news", in: project, sources: sources, zone: .utc) else {
            preconditionFailure("the bench's own campaign is complete")
        }
        return program
    }

    private static func compile(_ text: String, _ kind: TextKind, _ schema: ContactSchema) -> CompiledText {
        var diagnostics = DiagnosticBag()
        let bytes = Array(text.utf8)
        let embedded = EmbeddedText(
            bytes: bytes, whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)])
        let scope = TemplateScope(
            expressions: ExpressionScope(schema: schema, currency: "EUR", roots: TemplateScope.messageRoots), language: "en")
        guard let compiled = TemplateCompiler.compile(embedded, as: kind, in: scope, reporting: &diagnostics) else {
            preconditionFailure("the bench's own template compiles: \(diagnostics.diagnostics.map(\.message))")
        }
        return compiled
    }

    static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
    }

    private static func removeFolder(_ path: String) -> Int32 {
        for name in ["carillon.db", "carillon.db-wal", "carillon.db-shm", "key", "runner.lock"] { unlink(path + "/" + name) }
        return rmdir(path)
    }
}

/// Composes as SMTP would, and accepts on the spot.
private final class AcceptingChannel: Channel {
    let capabilities = ChannelCapabilities(inFlight: 2000)

    func compose(_ content: MessageContent, into wire: inout [UInt8]) throws(ComposeError) {
        wire.append(contentsOf: content.subject)
        wire.append(contentsOf: content.text)
    }

    func open(report: @escaping @Sendable ([SendReport]) -> Void) throws(ChannelSetupError) -> any ChannelSession {
        AcceptingSession(report)
    }
}

private final class AcceptingSession: ChannelSession {
    private let report: @Sendable ([SendReport]) -> Void

    init(_ report: @escaping @Sendable ([SendReport]) -> Void) {
        self.report = report
    }

    func submit(_ messages: [ComposedMessage]) {
        report(messages.map { SendReport(token: $0.token, outcome: .accepted(providerID: "2.0.0 Ok: queued as 4F2A")) })
    }

    func finish(within seconds: Double) {}
}
