import Channels
import Runner
import Synchronization

/// What is live, run on a thread beside a server, until the server ends.
final class RunnerBeside: Sendable {
    private let run: LiveRun
    private let stop = StopSignal()
    private let thread = Mutex<WorkerThread?>(nil)
    private let problem = Mutex<String?>("the runner has not begun")

    init(_ workspace: Workspace, sandbox: SandboxAddress?) {
        run = LiveRun(workspace: workspace, sandbox: sandbox, untilIdle: false, asJSON: false)
    }

    /// Nil while it works.
    var fault: String? { problem.withLock { $0 } }

    func begin() throws {
        let worker = try WorkerThread { self.work() }
        thread.withLock { $0 = worker }
    }

    /// There is something to do: it need not wait for its next look.
    func nudge() {
        stop.nudge()
    }

    /// Waits for what is on its way.
    func end() {
        stop.stop()
        thread.withLock { $0 }?.join()
    }

    private func work() {
        do throws(CommandFailure) {
            _ = try run.work(until: stop) { _ in self.problem.withLock { $0 = nil } }
        } catch {
            problem.withLock { $0 = "the runner has ended: \(error.message)" }
            Terminal.error.line("warning: \(error.message)" + (error.help.map { "\n  help: \($0)" } ?? ""))
        }
    }
}
