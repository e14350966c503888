import Channels
import RuleEngine

/// Reads rows, asks the gate, renders and composes: everything that can be done before an intent, on a thread of its
/// own, a bounded way ahead of the coordinator.
final class LaunchPreparer: Sendable {
    private let program: CampaignProgram
    private let launch: LaunchRecord
    private let channels: [any Channel]
    private let store: any Store
    private let desk: Monitor<LaunchDesk>
    private let environment: RunnerEnvironment
    /// How many prepared sends may wait. Enough for two waves, so that the channel never waits for rendering.
    private let ahead: Int
    private static let pageSize = 512

    init(
        program: CampaignProgram, launch: LaunchRecord, channels: [any Channel], store: any Store,
        desk: Monitor<LaunchDesk>,
        environment: RunnerEnvironment, ahead: Int
    ) {
        self.program = program
        self.launch = launch
        self.channels = channels
        self.store = store
        self.desk = desk
        self.environment = environment
        self.ahead = ahead
    }

    /// Runs until the desk says that the launch ends.
    func run() {
        do throws(StoreError) {
            let reader = try store.openReader()
            var composer = CampaignComposer(
                program: program, launch: launch, channels: channels, reader: reader, key: store.key)
            while try preparePlanned(reader, &composer), try prepareDue(reader, &composer) {}
        } catch {
            desk.update { $0.failure = error }
        }
    }

    /// True when every planned row has been prepared; false when the launch ends.
    private func preparePlanned(_ reader: any LedgerReader, _ composer: inout CampaignComposer) throws(StoreError)
        -> Bool
    {
        var page = RecipientPage(slotCount: program.schema.fields.count)
        var cursor: ContactKey?
        var pending = 0
        while true {
            let isEnding = desk.wait(atMost: 86_400) { state -> Bool? in
                if state.isEnding { return true }
                return state.prepared.count < ahead && state.skips.count < 4 * ahead ? false : nil
            }
            if isEnding != false { return false }
            if desk.withState({ takeRescan(&$0) }) {
                cursor = nil
                pending = 0
            }
            page.removeAll()
            try reader.plannedPage(of: launch.id, program.recipients, after: cursor, limit: Self.pageSize, into: &page)
            guard let last = page.rows.last else {
                desk.update { state in
                    state.isPlannedDone = !state.mustRescan && !state.mustLookAgain
                    state.hasPending = pending > 0
                }
                return true
            }
            cursor = last.contact
            let composed = try compose(page, &composer, isDue: false)
            pending += composed.pending
            hand(over: composed, isDue: false)
        }
    }

    /// Serves retries as they come due. False when the launch ends, true when the planned rows must be read anew.
    private func prepareDue(_ reader: any LedgerReader, _ composer: inout CampaignComposer) throws(StoreError) -> Bool {
        var page = RecipientPage(slotCount: program.schema.fields.count)
        while true {
            enum Wake { case look, rescan, end }
            let now = environment.now()
            let wake = desk.wait(atMost: waitingTime(now: now)) { state -> Wake? in
                if state.isEnding { return .end }
                if state.mustRescan || state.mustLookAgain { return .rescan }
                if state.isDuePageOut { return nil }
                return state.mayHaveDue ? .look : nil
            }
            switch wake {
            case .end: return false
            case .rescan: return true
            case .look, nil: break
            }
            // A row that came due while its page was on its way must not be read twice.
            guard desk.withState({ !$0.isDuePageOut && !$0.isEnding }) else { continue }
            desk.update {
                $0.mayHaveDue = false
                $0.isLooking = true
            }
            page.removeAll()
            try reader.duePage(
                of: launch.id, program.recipients, now: environment.now(), limit: Self.pageSize, excluding: [],
                into: &page)
            if page.rows.isEmpty {
                let next = try reader.nextDue(of: launch.id)
                desk.update {
                    $0.nextDue = next
                    $0.isLooking = false
                    $0.isIdle = next == nil && !$0.mayHaveDue
                }
            } else {
                hand(over: try compose(page, &composer, isDue: true), isDue: true)
            }
        }
    }

    private func compose(
        _ page: RecipientPage, _ composer: inout CampaignComposer, isDue: Bool
    ) throws(StoreError) -> CampaignComposer.Page {
        let state = desk.withState { CampaignComposer.Moment($0, isDue: isDue, now: environment.now()) }
        return try composer.compose(page, state)
    }

    private func waitingTime(now: Timestamp) -> Double {
        let next = desk.withState { $0.nextDue }
        guard let next else { return 3600 }
        return min(max(Double(next.microseconds - now.microseconds) / 1_000_000, 0.001), 3600)
    }

    private func takeRescan(_ state: inout LaunchDesk) -> Bool {
        defer {
            state.mustRescan = false
            state.mustLookAgain = false
        }
        return state.mustRescan || state.mustLookAgain
    }

    private func hand(over composed: CampaignComposer.Page, isDue: Bool) {
        desk.update { state in
            if isDue { state.isLooking = false }
            // The store lost the wave while this page was being made: its rows will be read again.
            guard !state.mustRescan else { return }
            state.prepared.append(contentsOf: composed.sends)
            state.skips.append(contentsOf: composed.skips)
            state.holds.append(contentsOf: composed.holds)
            state.onTrial.subtract(composed.tried)
            if isDue {
                state.isDuePageOut = true
                state.mayHaveDue = true
            }
        }
    }
}
