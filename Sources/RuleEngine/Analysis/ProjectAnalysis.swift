/// One thing that the compiler finds out about a sound project as a whole: over all paths of a program, or over all its
/// programs together. It reports errors and lints; a finding of its own that it can't be sure of is none.
package struct ProjectAnalysis: Sendable {
    /// A verb phrase of what it looks for, for people who read the table.
    package let name: String
    let run: @Sendable (AnalysedProject, inout DiagnosticBag) -> Void

    /// In the order in which they run. None depends on another's findings.
    package static let all: [ProjectAnalysis] = [
        .consentProof, .sessionWindows, .lawfulBasis, .mixedPurposes, .replyPrefixes, .unverifiedPacks, .anyHour,
        .budgets, .logic, .goalWindows, .clockChanges, .feedback, .experiments,
    ]

    /// What all of them say of a sound project.
    static func findings(
        in project: CheckedProject, catalog: Catalog, workers: Workers = .one
    ) -> DiagnosticBag {
        var diagnostics = DiagnosticBag()
        guard !all.isEmpty else { return diagnostics }
        let analysed = AnalysedProject(project: project, catalog: catalog, workers: workers)
        for analysis in all { analysis.run(analysed, &diagnostics) }
        return diagnostics
    }
}

/// What analyses look at. Graphs are lowered once, and only for projects that have an analysis to feed.
package struct AnalysedProject: Sendable {
    /// A class: twelve analyses go through ten thousand of them, and a copy of what was checked is no small thing.
    package final class Program: Sendable {
        package enum Source: Sendable {
            case campaign(CheckedCampaign)
            case journey(CheckedJourney)
        }

        package let source: Source
        package let graph: ProgramGraph
        let facts: ProgramFacts

        package init(source: Source, graph: ProgramGraph) {
            self.source = source
            self.graph = graph
            facts = ProgramFacts(source)
        }
    }

    package let project: CheckedProject
    package let catalog: Catalog
    /// Campaigns, then sequences, then rules, each by id.
    package let programs: [Program]

    private let workers: Workers

    package init(project: CheckedProject, catalog: Catalog, workers: Workers = .one) {
        self.project = project
        self.catalog = catalog
        self.workers = workers
        let campaigns = project.campaigns.sorted { $0.key < $1.key }.map(\.value)
        let journeys = project.journeys
        programs =
            campaigns.map { Program(source: .campaign($0), graph: .lower($0, in: project, isVersioned: false)) }
            + workers.map(journeys.count) { number in
                let journey = journeys[number]
                return Program(
                    source: .journey(journey), graph: .lower(journey, in: project, isVersioned: false))
            }
    }

    /// What is found in each program by itself, in the order of the programs.
    func findEach(
        _ diagnostics: inout DiagnosticBag, _ body: @escaping @Sendable (Program, inout DiagnosticBag) -> Void
    ) {
        let programs = programs
        let found = workers.map(programs.count) { number in
            var found = DiagnosticBag()
            body(programs[number], &found)
            return found
        }
        for found in found where !found.diagnostics.isEmpty { diagnostics.report(contentsOf: found) }
    }
}
