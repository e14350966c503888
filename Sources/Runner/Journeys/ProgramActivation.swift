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

    package init(store: any JourneyStore, environment: RunnerEnvironment) {
        self.store = store
        self.environment = environment
    }

    /// - Parameter files: the project's, as they were compiled.
    package func activate(
        _ journey: CheckedJourney, in project: CheckedProject, files: [SourceFile], source: String
    ) throws(StoreError) -> Outcome {
        let graph = ProgramGraph.lower(journey, in: project)
        let version = MeaningHash.hex(of: graph.canonicalForm)
        let now = environment.now()
        let live = try store.transaction { () throws(StoreError) in
            try store.liveVersions().filter { $0.program == journey.id }
        }
        if let last = live.last, last.version == version {
            if last.state == .paused {
                try store.transaction { () throws(StoreError) in try store.setState(.running, of: last.id, now: now) }
                return .activated
            }
            return .unchanged
        }
        var templates: [Int32: String] = [:]
        for (node, entry) in graph.nodes.enumerated() {
            if case .deliver(let send, _) = entry, let id = send.template.id { templates[Int32(node)] = id }
        }
        _ = try store.activate(
            LaunchRecord(
                id: LaunchID(rawValue: 0), program: journey.id, version: version, channelID: "", channelKind: "",
                purpose: journey.purpose, topic: journey.topic, brand: journey.brand?.name,
                currency: project.settings.currency, state: .running, planCursor: ContactKey(rawValue: 0),
                isPlanned: true, createdAt: now, finishedAt: nil, source: source, templates: templates),
            files: files)
        guard !live.isEmpty else { return .activated }
        var inside = 0
        for launch in live {
            inside += try store.transaction { () throws(StoreError) in
                let count = try store.openRunCount(of: launch.id)
                if journey.whenChanged == .end { try end(launch.id) }
                return count
            }
        }
        return .replaced(inside: inside)
    }

    private func end(_ launch: LaunchID) throws(StoreError) {
        _ = try store.abandon(launch, now: environment.now())
        try store.setState(.finished, of: launch, now: environment.now())
    }

    /// Rests, goes on, or ends: all versions of a program. Returns how many people are inside; nil where it isn't live.
    package func set(_ state: LaunchState, of program: String) throws(StoreError) -> Int? {
        try store.transaction { () throws(StoreError) in
            let live = try store.liveVersions().filter { $0.program == program }
            guard !live.isEmpty else { return nil }
            var inside = 0
            for launch in live {
                inside += try store.openRunCount(of: launch.id)
                if state == .cancelled { _ = try store.abandon(launch.id, now: environment.now()) }
                try store.setState(state, of: launch.id, now: environment.now())
            }
            return inside
        }
    }
}
