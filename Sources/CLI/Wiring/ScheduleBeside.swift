import Channels
import Runner
import Synchronization

/// Asks for the messages whose time has come, on a thread beside a server, until the server ends.
final class ScheduleBeside: Sendable {
    /// Seconds between two looks, and after something failed.
    private static let glance = 0.5
    private static let afterFailure = 5.0

    private let open: @Sendable () throws -> ServiceDesk
    private let onMessages: @Sendable () -> Void
    private let stop = StopSignal()
    private let thread = Mutex<WorkerThread?>(nil)

    init(open: @escaping @Sendable () throws -> ServiceDesk, onMessages: @escaping @Sendable () -> Void) {
        self.open = open
        self.onMessages = onMessages
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
        var desk: MessageDesk?
        var told: String?
        while !stop.isStopping {
            var pause = Self.glance
            do {
                let open = try desk ?? MessageDesk(self.open())
                desk = open
                if try open.sendScheduled() > 0 { onMessages() }
                told = nil
            } catch {
                // Another connection takes the place of one that failed to write.
                desk = nil
                pause = Self.afterFailure
                if told != "\(error)" { Terminal.error.line("warning: scheduled messages wait: \(error)") }
                told = "\(error)"
            }
            stop.wait(atMost: pause)
        }
    }
}
