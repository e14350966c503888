import Channels
import Glibc
import RuleEngine
import Runner
import Synchronization

/// Campaigns beside the sequences and rules: scheduled ones start at their moment, and those that wait go on. On a thread
/// of its own, so that a campaign to a million people keeps no journey waiting.
final class CampaignRun: Sendable {
    private let workspace: Workspace
    private let sandbox: SandboxAddress?
    private let stop: StopSignal
    private let thread = Mutex<WorkerThread?>(nil)
    private let isOver = Atomic<Bool>(false)
    /// Seconds between two looks at what is due, and between two readings of which programs are campaigns.
    private static let glance = 0.5
    private static let reload = 30.0

    init(workspace: Workspace, sandbox: SandboxAddress?, stop: StopSignal) {
        self.workspace = workspace
        self.sandbox = sandbox
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
        thread.withLock { $0 }?.join()
    }

    /// Does what is due now, without a lock of the caller's.
    func runUntilIdle() {
        guard let scheduler = scheduler(isLocked: false) else { return }
        while !stop.isStopping, turn(scheduler) {}
    }

    private func work() {
        guard let scheduler = scheduler(isLocked: true) else { return }
        let bell = StopWait(stop)
        while !stop.isStopping, !isOver.load(ordering: .acquiring) {
            if !turn(scheduler) { bell.wait(Self.glance) }
        }
    }

    /// False when nothing was due.
    private func turn(_ scheduler: CampaignScheduler) -> Bool {
        do throws(StoreError) {
            guard let turn = try scheduler.turn(stop: stop) else { return false }
            if let refusal = turn.refusal { warn("`\(turn.program)`: \(refusal.message)") }
            if let note = turn.result?.note { warn("`\(turn.program)`: \(note)") }
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
        var known: Set<String> = []
        var readAt = -Self.reload
        return CampaignScheduler(
            store: store, environment: workspace.environment, isLocked: isLocked,
            campaigns: { [workspace] in
                let now = workspace.environment.monotonic()
                guard now - readAt >= Self.reload else { return known }
                readAt = now
                // Files that don't compile now may do so in a minute; until then nothing is begun.
                known = Set((try? workspace.checked().project.campaigns.keys).map(Array.init) ?? [])
                return known
            },
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

/// Waits, and no longer than until somebody stops the run.
private struct StopWait {
    private let stop: StopSignal

    init(_ stop: StopSignal) {
        self.stop = stop
    }

    func wait(_ seconds: Double) {
        let end = RunnerEnvironment.live.monotonic() + seconds
        while !stop.isStopping, RunnerEnvironment.live.monotonic() < end { usleep(50_000) }
    }
}
