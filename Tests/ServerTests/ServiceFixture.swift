import Channels
import Glibc
import HTTPTypes
import RuleEngine
import Runner
import Storage
import Synchronization
import Testing

@testable import Server

/// The whole service over a data folder of its own: real server, real database, a small project.
///
/// Each answer that a test gets is held to what its route declares: status, shape, and codes of problems.
final class ServiceFixture: Sendable {
    static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    let store: SQLiteStore
    let routes: [APIRoute]
    private let folder: String
    private let ring: KeyRing
    let sessions: SessionRing
    private let service: APIService
    private let pages: PublicPages
    private let unsubscribe: UnsubscribeService
    var openDesk: @Sendable () throws -> ServiceDesk { service.openDesk }
    private struct Broken: Error {}

    private final class Switch: Sendable {
        let isOn = Mutex(false)

        func withLock<Value>(_ body: (inout sending Bool) -> sending Value) -> Value { isOn.withLock(body) }
    }

    private let failsMessages = Switch()
    private let environment: RunnerEnvironment
    private let projects: ProjectReader
    private let lines = Mutex<[String]>([])
    private let tokens = Mutex<[Set<Scope>: KeyToken]>([:])

    init(
        requestsPerSecond: Int = 100_000, extra: [(path: String, text: String)] = [],
        variables: [String: String] = [:], demanding: Set<Role> = []
    ) throws {
        var template = Array("/tmp/carillon-service-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        try #require(made != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.folder = folder
        for file in ServiceProject.files + extra { try Self.write(file.text, to: folder + "/" + file.path) }
        let store = try SQLiteStore(folder: folder + "/data")
        self.store = store
        let environment = RunnerEnvironment(
            now: { Self.now }, monotonic: RunnerEnvironment.live.monotonic, random: { 0.5 })
        self.environment = environment
        // Whoever asks finds the files as they are now.
        let ticks = Ticks()
        let watchful = RunnerEnvironment(
            now: { Self.now }, monotonic: { ticks.next() }, random: { 0.5 })
        let projects = ProjectReader(
            folder: ProjectFolder(path: folder), environment: watchful, workers: .one,
            catalog: { .standard(folder: folder) })
        self.projects = projects
        let ring = KeyRing(key: store.key, environment: environment)
        self.ring = ring
        let sessions = SessionRing(key: store.key, environment: environment, demanding: demanding)
        self.sessions = sessions
        let keys = QueueBound { try store.openKeys() }
        let users = QueueBound { try store.openUsers() }
        let openDesk: @Sendable () throws -> ServiceDesk = {
            ServiceDesk(store: store, projects: projects, environment: environment, variables: variables)
        }
        let messages = QueueBound { MessageDesk(try openDesk()) }
        service = APIService(
            keys: ring, sessions: sessions, key: store.key, passwordCost: 4, requestsPerSecond: requestsPerSecond,
            refreshKeys: {
                try keys.use { try ring.refresh($0) }
                try users.use { try sessions.refresh($0) }
            },
            takeEvents: { postings in postings.map { $0.events.map { _ in .repeated } } },
            takeMessages: { [failsMessages] requests in
                if failsMessages.withLock({ $0 }) { throw Broken() }
                return try messages.use { try $0.take(requests) }
            }, onCommit: { store.onCommit($0) }, openDesk: openDesk)
        let tracking = TrackingDesk(key: store.key)
        let inbox = QueueBound { try store.openInbox() }
        pages = PublicPages(
            preferences: PreferenceDesk(store: store, projects: projects, environment: environment),
            optIns: OptInDesk(store: store, environment: environment), tracking: tracking,
            views: ViewDesk(store: store), environment: environment,
            follow: { links in try inbox.use { try tracking.take(links, into: $0, now: Self.now) } })
        unsubscribe = UnsubscribeService(UnsubscribeDesk(store: store, environment: environment))
        routes = APIRoutes.table(service, DeskPool(open: service.openDesk), OpenStreams())
    }

    deinit {
        var process = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = []
        for word in ["rm", "-rf", folder] { arguments.append(strdup(word)) }
        arguments.append(nil)
        if posix_spawn(&process, "/bin/rm", nil, nil, &arguments, nil) == 0 { waitpid(process, nil, 0) }
        for argument in arguments { free(argument) }
    }

    func write(_ path: String, _ text: String) throws { try Self.write(text, to: folder + "/" + path) }

    /// Keys and sessions as they are now, and not when the server looks again by itself.
    func refresh() throws {
        try ring.refresh(store.openKeys())
        try sessions.refresh(store.openUsers())
    }

    /// The database with its log, as somebody would find it who has taken the disk.
    func databaseBytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        for name in ["carillon.db", "carillon.db-wal"] {
            guard let file = fopen(folder + "/data/" + name, "r") else { continue }
            defer { fclose(file) }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        }
        try #require(bytes.count > 4_096)
        return bytes
    }

    private static func write(_ text: String, to path: String) throws {
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        mkdir(String(parent), 0o700)
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    /// Lets the taking of messages fail in the middle.
    func failMessages(_ fails: Bool) {
        failsMessages.withLock { $0 = fails }
    }

    /// Takes messages as if so many seconds had passed.
    func desk(later seconds: Int64) -> MessageDesk {
        let later = RunnerEnvironment(
            now: { Self.now.advanced(by: seconds * 1_000_000) }, monotonic: environment.monotonic,
            random: environment.random)
        return MessageDesk(ServiceDesk(store: store, projects: projects, environment: later))
    }

    /// Does what is due now, as `carillon serve` does it all the time.
    ///
    /// - Parameter mayWarn: something is expected to be told to the operator.
    func runPrograms(mayWarn: Bool = false) throws {
        let factory = ChannelFactory(secrets: SecretResolver(environment: [:]), baseFolder: folder)
        let journeys = try store.openJourneys()
        let runner = JourneyRunner(
            store: store, journeys: journeys,
            loader: ProgramLoader(store: journeys, catalog: .standard(folder: folder)), environment: environment,
            limits: AccountLimitsBook(),
            channel: { channel throws(ChannelSetupError) in try factory.channel(for: channel, toSend: true) })
        _ = try runner.run(
            stop: StopSignal(), untilIdle: true, warn: { if !mayWarn { Issue.record("\($0)") } }, progress: { _ in })
    }

    /// The mails that were written, as they are.
    func outbox() throws -> [String] {
        try Self.files(below: folder + "/outbox").map { path in
            let file = try #require(fopen(path, "r"))
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func files(below path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") { continue }
            let full = path + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR) { found += files(below: full) } else { found.append(full) }
        }
        return found
    }

    /// What the server has logged.
    var logged: [String] { lines.withLock { $0 } }

    /// A key with these scopes; the same one each time.
    func key(_ scopes: Set<Scope>) throws -> String {
        try tokens.withLock { tokens in
            if let token = tokens[scopes] { return token.text }
            let token = KeyToken()
            try store.openKeys().insert(
                StoredKey(
                    key: APIKey(id: token.id, name: "test", scopes: scopes, createdAt: Self.now),
                    code: token.code(under: store.key)))
            // At once, and not when the ring looks again by itself.
            try ring.refresh(store.openKeys())
            tokens[scopes] = token
            return token.text
        }
    }

    /// The session of somebody with this role and these scopes, who is made where there is none of the name.
    func session(_ name: String, _ role: Role, _ scopes: Set<Scope>) throws -> String {
        let users = try store.openUsers()
        let user = UserRecord(name: name, role: role, extra: scopes, createdAt: Self.now, createdBy: "operator")
        _ = try users.insert(user)
        let token = KeyToken(.session)
        let session = SessionRecord(
            id: token.id, code: token.code(under: store.key), user: name, createdAt: Self.now, seenAt: Self.now)
        try users.insert(session)
        sessions.admit(session, user)
        return token.text
    }

    /// Runs the body, which blocks, against a running server.
    func serve<Value: Sendable>(_ body: @escaping @Sendable (ServiceClient) throws -> Value) async throws -> Value {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = Task {
            defer { port.finish() }
            let server = WebServer(
                port: 0, unsubscribe: self.unsubscribe, pages: self.pages, api: service, logsRequests: true,
                log: { line in self.lines.withLock { $0.append(line) } })
            try await server.run { port.yield($0) }
        }
        defer { server.cancel() }
        for await number in ports {
            return try await OwnThread.run {
                try body(ServiceClient(fixture: self, client: RawClient(port: number)))
            }
        }
        try await server.value
        throw RawClient.Failure.noAnswer("the server ended before it began")
    }
}

/// A clock on which two seconds pass whenever somebody looks.
private final class Ticks: Sendable {
    private let seconds = Mutex(0.0)

    func next() -> Double {
        seconds.withLock { seconds in
            seconds += 2
            return seconds
        }
    }
}

/// Calls the service, and holds every answer to its declaration.
struct ServiceClient {
    struct Reply {
        var status: Int
        var body: JSON
        var text: String
        var headers: [String: String]

        var code: String? { body["code"]?.string }
    }

    let fixture: ServiceFixture
    let client: RawClient

    /// - Parameter scopes: of the key; nil: all.
    func callAsFunction(
        _ method: String, _ path: String, _ body: String? = nil, scopes: Set<Scope>? = nil, key: String? = nil,
        type: String = "application/json", headers: [String: String] = [:]
    ) throws -> Reply {
        let bearer = try key ?? fixture.key(scopes ?? Set(Scope.allCases))
        var all = ["Authorization": "Bearer \(bearer)"].merging(headers) { $1 }
        if body != nil { all["Content-Type"] = type }
        let answer = try client.request(method, APIRoutes.base + path, headers: all, body: body)
        let reply = Reply(
            status: answer.status, body: JSON(reading: Array(answer.body.utf8)) ?? .null, text: answer.body,
            headers: answer.headers)
        try check(reply, method, path)
        return reply
    }

    private func check(_ reply: Reply, _ method: String, _ path: String) throws {
        guard let route = fixture.routes.first(where: { $0.method.rawValue == method && Self.matches($0.path, path) })
        else { return }
        let about = "\(method) \(path): \(reply.status) \(reply.text.prefix(600))"
        #expect(reply.headers["x-request-id"]?.isEmpty == false, "\(about)")
        if reply.status >= 400 {
            #expect(Problem.shape.fault(in: reply.body)?.detail == nil, "\(about)")
            let declared = OpenAPI.problems(of: route)[reply.status] ?? []
            #expect(declared.contains(reply.code ?? ""), "not declared: \(about)")
            return
        }
        guard reply.status != 304 else { return }
        let declared = route.answers.first { $0.status == reply.status }
        #expect(declared != nil, "not declared: \(about)")
        guard let shape = declared?.shape, declared?.type == "application/json" else { return }
        let fault = shape.fault(in: reply.body)
        #expect(fault == nil, "\(fault.map { "\($0.path): \($0.detail)" } ?? "") in \(about)")
    }

    private static func matches(_ template: String, _ path: String) -> Bool {
        let wanted = template.split(separator: "/", omittingEmptySubsequences: false)
        let given = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        return wanted.count == given.count
            && zip(wanted, given).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
    }
}
