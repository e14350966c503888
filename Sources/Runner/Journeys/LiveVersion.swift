package import RuleEngine

/// A version of a sequence or rule that is live: compiled from the files as they were, with everything that its runs
/// need, resolved once.
package final class LiveVersion: Sendable {
    package let launch: LaunchRecord
    package let key: ProgramKey
    package let journey: CheckedJourney
    package let project: CheckedProject
    package let graph: ProgramGraph
    package let entry: EntryRule
    package let machine: JourneyMachine
    /// The fields of the contact that any of its conditions and texts reads.
    package let slots: [Int]
    /// What of the past its conditions look at.
    package let history: HistoryNeeds
    /// Its conditions ask what became of the run's own messages.
    package let asksOwnMessages: Bool
    /// What its messages may leave by, in any way.
    package let channels: [SendingChannel]
    /// By node: what a step's key is, for messages of the run's own.
    package let stepKeys: [Int: String]
    package let sender: SenderFacts
    package let offices: OfficeClocks
    package let zone: TimeZoneRules
    /// The conditions' places, for traces.
    package let sources: SourceMap

    package enum Failure: Error, Sendable, Hashable {
        /// The project has no such sequence or rule.
        case noSuchProgram(String)
        case missingZone(String)
    }

    package init(
        _ launch: LaunchRecord, key: ProgramKey, in project: CheckedProject, sources: SourceMap,
        zones: (String) -> TimeZoneRules?
    ) throws(Failure) {
        guard let journey = project.sequences[launch.program] ?? project.rules[launch.program] else {
            throw .noSuchProgram(launch.program)
        }
        self.launch = launch
        self.key = key
        self.journey = journey
        self.project = project
        self.sources = sources
        // Its version is known already: what is stored beside the launch.
        graph = ProgramGraph.lower(journey, in: project, isVersioned: false)
        channels = graph.channels(in: project).map { SendingChannel($0) }
        let zoneName = project.settings.timeZone
        guard let zone = zones(zoneName) else { throw .missingZone(zoneName) }
        self.zone = zone
        var rules = [zoneName: zone]
        for case .wait(let wait, _) in graph.nodes {
            guard case .zone(let name)? = wait.clockwork, rules[name] == nil else { continue }
            guard let zone = zones(name) else { throw .missingZone(name) }
            rules[name] = zone
        }
        do throws(JourneyProgram.MissingZone) {
            machine = JourneyMachine(try JourneyProgram(graph, projectZone: zoneName, zones: rules))
        } catch {
            throw .missingZone(error.name)
        }
        entry = EntryRule(journey)
        let expressions = journey.expressions(in: graph.nodes)
        var slots: Set<Int> = []
        for expression in expressions { slots.formUnion(expression.slots) }
        for node in graph.nodes where !node.isSend {
            for text in node.texts { slots.formUnion(text.slots) }
        }
        self.slots = slots.sorted()
        history = HistoryNeeds(of: expressions)
        asksOwnMessages = expressions.contains { $0.root.asksOwnMessages }
        stepKeys = Dictionary(graph.steps.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        sender = journey.brand.map(SenderFacts.init(brand:)) ?? SenderFacts()
        offices = OfficeClocks(project.settings.openingHours, zones: zones)
    }

    /// What sending from a node on a channel needs; nil where the project has no such channel any more.
    package func plan(node: Int, channel id: String) -> MessagePlan? {
        guard case .deliver(let send, _) = graph.nodes[node], let channel = project.channels[id] else { return nil }
        return MessagePlan(
            program: journey.id, step: Int32(node), purpose: journey.purpose, topic: journey.topic,
            policy: journey.policy, template: send.template, channel: channel, brand: journey.brand, project: project,
            zone: zone, offices: offices, history: send.template.historyNeeds, priority: journey.priority)
    }

    /// The channels that a message may take, in turn.
    package func channels(for reach: CheckedSend.Reach) -> [String] {
        reach.channels(in: project)
    }
}

extension ProgramGraph.Node {
    /// Its texts belong to the message, which is filled in when it leaves.
    var isSend: Bool {
        if case .deliver = self { true } else { false }
    }
}

extension CheckedTemplate {
    /// What of a contact's past its texts look at.
    package var historyNeeds: HistoryNeeds {
        var needs = HistoryNeeds()
        for message in messages.values.flatMap(\.values) {
            for field in message.fields.values { needs.formUnion(field.history) }
        }
        return needs
    }
}

extension TypedNode {
    fileprivate var asksOwnMessages: Bool {
        if case .fact(.history(let query)) = kind, case .step = query.subject { return true }
        return operands.contains(where: \.asksOwnMessages)
    }
}
