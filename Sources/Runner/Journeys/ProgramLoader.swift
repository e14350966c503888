package import RuleEngine

/// Compiles the versions that are live from the files as they were. A project that went live as a whole is compiled
/// once, however many programs it has.
package final class ProgramLoader {
    package struct Failure: Error, Sendable {
        package var program: String
        package var message: String
    }

    private struct Compiled {
        let project: CheckedProject?
        let sources: SourceMap
    }

    private let store: any JourneyStore
    private let catalog: Catalog
    private let zones: (String) -> TimeZoneRules?
    private var projects: [Int64: Compiled] = [:]
    private var versions: [LaunchID: LiveVersion] = [:]
    private var states: [LaunchID: LaunchState] = [:]
    /// Versions that can't be run by this program: their people stay where they are.
    package private(set) var failures: [Failure] = []

    package init(
        store: any JourneyStore, catalog: Catalog,
        zones: @escaping (String) -> TimeZoneRules? = TimeZoneLoader.rules(for:)
    ) {
        self.store = store
        self.catalog = catalog
        self.zones = zones
    }

    /// Nil where nothing has changed since the last time.
    package func load() throws(StoreError) -> LivePrograms? {
        let launches = try store.transaction { () throws(StoreError) in try store.liveVersions() }
        let states = Dictionary(uniqueKeysWithValues: launches.map { ($0.id, $0.state) })
        guard states != self.states else { return nil }
        self.states = states
        failures.removeAll()
        var live: [LiveVersion] = []
        for launch in launches {
            if let known = versions[launch.id], known.launch.state == launch.state {
                live.append(known)
                continue
            }
            guard let version = try compile(launch) else { continue }
            live.append(version)
        }
        versions = Dictionary(uniqueKeysWithValues: live.map { ($0.launch.id, $0) })
        return LivePrograms(live, unusable: Set(states.keys).subtracting(versions.keys))
    }

    /// One version. Nil, and a failure more, where this program can't run it.
    package func compile(_ launch: LaunchRecord) throws(StoreError) -> LiveVersion? {
        let (compiled, key) = try store.transaction { () throws(StoreError) in
            (try project(of: launch), try store.programKey(of: launch.program))
        }
        guard let project = compiled.project else {
            failures.append(
                Failure(program: launch.program, message: "its files don't compile with this version of Carillon"))
            return nil
        }
        do throws(LiveVersion.Failure) {
            return try LiveVersion(launch, key: key, in: project, sources: compiled.sources, zones: zones)
        } catch {
            switch error {
            case .noSuchProgram: failures.append(Failure(program: launch.program, message: "its files don't hold it"))
            case .missingZone(let name):
                failures.append(Failure(program: launch.program, message: "the machine knows no time zone `\(name)`"))
            }
            return nil
        }
    }

    private func project(of launch: LaunchRecord) throws(StoreError) -> Compiled {
        let snapshot = try store.snapshot(of: launch.id)
        if let snapshot, let known = projects[snapshot] { return known }
        let result = MessageProgram.compile(try store.files(of: launch.id), catalog: catalog)
        let compiled = Compiled(project: result.project, sources: result.sources)
        if let snapshot { projects[snapshot] = compiled }
        return compiled
    }
}
