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

    /// Seconds until it is tried again where another process has the right to send, and where something failed.
    private static let whileLocked = 0.5
    private static let afterFailure = 10.0

    private func work() {
        var told: String?
        while !stop.isStopping {
            do throws(CommandFailure) {
                _ = try run.work(until: stop) { _ in self.problem.withLock { $0 = nil } }
            } catch {
                let isLocked = error.reason == "locked"
                let text = (isLocked ? "the runner waits: " : "the runner has ended: ") + error.message
                problem.withLock { $0 = text }
                if told != text {
                    let help = isLocked ? "it begins when that one ends" : error.help
                    Terminal.error.line("warning: \(text)" + (help.map { "\n  help: \($0)" } ?? ""))
                }
                told = text
                let end = RunnerEnvironment.live.monotonic() + (isLocked ? Self.whileLocked : Self.afterFailure)
                while !stop.isStopping, RunnerEnvironment.live.monotonic() < end {
                    stop.wait(atMost: end - RunnerEnvironment.live.monotonic())
                }
            }
        }
    }
}
