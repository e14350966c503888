package import RuleEngine
import Synchronization

/// What rehearsals of a project share: its programs, made ready once, and what they read about the world.
package final class RehearsalStage: Sendable {
    package let project: CheckedProject
    package let programs: [RehearsalProgram]
    package let projectZone: TimeZoneRules
    package let offices: OfficeClocks
    let index: TriggerIndex
    /// Of each program of the index its place among `programs`.
    let indexed: [Int]
    let prices: [String: MessagePrice]
    let unsubscribePrefix: String?
    let preferencesPrefix: String?
    let browserPrefix: String?
    private let zones = Mutex<[String: TimeZoneRules?]>([:])
    private let holidays = Mutex<[HolidayKey: Set<Int64>]>([:])
    private let zoneRules: @Sendable (String) -> TimeZoneRules?

    private struct HolidayKey: Hashable {
        let country: String
        let year: Int
    }

    /// - Parameter zoneRules: what clocks in a zone show.
    package init(
        _ project: CheckedProject,
        zoneRules: @escaping @Sendable (String) -> TimeZoneRules? = TimeZoneLoader.rules(for:)
    ) throws(JourneyProgram.MissingZone) {
        self.project = project
        self.zoneRules = zoneRules
        var zones: [String: TimeZoneRules] = [:]
        let name = project.settings.timeZone
        guard let projectZone = zoneRules(name) else { throw JourneyProgram.MissingZone(name: name) }
        zones[name] = projectZone
        var programs: [RehearsalProgram] = []
        var journeys: [(journey: CheckedJourney, graph: ProgramGraph)] = []
        var indexed: [Int] = []
        for campaign in project.campaigns.values.sorted(by: { $0.id < $1.id }) {
            programs.append(try RehearsalProgram(campaign, in: project, zones: zones))
        }
        for journey in project.journeys {
            for name in Self.zoneNames(in: journey.steps) where zones[name] == nil { zones[name] = zoneRules(name) }
            let program = try RehearsalProgram(journey, in: project, zones: zones)
            journeys.append((journey, program.graph))
            indexed.append(programs.count)
            programs.append(program)
        }
        self.projectZone = projectZone
        self.programs = programs
        self.indexed = indexed
        index = TriggerIndex(journeys)
        offices = OfficeClocks(project.settings.openingHours, zones: zoneRules)
        prices = project.channels.mapValues(MessagePrice.init)
        unsubscribePrefix = project.settings.publicURL.map { $0 + "/u/" }
        preferencesPrefix = project.settings.publicURL.map { $0 + "/p/" }
        browserPrefix = project.settings.publicURL.map { $0 + "/v/" }
    }

    package func program(_ kind: DocumentKind, _ id: String) -> Int? {
        programs.firstIndex { $0.kind == kind && $0.id == id }
    }

    /// The program itself, and those that it starts, directly or by others.
    package func scope(of program: Int) -> Set<Int> {
        var scope: Set<Int> = [program]
        var open = [program]
        while let next = open.popLast() {
            for case .start(let kind, let id, _, _) in programs[next].graph.nodes {
                if let started = self.program(kind, id), scope.insert(started).inserted { open.append(started) }
            }
        }
        return scope
    }

    /// Nil where nobody knows the zone.
    package func rules(of zone: String) -> TimeZoneRules? {
        zones.withLock { known in
            if let rules = known[zone] { return rules }
            let rules = zoneRules(zone)
            known[zone] = .some(rules)
            return rules
        }
    }

    /// Public holidays of a country, as production reads them: from the year before to the year after.
    func holidays(in country: String?, around now: Timestamp) -> Set<Int64> {
        guard let country else { return [] }
        let year = CalendarDate(daysSinceEpoch: now.microseconds / 86_400_000_000).year
        return holidays.withLock { known in
            if let days = known[HolidayKey(country: country, year: year)] { return days }
            let calendar = HolidayCalendar.shipped.countries.first { $0.code == country }
            let days = (year - 1...year + 1).reduce(into: Set<Int64>()) { days, year in
                if let calendar { days.formUnion(calendar.days(of: year)) }
            }
            known[HolidayKey(country: country, year: year)] = days
            return days
        }
    }

    private static func zoneNames(in steps: [CheckedStep]) -> Set<String> {
        var names: Set<String> = []
        for step in steps {
            switch step.action {
            case .wait(let wait): if case .zone(let name)? = wait.clockwork { names.insert(name) }
            case .waitFor(let wait): names.formUnion(zoneNames(in: wait.bound.then + wait.bound.otherwise))
            case .waitUntil(_, let bound): names.formUnion(zoneNames(in: bound.then + bound.otherwise))
            case .branch(let arms, let otherwise):
                names.formUnion(zoneNames(in: arms.flatMap(\.steps) + otherwise))
            case .split(_, let arms): names.formUnion(zoneNames(in: arms.flatMap(\.steps)))
            case .loop(let loop): names.formUnion(zoneNames(in: loop.steps))
            case .call(let call): names.formUnion(zoneNames(in: call.otherwise))
            case .fragment(_, let steps): names.formUnion(zoneNames(in: steps))
            case .send, .set, .tag, .untag, .emit, .start, .handOver, .exit: break
            }
        }
        return names
    }
}
