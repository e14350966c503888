import RuleEngine

/// The versions that are live: all of them by their launch, and those that take people in by what begins them.
package struct LivePrograms: Sendable {
    package private(set) var versions: [LaunchID: LiveVersion] = [:]
    /// The newest of each program, in the order of the index.
    package private(set) var entrances: [LiveVersion] = []
    /// Those of them that the clock lets people in by: schedules, and segments that are looked at in turn.
    private(set) var clocked: [LiveVersion] = []
    private(set) var index = TriggerIndex([])
    /// Versions behind which a later one of the same program takes people in.
    private var superseded: Set<LaunchID> = []
    /// Versions that are live and can't be run by this program.
    private(set) var unusable: Set<LaunchID> = []
    /// By program: which of its versions can be moved by what. A version that takes nobody in has runs as well.
    private var movable: [TriggerIndex.Wake: [LiveVersion]] = [:]
    /// By a field's name: versions were compiled from different files, and a slot of one is not a slot of another.
    private var movableByField: [String: [LiveVersion]] = [:]
    /// By a field's name: whose segment looks at it.
    private var enterableByField: [String: [LiveVersion]] = [:]

    package init() {}

    /// - Parameter versions: in the order in which they went live.
    package init(_ versions: [LiveVersion], unusable: Set<LaunchID> = []) {
        self.unusable = unusable
        var newest: [String: LiveVersion] = [:]
        for version in versions {
            self.versions[version.launch.id] = version
            newest[version.launch.program] = version
        }
        superseded = Set(versions.lazy.map(\.launch.id)).subtracting(newest.values.lazy.map(\.launch.id))
        entrances = newest.values.filter { $0.launch.state == .running }.sorted { $0.launch.id < $1.launch.id }
        clocked = entrances.filter(\.isClocked)
        index = TriggerIndex(entrances.map { ($0.journey, $0.graph) })
        for version in versions.sorted(by: { $0.launch.id < $1.launch.id }) {
            for wake in version.graph.wakes {
                if case .field(let slot) = wake {
                    movableByField[version.project.schema.fields[slot].name, default: []].append(version)
                } else {
                    movable[wake, default: []].append(version)
                }
            }
            // Another clock, or another country's holidays, and a time of day is another time.
            if version.graph.asksContactClock {
                for name in ["time_zone", "country"] { movableByField[name, default: []].append(version) }
            }
        }
        for version in entrances {
            guard case .segment(let segment, _, _) = version.journey.entry.cause else { continue }
            let slots = segment.conditions.reduce(into: Set<Int>()) { $0.formUnion($1.slots) }
            for slot in slots {
                enterableByField[version.project.schema.fields[slot].name, default: []].append(version)
            }
        }
    }

    /// What of people is looked at, with whether they may come in by it.
    package var watchedFields: [String: Bool] {
        var fields = movableByField.mapValues { _ in false }
        for name in enterableByField.keys { fields[name] = true }
        return fields
    }

    /// The programs whose segment a person may have come into, or left.
    func entered(byFields names: [String]) -> [LiveVersion] {
        Self.distinct(names.flatMap { enterableByField[$0] ?? [] })
    }

    /// Without the versions that are over.
    func keeping(_ isLive: (LaunchID) -> Bool) -> LivePrograms {
        LivePrograms(
            versions.values.filter { isLive($0.launch.id) }.sorted { $0.launch.id < $1.launch.id },
            unusable: unusable.filter(isLive))
    }

    /// Whether these are the versions that are live, as they are live.
    func agree(with states: [LaunchID: LaunchState]) -> Bool {
        guard states.count == versions.count + unusable.count else { return false }
        return states.allSatisfy { id, state in versions[id]?.launch.state == state || unusable.contains(id) }
    }

    /// Whether there is a later version of the same program.
    func isSuperseded(_ version: LiveVersion) -> Bool {
        superseded.contains(version.launch.id)
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

    func isWatched(_ name: String) -> Bool {
        movableByField[name] != nil || enterableByField[name] != nil
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

extension LiveVersion {
    fileprivate var isClocked: Bool {
        switch journey.entry.cause {
        case .schedule, .segment: true
        case .event, .inbound, .webhook: false
        }
    }
}

extension ProgramGraph {
    fileprivate var asksContactClock: Bool {
        nodes.contains { node in
            if case .wait(let wait, _) = node, case .contactZone? = wait.clockwork { true } else { false }
        }
    }
}
