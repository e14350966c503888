import Channels
import RuleEngine
import Runner
import Synchronization

/// Campaigns beside the sequences and rules: scheduled ones start at their moment, and those that wait go on. On a thread
/// of its own, so that a campaign to a million people keeps no journey waiting.
final class CampaignRun: Sendable {
    private let workspace: Workspace
    private let sandbox: SandboxAddress?
    private let limits: AccountLimitsBook
    private let stop: StopSignal
    private let thread = Mutex<WorkerThread?>(nil)
    private let isOver = Atomic<Bool>(false)
    /// What was said of each program, so that it is said once.
    private let told = Mutex<[String: String]>([:])
    /// Seconds between two looks at what is due.
    private static let glance = 0.5

    init(workspace: Workspace, sandbox: SandboxAddress?, limits: AccountLimitsBook, stop: StopSignal) {
        self.workspace = workspace
        self.sandbox = sandbox
        self.limits = limits
        self.stop = stop
    }

    /// Begins, once. The caller holds the runner's lock, and has begun its epoch.
    func begin() {
        thread.withLock { thread in
            guard thread == nil else { return }
            thread = try? WorkerThread { self.work() }
        }
    }

    /// Waits for what is on its way.
    func end() {
        isOver.store(true, ordering: .releasing)
        stop.nudge()
        thread.withLock { $0 }?.join()
    }

    /// Does what is due now, without a lock of the caller's.
    func runUntilIdle() {
        guard let scheduler = scheduler(isLocked: false) else { return }
        while !stop.isStopping, turn(scheduler) {}
    }

    private func work() {
        guard let scheduler = scheduler(isLocked: true) else { return }
        while !stop.isStopping, !isOver.load(ordering: .acquiring) {
            if !turn(scheduler) { stop.wait(atMost: Self.glance) { isOver.load(ordering: .acquiring) } }
        }
    }

    /// False when nothing was due.
    private func turn(_ scheduler: CampaignScheduler) -> Bool {
        do throws(StoreError) {
            guard let turn = try scheduler.turn(stop: stop) else { return false }
            let note = turn.refusal?.message ?? turn.result?.note
            let isNew = told.withLock { told in
                defer { told[turn.program] = note }
                return told[turn.program] != note
            }
            if let note, isNew { warn("`\(turn.program)`: \(note)") }
            return true
        } catch {
            if error != .busy { warn("campaigns: \(CommandFailure(error).message)") }
            return false
        }
    }

    private func warn(_ text: String) {
        Terminal.error.line("warning: " + text)
    }

    private func scheduler(isLocked: Bool) -> CampaignScheduler? {
        let store: any Store
        do throws(CommandFailure) {
            store = try workspace.openStore()
        } catch {
            warn("campaigns are not run: \(error.message)")
            return nil
        }
        return CampaignScheduler(
            store: store, environment: workspace.environment, isLocked: isLocked, limits: limits,
            open: { [workspace, sandbox] id throws(LaunchRefusal) in
                do throws(CommandFailure) {
                    let campaign = try OpenCampaign(id, in: workspace, toSend: true, sandbox: sandbox)
                    return CampaignScheduler.Opened(program: campaign.program, channels: campaign.channels)
                } catch {
                    // What doesn't compile or can't be opened now is tried again; nothing is decided by it.
                    throw LaunchRefusal(reason: "channel", message: error.message, help: error.help)
                }
            })
    }
}
