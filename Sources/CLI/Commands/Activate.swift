import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Activate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let sequences and rules take people in.",
        discussion: """
            The files are kept as they are now: people who come in finish this version, unless a later one says \
            otherwise (`when_changed`). `carillon run` without a file then runs everything that is live.

            A program whose steps call an endpoint goes live only where CARILLON_ENDPOINT_<NAME> says where that is. \
            With --sandbox it may stay open: a rehearsal calls nobody.
            """
    )

    @Argument(help: "Files or ids of sequences and rules.")
    var programs: [String] = []

    @Flag(help: "Every sequence and rule of the project.")
    var all = false

    @OptionGroup var sandbox: SandboxOption

    @OptionGroup var options: CommonOptions

    func validate() throws {
        guard all != !programs.isEmpty else { throw ValidationError("name programs, or say --all") }
    }

    func run() throws {
        let workspace = try Workspace(options)
        let files = try workspace.files()
        let (project, sources) = try workspace.checked()
        let journeys = try chosen(project, sources, workspace)
        if try sandbox.address() == nil { try checkEndpoints(of: journeys, in: project, workspace) }
        let store = try workspace.openSQLite()
        let approvals = ApprovalDesk(
            store: try withStore { () throws(StoreError) in try store.openApprovals() },
            environment: workspace.environment)
        for journey in journeys {
            let refusal = try withStore { () throws(StoreError) in
                try approvals.refusal(of: ApprovalDesk.Subject(journey, in: project))
            }
            if let refusal { throw CommandFailure(refusal) }
        }
        try withStore { () throws(StoreError) in try store.prepare(for: project.schema) }
        let activation = ProgramActivation(
            store: try withStore { () throws(StoreError) in try store.openJourneys() },
            environment: workspace.environment, catalog: try workspace.catalog())
        var rows: [JSON] = []
        for journey in journeys {
            let source = String(decoding: sources.file(journey.file).bytes, as: UTF8.self)
            var map: ChangeMap?
            let outcome = try withStore { () throws(StoreError) in
                try activation.activate(journey, in: project, files: files, source: source) { map = $0 }
            }
            if outcome != .unchanged { try workspace.audit("activateProgram", "program:" + journey.id) }
            let people = try withStore { () throws(StoreError) in try store.openJourneys().names(in: map) }
            if options.json {
                let row: JSON = ["id": .string(journey.id), "outcome": .string(outcome.name)]
                rows.append(map.map { row.adding("people", $0.json(people)) } ?? row)
            } else {
                Terminal.output.line(outcome.sentence(for: journey))
                if let map { Terminal.output.write(map.text(people)) }
            }
        }
        if options.json { Terminal.output.write((["programs": .array(rows)] as JSON).text) }
    }

    /// Before anything goes live: a program that can't call would leave its people where they are.
    private func checkEndpoints(
        of journeys: [CheckedJourney], in project: CheckedProject, _ workspace: Workspace
    ) throws(CommandFailure) {
        let endpoints = EndpointSettings(environment: ProcessEnvironment.all(), secrets: workspace.secrets)
        for journey in journeys {
            guard let fault = endpoints.faults(of: journey, in: project).first else { continue }
            throw CommandFailure(
                .refused, reason: fault.code, message: "`\(journey.id)` calls out, and \(fault.message)",
                help: fault.help)
        }
    }

    private func chosen(
        _ project: CheckedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws(CommandFailure) -> [CheckedJourney] {
        if all { return project.journeys }
        var journeys: [CheckedJourney] = []
        for name in programs {
            switch try NamedProgram(name, in: project, sources, workspace) {
            case .journey(let journey): journeys.append(journey)
            case .campaign(let campaign):
                throw CommandFailure(
                    .usage, reason: "campaign", message: "`\(campaign.id)` is a campaign",
                    help: "`carillon run \(name)` sends it")
            }
        }
        return journeys
    }
}

extension ProgramActivation.Outcome {
    fileprivate var name: String {
        switch self {
        case .activated: "activated"
        case .replaced: "replaced"
        case .unchanged: "unchanged"
        }
    }

    fileprivate func sentence(for journey: CheckedJourney) -> String {
        switch self {
        case .activated: return "`\(journey.id)` is live"
        case .unchanged: return "`\(journey.id)` is live already, with this very meaning"
        case .replaced(let inside):
            let people = Figures.count(inside, "person", plural: "people")
            let fate =
                switch journey.whenChanged {
                case .keep: "\(people) inside finish the version that they entered"
                case .end: "\(people) were taken out of the old version"
                case .move: "of \(people) inside"
                }
            return "`\(journey.id)` is live in a new version; \(fate)"
        }
    }
}
