/// A program told in sentences: who comes in, what happens, what is asked before each message, what ends it, what it may
/// cost, and what never happens. Made from the graph, so that it says what will run and not what the file looks like; the
/// same program gives the same bytes.
package struct ProgramExplanation: Sendable {
    package let title: String
    /// The author's own sentence about it.
    package let about: String?
    package let chapters: [Chapter]

    package init(_ campaign: CheckedCampaign, in project: CheckedProject) {
        let writer = ExplanationWriter(.campaign(campaign), in: project)
        title = "Campaign " + Wording.name(campaign.id)
        about = campaign.about
        chapters = writer.chapters(audience: writer.audience(campaign) + writer.plan(campaign))
    }

    package init(_ journey: CheckedJourney, in project: CheckedProject) {
        let writer = ExplanationWriter(.journey(journey), in: project)
        title = (journey.kind == .sequence ? "Sequence " : "Rule ") + Wording.name(journey.id)
        about = journey.about
        chapters = writer.chapters(audience: writer.entry(journey))
    }

    package var text: String {
        var text = title + "\n"
        if let about { text += about + "\n" }
        for chapter in chapters {
            text += "\n" + chapter.title + "\n"
            for sentence in chapter.sentences { sentence.write(into: &text, depth: 0) }
        }
        return text
    }
}

/// What the chapters of one explanation share.
struct ExplanationWriter: Sendable {
    let program: AnalysedProject.Program
    let project: CheckedProject
    let wording: Wording
    let outline: Outline

    var graph: ProgramGraph { program.graph }

    init(_ source: AnalysedProject.Program.Source, in project: CheckedProject) {
        let graph =
            switch source {
            case .campaign(let campaign): ProgramGraph.lower(campaign, in: project)
            case .journey(let journey): ProgramGraph.lower(journey, in: project)
            }
        program = AnalysedProject.Program(source: source, graph: graph)
        self.project = project
        wording = Wording(project: project)
        outline = Outline(graph)
    }

    func chapters(audience: [Phrase]) -> [Chapter] {
        let whoComesIn =
            switch program.source {
            case .campaign: "Who gets it"
            case .journey: "Who comes in"
            }
        let all = [
            Chapter(whoComesIn, audience), Chapter("What happens", steps()), Chapter("What it says", texts()),
            Chapter("What ends it early", endings()),
            Chapter("What is asked before each message", questions()), Chapter("Words used above", definitions()),
            Chapter("What it may cost", costs()), Chapter("What never happens", prohibitions()),
        ]
        return all.filter { !$0.sentences.isEmpty }
    }

    // MARK: What both kinds of programs have

    var purpose: Purpose {
        switch program.source {
        case .campaign(let campaign): campaign.purpose
        case .journey(let journey): journey.purpose
        }
    }

    var policy: CheckedPolicy? {
        switch program.source {
        case .campaign(let campaign): campaign.policy
        case .journey(let journey): journey.policy
        }
    }

    /// The channels that a send may use, in their order.
    func channels(of node: ProgramGraph.Node) -> [String] {
        switch node {
        case .send(let channels, _): channels
        case .deliver(let send, _): project.channels(of: send.reach)
        case .entry, .holdout, .gate, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
            .call, .start, .handOver, .exit:
            []
        }
    }

    /// The kinds of channels that the program sends on, each once, in the order of its sends.
    var kindsUsed: [String] {
        var kinds: [String] = []
        for id in graph.nodes.flatMap({ channels(of: $0) }) {
            if let kind = project.channels[id]?.kind, !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}

extension CheckedProject {
    /// The channels that may be used, in the order in which they are named.
    func channels(of reach: CheckedSend.Reach) -> [String] {
        switch reach {
        case .channels(let ids): ids
        case .reply(let id): [id]
        case .route(let id): routes[id]?.candidates ?? []
        }
    }
}
