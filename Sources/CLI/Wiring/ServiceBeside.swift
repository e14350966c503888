import Channels
import Runner
import Storage
import Synchronization

/// What a server does by itself, on a thread beside it: sends webhooks, and every hour takes away what is too old and writes down
/// how far the audit log has come.
final class ServiceBeside: Sendable {
    private let store: SQLiteStore
    private let environment: RunnerEnvironment
    private let dataFolder: String
    private let stop = StopSignal()
    private let thread = Mutex<WorkerThread?>(nil)

    private static let pause = 0.5
    private static let afterFailure = 5.0
    private static let hour = 3_600.0

    init(_ workspace: Workspace) throws(CommandFailure) {
        store = try workspace.openSQLite()
        environment = workspace.environment
        dataFolder = workspace.dataFolder
    }

    func begin() throws {
        let worker = try WorkerThread { self.work() }
        thread.withLock { $0 = worker }
    }

    func end() {
        stop.stop()
        thread.withLock { $0 }?.join()
    }

    private func work() {
        let egress = GuardedEgress()
        let desk = HookDesk(key: store.key, environment: environment, send: { egress.send($0) })
        let hooks = QueueBound { [store] in (try store.openHooks(), try store.openChanges()) }
        let retention = QueueBound { [store] in try store.openRetention() }
        let checkpoints = QueueBound { [store, dataFolder, environment] in
            let log = try store.openAudit()
            if case .broken(let number) = try log.verifyTail() {
                Terminal.error.line(
                    "warning: the audit log is not as it was written, from entry \(number) on\n  help: carillon audit verify"
                )
            }
            return CheckpointFile(
                folder: dataFolder, log: log, key: store.key, environment: environment,
                tell: { Terminal.error.write($0) })
        }
        var sweptAt = -Double.infinity
        var told: String?
        while !stop.isStopping {
            var pause = Self.pause
            do {
                if try hooks.use({ try desk.work($0.0, $0.1) }) > 0 {
                    pause = 0
                }
                if environment.monotonic() - sweptAt >= Self.hour {
                    sweptAt = environment.monotonic()
                    _ = try retention.use { try $0.sweepAll(now: environment.now()) }
                    try checkpoints.use { try $0.write() }
                }
                told = nil
            } catch {
                let text = "webhooks, retention and checkpoints wait: \(error)"
                if told != text { Terminal.error.line("warning: \(text)") }
                told = text
                pause = Self.afterFailure
            }
            if pause > 0 { stop.wait(atMost: pause) }
        }
        // What was changed since the last hour, before nobody is there any more.
        try? checkpoints.use { try $0.write() }
        egress.finish(within: 1)
    }
}
