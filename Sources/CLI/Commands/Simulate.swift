import ArgumentParser
import Dispatch
import RuleEngine
import Runner
import Storage

struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let weeks pass for many contacts, with providers and people that a seed draws.",
        discussion: """
            Nothing is sent, and the data folder is not read. Decisions are those of the machine, the gate and the \
            texts that also send. The same seed gives the same bytes. docs/guides/simulate.md tells what is drawn.
            """
    )

    @Argument(help: "Programs: files or ids. Without them: all of the project.")
    var programs: [String] = []

    @Option(help: "Who: contacts as CSV, as `contacts import` takes them.")
    var contacts: String

    @Option(help: "What happens to them: lines of JSON, as `events send` takes them.")
    var events: String?

    @Option(help: "How many days.")
    var days = 30

    @Option(help: "What chance is drawn from.")
    var seed: UInt64 = 1

    @Option(help: "The first day, as 2027-03-01 on the project's clock. Without it: the day of the first event.")
    var start: String?

    @Option(help: "Also write a page with charts.", completion: .file())
    var html: String?

    @Option(help: "Of all messages, those that bounce.")
    var bounced = "1%"

    @Option(help: "Of those delivered, those that are opened.")
    var opened = "30%"

    @Option(help: "Of those opened, those in which a link is followed.")
    var clicked = "15%"

    @Option(help: "Of those opened, those that are answered.")
    var replied = "1%"

    @Option(help: "Of those opened, those after which the person wants no more.")
    var stopped = "0.2%"

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard (1...366).contains(days) else { throw ValidationError("--days takes 1 to 366") }
        for share in [bounced, opened, clicked, replied, stopped] where TestReader.share(share) == nil {
            throw ValidationError("`\(share)` is no share, like 30%")
        }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let (project, sources) = try workspace.checked()
        let stage = try RehearsalStage.of(project)
        let scope = try scope(stage, project, sources, workspace)
        let people = SimulationContacts(schema: project.schema)
        let refused = try readContacts(into: people, project, workspace)
        let zone = stage.projectZone
        let (happenings, refusals) = try readEvents(project, people)
        let beginning = try beginning(happenings, zone)
        var model = ResponseModel()
        model.bounced = TestReader.share(bounced) ?? 0
        model.opened = TestReader.share(opened) ?? 0
        model.clicked = TestReader.share(clicked) ?? 0
        model.replied = TestReader.share(replied) ?? 0
        model.stopped = TestReader.share(stopped) ?? 0
        let simulation = Simulation(
            stage, scope: scope, contacts: people.frozen(), events: happenings, start: beginning, days: days,
            seed: seed, model: model)
        let tally = simulation.run { pieces, piece in
            DispatchQueue.concurrentPerform(iterations: pieces, execute: piece)
        }
        let report = SimulationReport(
            tally, stage: stage, scope: scope, days: days, seed: seed, refusedContacts: refused,
            refusedEvents: refusals.count)
        if let html { try FolderWriting.write(SimulationPage(report).html, to: AbsolutePath.of(html), replacing: true) }
        for refusal in refusals.prefix(20) where !options.json { Terminal.error.line(refusal.text) }
        if options.json {
            Terminal.output.write(report.json.text)
        } else {
            Terminal.output.write(report.text)
        }
    }

    private func scope(
        _ stage: RehearsalStage, _ project: CheckedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws -> Set<Int> {
        guard !programs.isEmpty else { return Set(stage.programs.indices) }
        var scope: Set<Int> = []
        for name in programs {
            let named = try NamedProgram(name, in: project, sources, workspace)
            if let place = stage.program(named.kind, named.id) { scope.formUnion(stage.scope(of: place)) }
        }
        return scope
    }

    // MARK: Reading

    /// How many rows can't be read.
    private func readContacts(
        into people: SimulationContacts, _ project: CheckedProject, _ workspace: Workspace
    ) throws -> Int {
        // Addresses are hashed for the suppression list, which nobody reads here: any key will do.
        let contactImport = ContactImport(
            file: contacts, schema: project.schema, currency: project.settings.currency,
            key: DataKey(bytes: [UInt8](repeating: 0, count: 32)), now: workspace.environment.now())
        do throws(ImportError) {
            let summary = try contactImport.run(into: people)
            return summary.refused
        } catch {
            throw CommandFailure(
                reason: "contacts", message: "\(contacts) can't be read as contacts",
                help: "`carillon contacts import --strict` names every fault")
        }
    }

    private func readEvents(
        _ project: CheckedProject, _ people: SimulationContacts
    ) throws -> ([Simulation.Event], [EventRefusal]) {
        guard let events else { return ([], []) }
        guard let bytes = FileReading.bytes(of: events) else {
            throw CommandFailure(.usage, reason: "not_found", message: "\(events) can't be read")
        }
        return SimulationEvents.read(bytes, project, people)
    }

    /// Midnight of the first day.
    private func beginning(_ events: [Simulation.Event], _ zone: TimeZoneRules) throws -> Timestamp {
        let day: Int64
        if let start {
            guard let moment = TestReader.moment(start) else {
                throw ValidationError("--start takes a day, like 2027-03-01")
            }
            day = moment.day
        } else if let first = events.map(\.at).min() {
            day = zone.localTime(of: first).date.daysSinceEpoch
        } else {
            day = zone.localTime(of: TestRun.anyDay(zone)).date.daysSinceEpoch
        }
        return zone.instant(of: LocalMoment(day: day, time: ClockTime(minute: 0)))
    }
}
