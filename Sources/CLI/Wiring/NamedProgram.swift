import RuleEngine

/// A program that a command line names: by its file, or by its id.
enum NamedProgram {
    case campaign(CheckedCampaign)
    case journey(CheckedJourney)

    init(
        _ name: String, in project: CheckedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws(CommandFailure) {
        if let campaign = project.campaigns[name] {
            self = .campaign(campaign)
            return
        }
        let path = try workspace.pathInProject(name)
        let journeys = project.journeys.filter { $0.id == name || sources.file($0.file).path == path }
        if let journey = journeys.first, journeys.count == 1 {
            self = .journey(journey)
            return
        }
        if journeys.count > 1 {
            throw CommandFailure(
                .usage,
                reason: "ambiguous",
                message: "`\(name)` means several programs",
                help: "name one of them: " + journeys.map(\.id).joined(separator: ", ")
            )
        }
        let id = try OpenCampaign.id(of: name, project, sources, workspace)
        guard let campaign = project.campaigns[id] else {
            throw CommandFailure(.usage, reason: "not_found", message: "there is no program `\(name)`")
        }
        self = .campaign(campaign)
    }

    func graph(in project: CheckedProject) -> ProgramGraph {
        switch self {
        case .campaign(let campaign): ProgramGraph.lower(campaign, in: project)
        case .journey(let journey): ProgramGraph.lower(journey, in: project)
        }
    }
}
