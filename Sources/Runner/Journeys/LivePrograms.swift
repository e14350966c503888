import RuleEngine

/// The versions that are live: all of them by their launch, and those that take people in by what begins them.
package struct LivePrograms: Sendable {
    package private(set) var versions: [LaunchID: LiveVersion] = [:]
    /// The newest of each program, in the order of the index.
    package private(set) var entrances: [LiveVersion] = []
    private(set) var index = TriggerIndex([])
    /// By program: which of its versions can be moved by what. A version that takes nobody in has runs as well.
    private var movable: [TriggerIndex.Wake: [LiveVersion]] = [:]
    /// By a field's name: versions were compiled from different files, and a slot of one is not a slot of another.
    private var movableByField: [String: [LiveVersion]] = [:]

    package init() {}

    /// - Parameter versions: in the order in which they went live.
    package init(_ versions: [LiveVersion]) {
        var newest: [String: LiveVersion] = [:]
        for version in versions {
            self.versions[version.launch.id] = version
            newest[version.launch.program] = version
        }
        entrances = newest.values.filter { $0.launch.state == .running }.sorted { $0.launch.id < $1.launch.id }
        index = TriggerIndex(entrances.map { ($0.journey, $0.graph) })
        for version in versions.sorted(by: { $0.launch.id < $1.launch.id }) {
            for wake in version.graph.wakes {
                if case .field(let slot) = wake {
                    movableByField[version.project.schema.fields[slot].name, default: []].append(version)
                } else {
                    movable[wake, default: []].append(version)
                }
            }
        }
    }

    /// The versions whose people may come in through this.
    func begun(by cause: TriggerIndex.Cause) -> [LiveVersion] {
        index.begun(by: cause).map { entrances[Int($0)] }
    }

    /// The versions whose runs may go on or end through this.
    func moved(by wakes: [TriggerIndex.Wake]) -> [LiveVersion] {
        Self.distinct(wakes.flatMap { movable[$0] ?? [] })
    }

    /// The versions whose runs may go on or end when these fields of a person have changed.
    func moved(byFields names: [String]) -> [LiveVersion] {
        Self.distinct(names.flatMap { movableByField[$0] ?? [] })
    }

    func isMoved(byField name: String) -> Bool {
        movableByField[name] != nil
    }

    private static func distinct(_ versions: [LiveVersion]) -> [LiveVersion] {
        guard versions.count > 1 else { return versions }
        var found: [LaunchID: LiveVersion] = [:]
        for version in versions { found[version.launch.id] = version }
        return found.values.sorted { $0.launch.id < $1.launch.id }
    }

    func entrance(of program: String) -> LiveVersion? {
        entrances.first { $0.launch.program == program }
    }

    package var isEmpty: Bool { versions.isEmpty }
}
