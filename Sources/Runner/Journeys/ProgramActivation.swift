package import RuleEngine

/// Makes sequences and rules live, and ends them.
package struct ProgramActivation {
    package enum Outcome: Sendable, Equatable {
        /// Live for the first time, or again.
        case activated
        /// People inside finish the version that they entered, or are moved or ended, as the file says.
        case replaced(inside: Int)
        /// It is live with this very meaning.
        case unchanged
    }

    private let store: any JourneyStore
    private let environment: RunnerEnvironment
    private let loader: ProgramLoader

    /// - Parameter catalog: what earlier versions are compiled with.
    package init(store: any JourneyStore, environment: RunnerEnvironment, catalog: Catalog = .standard()) {
        self.store = store
        self.environment = environment
        loader = ProgramLoader(store: store, catalog: catalog)
    }

    /// - Parameters:
    ///   - files: the project's, as they were compiled.
    ///   - owner: who asks for it, and answers for it while it is live.
    ///   - told: gets who was where before, and goes on where, if anybody was inside.
    package func activate(
        _ journey: CheckedJourney, in project: CheckedProject, files: [SourceFile], source: String,
        by owner: Owner = .operator, told: (ChangeMap) -> Void = { _ in }
    ) throws(StoreError) -> Outcome {
        let graph = ProgramGraph.lower(journey, in: project)
        let version = MeaningHash.hex(of: graph.canonicalForm)
        let now = environment.now()
        // What an activation that ended in the middle has left to do. What can't be done the runner says.
        _ = try VersionChange.finishMoves(store: store, loader: loader, now: now)
        let live = try store.transaction { () throws(StoreError) in
            try store.liveVersions(of: journey.id)
        }
        if let last = live.last, last.version == version {
            if last.state == .paused {
                let channels = graph.channels(in: project).map { SendingChannel($0) }
                try store.transaction { () throws(StoreError) in
                    if try store.loss(of: last.owner, sending: last.program, by: channels, at: now) != nil {
                        try store.setOwner(owner, of: last.id)
                    }
                    try store.setState(.running, of: last.id, now: now)
                }
                return .activated
            }
            return .unchanged
        }
        var templates: [Int32: String] = [:]
        var links: [Int32: Set<NamedLink>] = [:]
        for (node, entry) in graph.nodes.enumerated() {
            guard case .deliver(let send, _) = entry else { continue }
            links[Int32(node)] = send.template.namedLinks
            if let id = send.template.id { templates[Int32(node)] = id }
        }
        var record = LaunchRecord(
            id: LaunchID(rawValue: 0), program: journey.id, version: version, channelID: "", channelKind: "",
            purpose: journey.purpose, topic: journey.topic, brand: journey.brand?.name,
            currency: project.settings.currency, state: .running, planCursor: ContactKey(rawValue: 0),
            isPlanned: true, createdAt: now, finishedAt: nil, source: source, templates: templates)
        record.isCampaign = false
        record.priority = journey.priority
        record.links = links
        record.channels = graph.channels(in: project).map { SendingChannel($0) }
        record.owner = owner
        let launch = try store.activate(record, files: files, replacing: live.map(\.id), moves: journey.isMoving)
        if let version = try loader.compile(launch) {
            let fields = LivePrograms([version]).watchedFields
            try store.transaction { () throws(StoreError) in try store.watch(fields, inPlaceOfOthers: false) }
        }
        guard !live.isEmpty else { return .activated }
        var inside = 0
        var map = ChangeMap()
        for earlier in live {
            inside += try store.transaction { () throws(StoreError) in try store.openRunCount(of: earlier.id) }
            switch journey.whenChanged {
            case .keep: map.add(try self.map(earlier, journey, in: project))
            case .end:
                map.add(try self.map(earlier, journey, in: project))
                try end(earlier.id)
            case .move: map.add(try move(earlier, to: launch))
            }
        }
        if map.inside > 0 { told(map) }
        return .replaced(inside: inside)
    }

    /// What a file would do with the people inside, if it went live now. Nil where it means what is live.
    package func preview(
        _ journey: CheckedJourney, in project: CheckedProject, sources: SourceMap
    ) throws(StoreError) -> (isLive: Bool, isChanged: Bool, map: ChangeMap) {
        let version = MeaningHash.hex(of: ProgramGraph.lower(journey, in: project).canonicalForm)
        let live = try store.transaction { () throws(StoreError) in
            try store.liveVersions(of: journey.id)
        }
        var map = ChangeMap()
        let isChanged = live.last.map { $0.version != version } ?? true
        for earlier in live {
            map.add(try self.map(earlier, journey, in: project, rule: isChanged ? journey.whenChanged : .keep))
        }
        return (!live.isEmpty, isChanged, map)
    }

    private func map(
        _ earlier: LaunchRecord, _ journey: CheckedJourney, in project: CheckedProject, rule: ChangeRule? = nil
    ) throws(StoreError) -> ChangeMap {
        guard let old = try loader.compile(earlier) else { return ChangeMap() }
        let new = ProgramGraph.lower(journey, in: project, isVersioned: false)
        return try VersionChange(from: old, to: new, rule ?? journey.whenChanged, sources: old.sources).map(
            store: store)
    }

    /// The names of steps are those of the files as they are kept, so that whoever compiles them again finds the same.
    private func move(_ earlier: LaunchRecord, to launch: LaunchRecord) throws(StoreError) -> ChangeMap {
        let move = VersionMove(earlier: earlier.id, launch: launch.id)
        // The people of a version that this program can't compile any more stay; the runner says so.
        guard let old = try loader.compile(earlier), let new = try loader.compile(launch) else { return ChangeMap() }
        let change = VersionChange(from: old, to: new)
        try store.transaction { () throws(StoreError) in
            try store.keep(change.steps(try store.earlierSteps(of: earlier.id)), for: launch.id)
        }
        let map = try change.carryOut(store: store, now: environment.now())
        try store.transaction { () throws(StoreError) in try store.finish(move) }
        return map
    }

    private func end(_ launch: LaunchID) throws(StoreError) {
        let now = environment.now()
        try store.transaction { () throws(StoreError) in
            _ = try store.abandon(launch, why: "a new version takes people out", now: now)
            try store.setState(.finished, of: launch, now: now)
        }
    }

    /// Rests, goes on, or ends: all versions of a program. Returns how many people are inside; nil where it isn't live.
    package func set(_ state: LaunchState, of program: String) throws(StoreError) -> Int? {
        try store.transaction { () throws(StoreError) in
            try set(state, of: try store.liveVersions(of: program))
        }
    }

    /// Everything that is live, at once.
    package func killAll() throws(StoreError) -> [(program: String, inside: Int)] {
        try store.transaction { () throws(StoreError) in
            let programs = Dictionary(grouping: try store.liveVersions(), by: \.program)
            var killed: [(program: String, inside: Int)] = []
            for (program, versions) in programs.sorted(by: { $0.key < $1.key }) {
                killed.append((program, try set(.killed, of: versions) ?? 0))
            }
            return killed
        }
    }

    private func set(_ state: LaunchState, of live: [LaunchRecord]) throws(StoreError) -> Int? {
        guard !live.isEmpty else { return nil }
        let now = environment.now()
        var inside = 0
        for launch in live {
            inside += try store.openRunCount(of: launch.id)
            if state.isOver { _ = try store.abandon(launch.id, why: "somebody ended the program", now: now) }
            try store.setState(state, of: launch.id, now: now)
        }
        return inside
    }
}

extension CheckedJourney {
    fileprivate var isMoving: Bool {
        if case .move = whenChanged { true } else { false }
    }
}
