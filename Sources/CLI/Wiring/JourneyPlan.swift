import RuleEngine
import Runner
import Storage

/// What would become of the people inside if a sequence or rule went live as its file is now.
struct JourneyPlan {
    let journey: CheckedJourney
    let project: CheckedProject
    let sources: SourceMap
    let workspace: Workspace

    /// Nil where the name means a campaign, or nothing.
    init?(
        _ name: String, _ project: CheckedProject, _ sources: SourceMap, _ workspace: Workspace
    ) throws(CommandFailure) {
        let path = try workspace.pathInProject(name)
        let isCampaign =
            project.campaigns[name] != nil
            || project.campaigns.values.contains { sources.file($0.file).path == path }
        guard !isCampaign, case .journey(let journey) = try NamedProgram(name, in: project, sources, workspace) else {
            return nil
        }
        self.journey = journey
        self.project = project
        self.sources = sources
        self.workspace = workspace
    }

    /// Nothing is written.
    func report(asJSON: Bool) throws(CommandFailure) -> String {
        let catalog = try workspace.catalog()
        let store = try workspace.openSQLite()
        let (preview, people) = try withStore { () throws(StoreError) in
            let journeys = try store.openJourneys()
            let activation = ProgramActivation(store: journeys, environment: workspace.environment, catalog: catalog)
            let preview = try activation.preview(journey, in: project, sources: sources)
            return (preview, try journeys.names(in: preview.map))
        }
        if asJSON {
            let report: JSON = [
                "id": .string(journey.id), "live": JSON(preview.isLive), "changed": JSON(preview.isChanged),
                "inside": JSON(preview.map.inside), "people": preview.map.json(people),
            ]
            return report.text
        }
        let inside = Figures.count(preview.map.inside, "person", plural: "people")
        guard preview.isLive else { return "`\(journey.id)` is not live, and nobody is inside: `carillon activate`\n" }
        guard preview.isChanged else {
            return "`\(journey.id)` means what is live; \(inside) inside\n" + preview.map.text(people)
        }
        return "`\(journey.id)` would go live in a new version, with \(inside) inside; nothing is written\n"
            + preview.map.text(people)
    }
}
