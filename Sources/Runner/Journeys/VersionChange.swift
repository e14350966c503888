package import RuleEngine

/// What a new version of a program does with the people who are in an earlier one, as its `when_changed` says.
package struct VersionChange {
    /// Where somebody goes on.
    package enum Fate: Sendable, Hashable {
        /// In the version that they entered.
        case keeps
        case ends
        /// At the step of this name in the new version.
        case moves(to: String)
        /// As the file says, when the outcome has come that they wait for.
        case later
    }

    private static let pageSize = 100

    private let old: ProgramGraph
    private let machine: JourneyMachine
    private let earlier: LaunchRecord
    private let new: ProgramGraph
    private let rule: ChangeRule
    private let launch: LaunchRecord?
    private let sources: SourceMap

    package init(from old: LiveVersion, to new: LiveVersion) {
        self.init(from: old, to: new.graph, new.journey.whenChanged, sources: new.sources, launch: new.launch)
    }

    /// - Parameter launch: nil where the new version isn't live, and nothing is to be carried out.
    package init(
        from old: LiveVersion, to new: ProgramGraph, _ rule: ChangeRule, sources: SourceMap, launch: LaunchRecord? = nil
    ) {
        self.old = old.graph
        machine = old.machine
        earlier = old.launch
        self.new = new
        self.rule = rule
        self.launch = launch
        self.sources = sources
    }

    package func fate(of run: StoredRun) -> Fate {
        switch run.state.changed(from: old, to: new, by: rule) {
        case .keep: .keeps
        case .end: .ends
        case .later: .later
        case .move(let state): .moves(to: name(of: state))
        }
    }

    private func name(of state: RunState) -> String {
        new.label(of: state.node)
    }

    /// Where people stand in the earlier version and where they go, written down nowhere.
    package func map(store: any JourneyStore) throws(StoreError) -> ChangeMap {
        var map = ChangeMap()
        switch rule {
        // The same for everybody: nobody's state need be read.
        case .keep, .end:
            let places = try store.transaction { () throws(StoreError) in
                try store.openPlaces(of: earlier.id, examples: ChangeMap.examples)
            }
            for place in places {
                map.add(
                    earlier, old.label(of: place.node), rule == .keep ? .keeps : .ends, count: place.count,
                    place.contacts)
            }
            return map
        case .move: break
        }
        var last: RunKey?
        while true {
            let runs = try store.transaction { () throws(StoreError) in
                try store.openRuns(of: earlier.id, after: last, limit: 1000)
            }
            guard let end = runs.last else { return map }
            last = end.key
            for run in runs {
                map.add(earlier, old.label(of: run.state.node), fate(of: run), run.key.contact)
            }
        }
    }

    // MARK: Carrying out

    /// What is written with the new version itself: from then on a process that ends is followed by one that goes on.
    func steps(_ known: [EarlierStep]) -> [EarlierStep] {
        guard case .move(let moves, _) = rule else { return [] }
        // People ask by the names of the new version.
        func key(_ name: String?) -> String? {
            guard let name else { return nil }
            return moves[name]?.key ?? new.key(ofStep: name)
        }
        let own = old.names.compactMap { node, name -> EarlierStep? in
            key(name).map { EarlierStep(launch: earlier.id, node: node, step: $0) }
        }
        // Through the earlier version they may have come from one before it.
        let before = known.compactMap { entry -> EarlierStep? in
            let name = old.steps[entry.step].flatMap { old.names[$0] }
            return key(name).map { EarlierStep(launch: entry.launch, node: entry.node, step: $0) }
        }
        return own + before
    }

    /// Looks at everybody in the earlier version once. All of one run's change is one transaction, so that nobody is in
    /// two versions or in none.
    func carryOut(store: any JourneyStore, now: Timestamp) throws(StoreError) -> ChangeMap {
        var map = ChangeMap()
        var last: RunKey?
        while true {
            let (runs, changes) = try store.transaction { () throws(StoreError) in
                let runs = try store.openRuns(of: earlier.id, after: last, limit: Self.pageSize)
                var changes: [(step: String, fate: Fate)] = []
                for run in runs {
                    changes.append((old.label(of: run.state.node), try carryOut(on: run, store: store, now: now)))
                }
                return (runs, changes)
            }
            for (run, change) in zip(runs, changes) { map.add(earlier, change.step, change.fate, run.key.contact) }
            guard let end = runs.last else { return map }
            last = end.key
        }
    }

    /// One run's change, inside of a transaction.
    func carryOut(on run: StoredRun, store: any JourneyStore, now: Timestamp) throws(StoreError) -> Fate {
        guard let launch else { return .keeps }
        let fate = fate(of: run)
        guard fate != .later else {
            try store.setPendingMove(of: run.key, to: launch.id)
            return fate
        }
        try store.setPendingMove(of: run.key, to: nil)
        var run = run
        switch run.state.changed(from: old, to: new, by: rule) {
        case .keep, .later: break
        case .end:
            // It waits for no outcome, so that there is nothing to take back but what queues behind it.
            let facts = RunFacts(
                context: EvaluationContext(page: FactPage(slotCount: 0), row: 0, now: now), contact: [])
            let node = run.state.node
            run.state = machine.stop(run.state, as: .cancelled, facts: facts).state
            run.endedAt = now
            run.steps += 1
            let text = "cancelled: a new version takes people out here"
            run.trace = try store.append("\(node)\t\tended\t\(text)", behind: run.trace, at: now)
            try store.update(run)
            _ = try store.takeCauses(behind: run.key)
        case .move(let state):
            let from = old.label(of: run.state.node)
            run.launch = launch.id
            run.state = state
            run.steps += 1
            let text = "from `\(from)` to `\(name(of: state))`, version \(launch.version.prefix(12))"
            run.trace = try store.append(
                "\(state.node)\t\(place(of: state.node))\tmoved\t\(text)", behind: run.trace, at: now)
            try store.update(run)
        }
        return fate
    }

    /// As `TraceText` writes it.
    private func place(of node: Int) -> String {
        guard node < new.spans.count, let span = new.spans[node] else { return "" }
        let start = sources.start(of: span)
        return "\(sources.path(of: span)):\(start.line):\(start.column)"
    }

    /// Goes on with what a process had begun that ended in the middle. Returns what can't be done, for people.
    package static func finishMoves(
        store: any JourneyStore, loader: ProgramLoader, now: Timestamp
    ) throws(StoreError) -> [String] {
        let (moves, live) = try store.transaction { () throws(StoreError) in
            let moves = try store.unfinishedMoves()
            return (moves, moves.isEmpty ? [] : try store.liveVersions())
        }
        var problems: [String] = []
        for move in moves {
            if let old = live.first(where: { $0.id == move.earlier }),
                let new = live.first(where: { $0.id == move.launch })
            {
                guard let old = try loader.compile(old), let new = try loader.compile(new) else {
                    problems.append(
                        "`\(old.program)`: people stay in an earlier version that can't be compiled any more")
                    continue
                }
                let change = VersionChange(from: old, to: new)
                try store.transaction { () throws(StoreError) in
                    try store.keep(change.steps(try store.earlierSteps(of: old.launch.id)), for: new.launch.id)
                }
                _ = try change.carryOut(store: store, now: now)
            }
            try store.transaction { () throws(StoreError) in try store.finish(move) }
        }
        return problems
    }
}

extension ProgramGraph {
    /// The key of the step that has this name; nil where none has, or only one inside of a fragment.
    fileprivate func key(ofStep name: String) -> String? {
        steps.first { !$0.key.contains(">") && names[$0.value] == name }?.key
    }
}
