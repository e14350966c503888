package import RuleEngine

/// A campaign, sequence or rule, ready to be rehearsed: the machine that runs it in production, and each of its
/// messages with the texts that production sends.
package final class RehearsalProgram: Sendable {
    package enum Source: Sendable {
        case campaign(CheckedCampaign)
        case journey(CheckedJourney)
    }

    /// A message of a node.
    package struct Send: Sendable {
        let template: CheckedTemplate
        /// By channel kind.
        let texts: [String: LanguageChoice]
        /// By which history knows it; nil in campaigns, whose conditions ask for templates only.
        let stepKey: String?
    }

    package let source: Source
    package let kind: DocumentKind
    package let id: String
    package let machine: JourneyProgram
    package let purpose: Purpose
    let priority: Int
    package let topic: String?
    package let policy: CheckedPolicy?
    package let entry: EntryRule?
    package let runs: RunMode
    /// By node.
    package let sends: [Int: Send]
    let sender: SenderTexts
    /// What the gate is asked for, by channel id.
    let rules: [String: GateRules]
    /// What tests may cover.
    package let branches: ProgramBranches
    /// What decides that a way is taken, by node, in the order of its ways.
    let ways: [[String]]

    /// `sequence onboarding`.
    package let name: String
    package var graph: ProgramGraph { machine.graph }

    init(_ journey: CheckedJourney, in project: CheckedProject, zones: [String: TimeZoneRules]) throws(JourneyProgram
        .MissingZone)
    {
        let graph = ProgramGraph.lower(journey, in: project, isVersioned: false)
        machine = try JourneyProgram(graph, projectZone: project.settings.timeZone, zones: zones)
        source = .journey(journey)
        kind = journey.kind
        id = journey.id
        name = "\(journey.kind.rawValue) \(journey.id)"
        purpose = journey.purpose
        priority = journey.priority
        topic = journey.topic
        policy = journey.policy
        entry = EntryRule(journey)
        runs = journey.runs
        sender = Self.sender(journey.brand)
        rules = Self.rules(journey.purpose, journey.policy, journey.priority, project)
        var keys: [Int: String] = [:]
        for (key, node) in graph.steps { keys[node] = key }
        var sends: [Int: Send] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard case .deliver(let send, _) = node else { continue }
            sends[index] = Self.send(send.template, key: keys[index], project)
        }
        self.sends = sends
        ways = Self.ways(graph)
        branches = ProgramBranches(graph, entry: journey.entry.conditions.isEmpty ? nil : journey.entry.span)
    }

    init(_ campaign: CheckedCampaign, in project: CheckedProject, zones: [String: TimeZoneRules]) throws(JourneyProgram
        .MissingZone)
    {
        let graph = ProgramGraph.lower(campaign, in: project, isVersioned: false)
        machine = try JourneyProgram(graph, projectZone: project.settings.timeZone, zones: zones)
        source = .campaign(campaign)
        kind = .campaign
        id = campaign.id
        name = "campaign \(campaign.id)"
        purpose = campaign.purpose
        priority = campaign.priority
        topic = campaign.topic
        policy = campaign.policy
        entry = nil
        runs = .one
        sender = Self.sender(campaign.brand)
        rules = Self.rules(campaign.purpose, campaign.policy, campaign.priority, project)
        var sends: [Int: Send] = [:]
        for (index, node) in graph.nodes.enumerated() {
            switch node {
            case .send: sends[index] = Self.send(campaign.template, key: nil, project)
            case .deliver(let send, _): sends[index] = Self.send(send.template, key: nil, project)
            default: break
            }
        }
        self.sends = sends
        ways = Self.ways(graph)
        branches = ProgramBranches(graph, entry: campaign.spans["audience"] ?? campaign.span)
    }

    private static func ways(_ graph: ProgramGraph) -> [[String]] {
        var ways = [[String]](repeating: [], count: graph.nodes.count)
        for edge in graph.edges { ways[edge.from].append(edge.label ?? "") }
        return ways
    }

    /// As the plan of a message makes them.
    private static func rules(
        _ purpose: Purpose, _ policy: CheckedPolicy?, _ priority: Int, _ project: CheckedProject
    ) -> [String: GateRules] {
        project.channels.mapValues { channel in
            GateRules(
                purpose: purpose, policy: policy, kind: channel.kind, channels: Array(project.channels.values),
                settings: project.settings, priority: priority)
        }
    }

    private static func sender(_ brand: Brand?) -> SenderTexts {
        brand.map(SenderTexts.init(brand:)) ?? SenderTexts(name: [], postalAddress: nil, website: nil)
    }

    private static func send(_ template: CheckedTemplate, key: String?, _ project: CheckedProject) -> Send {
        Send(
            template: template,
            texts: template.messages.mapValues {
                LanguageChoice(messages: $0, fallback: project.settings.languageFallback)
            }, stepKey: key)
    }
}
