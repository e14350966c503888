extension ProgramGraph {
    /// A campaign as a graph: the audience comes in, leaves its holdout behind, passes the gate, and is sent to. An
    /// experiment is a split of the sample; whoever is not in it waits for the decision and gets the best message.
    ///
    /// - Parameter isVersioned: Without, the canonical form stays empty. Writing it takes most of the time, and analyses
    ///   don't look at it.
    package static func lower(
        _ campaign: CheckedCampaign, in project: CheckedProject, isVersioned: Bool = true
    ) -> ProgramGraph {
        var lowering = CampaignLowering(campaign)
        let nodes = lowering.lower()
        var writer = CanonicalWriter()
        if isVersioned { writer.write(campaign, nodes: nodes, in: project) }
        return ProgramGraph(
            id: campaign.id, nodes: nodes, canonicalForm: writer.bytes, goal: campaign.goal, names: lowering.names)
    }
}

/// Numbers a campaign's nodes in the order in which a walk from the entry meets them.
private struct CampaignLowering {
    private let campaign: CheckedCampaign
    private var nodes: [ProgramGraph.Node] = []
    private(set) var names: [Int: String] = [:]

    init(_ campaign: CheckedCampaign) {
        self.campaign = campaign
    }

    mutating func lower() -> [ProgramGraph.Node] {
        nodes = [.entry(next: 1)]
        if let share = campaign.holdout { nodes.append(.holdout(share: share, next: nodes.count + 1)) }
        if let experiment = campaign.experiment {
            lower(experiment)
        } else {
            let gate = nodes.count
            nodes += [
                .gate(purpose: campaign.purpose, next: gate + 1),
                campaign.isPlain ? .send(channels: campaign.via, next: gate + 2) : deliver(campaign.template, gate + 2),
            ]
        }
        nodes.append(.exit(name: "finished"))
        return nodes
    }

    /// The sample goes to the arms at once, by their shares. Which message is the best is known only then, so that for
    /// the others every arm is possible.
    private mutating func lower(_ experiment: CheckedExperiment) {
        let arms = experiment.arms
        let split = nodes.count
        let hasOthers = experiment.sample < 1_000_000
        let wait = split + 1 + 2 * arms.count
        let end = wait + (hasOthers ? 2 + 2 * arms.count : 0)
        var left = experiment.sample
        var ways: [ProgramGraph.Share] = []
        for (index, arm) in arms.enumerated() {
            // The last takes what rounding leaves, so that the shares are 100% together.
            let share = index == arms.count - 1 ? left : arm.share * experiment.sample / 1_000_000
            left -= share
            ways.append(ProgramGraph.Share(name: arm.name, share: share, next: split + 1 + 2 * index))
        }
        if hasOthers {
            ways.append(ProgramGraph.Share(name: "others", share: 1_000_000 - experiment.sample, next: wait))
        }
        nodes.append(.split(name: "experiment", ways))
        append(arms, end: end)
        guard hasOthers else { return }
        nodes.append(.wait(.duration(experiment.decideAfter), next: wait + 1))
        var rest: Int64 = 1_000_000
        let equal = 1_000_000 / Int64(arms.count)
        nodes.append(
            .split(
                name: "best",
                arms.enumerated().map { index, arm in
                    let share = index == arms.count - 1 ? rest : equal
                    rest -= share
                    return ProgramGraph.Share(name: arm.name, share: share, next: wait + 2 + 2 * index)
                }))
        append(arms, end: end)
    }

    private mutating func append(_ arms: [CheckedExperiment.Arm], end: Int) {
        for arm in arms {
            nodes.append(.gate(purpose: campaign.purpose, next: nodes.count + 1))
            names[nodes.count] = arm.name
            nodes.append(deliver(arm.template, end))
        }
    }

    private func deliver(_ template: CheckedTemplate, _ next: Int) -> ProgramGraph.Node {
        let reach: CheckedSend.Reach = campaign.route.map { .route($0) } ?? .channels(campaign.via)
        return .deliver(
            CheckedSend(
                template: template, reach: reach, validFor: campaign.validFor, tryNext: campaign.tryNext), next: next)
    }
}

extension CheckedCampaign {
    /// One message by one channel, as one query and one wave of sends.
    fileprivate var isPlain: Bool {
        via.count == 1 && route == nil && validFor == nil && tryNext == nil
    }
}

/// What the version of a program covers: everything that changes who gets what, from whom, and with what right.
///
/// Left out is what changes none of it: comments, formatting and the order of keys; `about`, `owner`, prices, rates
/// and secrets; and the ids of segments, policies, channels and templates, which only point inside. The guards
/// `expect` and `budget` are in it: somebody approved them with the rest.
extension CanonicalWriter {
    mutating func write(_ campaign: CheckedCampaign, nodes: [ProgramGraph.Node], in project: CheckedProject) {
        tag("carillon.program.1")
        // The campaign's own id is the launch's identity, so it doesn't only point inside.
        text(campaign.id)
        text(campaign.purpose.rawValue)
        optional(campaign.topic) { $0.text($1) }
        optional(campaign.lawfulBasis) { $0.text($1) }
        integer(Int64(campaign.priority))
        optional(campaign.budget) { writer, budget in
            writer.integer(budget.micros)
            writer.text(budget.currency)
        }
        optional(campaign.brand) { $0.write($1) }
        text(project.settings.timeZone)
        text(project.settings.currency)
        optional(project.settings.languageFallback) { $0.text($1) }

        tag("nodes")
        list(nodes) { writer, node in
            switch node {
            case .entry(let next):
                writer.tag("entry")
                writer.integer(Int64(next))
            case .gate(let purpose, let next):
                writer.tag("gate")
                writer.text(purpose.rawValue)
                writer.integer(Int64(next))
            case .send(let channels, let next):
                writer.tag("send")
                writer.list(channels) { $0.write(project.channels[$1]) }
                writer.integer(Int64(next))
            case .exit(let name):
                writer.tag("exit")
                writer.text(name)
            case .holdout, .deliver, .wait, .waitFor, .waitUntil, .choose, .split, .loop, .set, .tag, .untag, .emit,
                .call, .start, .handOver:
                writer.write(node, in: project)
            }
        }
        write(campaign.audience)
        tag("policy")
        optional(campaign.policy) { $0.write($1) }
        write(campaign.template, kinds: Set(campaign.via.compactMap { project.channels[$0]?.kind }))
        writeFieldTypes(of: campaign, in: project)
        writePlan(of: campaign, in: project)
    }

    mutating func write(_ brand: Brand) {
        text(brand.name)
        optional(brand.postalAddress) { $0.text($1) }
        optional(brand.website) { $0.text($1) }
    }

    mutating func write(_ channel: CheckedChannel?) {
        text(channel?.kind ?? "")
        optional(channel?.from) { $0.text($1) }
        if let target = channel?.repliesTo {
            tag("replies")
            text(target.rawValue)
        }
        if let senders = channel?.failoverSenders, !senders.isEmpty {
            tag("failover")
            list(senders) { $0.text($1) }
        }
    }

    private mutating func write(_ audience: CheckedAudience) {
        tag("audience")
        // "In any of" and "in none of": the order doesn't matter.
        set(audience.include) { $0.write($1) }
        set(audience.exclude) { $0.write($1) }
        set(audience.conditions) { $1.writeCanonical(into: &$0) }
        optional(audience.expect) { $0.write($1) }
    }

    private mutating func write(_ segment: CheckedSegment) {
        set(segment.conditions) { $1.writeCanonical(into: &$0) }
        optional(segment.expect) { $0.write($1) }
    }

    private mutating func write(_ range: ClosedRange<Int>) {
        integer(Int64(range.lowerBound))
        integer(Int64(range.upperBound))
    }

    mutating func write(_ policy: CheckedPolicy) {
        text(policy.purpose.rawValue)
        set(policy.packs) { $0.text($1) }
        set(Array(policy.consent)) { writer, entry in
            writer.text(entry.key)
            writer.integer(Int64(entry.value.rawValue))
        }
        text(policy.onUncertain.rawValue)
        writeContactRules(of: policy)
    }

    /// Only the messages of the kinds that are sent.
    mutating func write(_ template: CheckedTemplate, kinds: Set<String>) {
        if kinds.contains("sms"), let limit = template.maxSegments {
            tag("max-segments")
            integer(Int64(limit))
        }
        tag("messages")
        list(kinds.sorted()) { writer, kind in
            writer.text(kind)
            writer.set(Array(template.messages[kind] ?? [:])) { writer, message in
                writer.text(message.key)
                writer.set(Array(message.value.fields)) { writer, field in
                    writer.text(field.key)
                    field.value.writeCanonical(into: &writer)
                }
                // Only where there is one, so that other programs keep their versions.
                if let approved = message.value.approved {
                    writer.tag("approved")
                    writer.text(approved.name)
                    writer.text(approved.language)
                }
            }
        }
    }

    /// The types of the fields that the program reads: a field that becomes optional is a change of meaning.
    private mutating func writeFieldTypes(of campaign: CheckedCampaign, in project: CheckedProject) {
        var slots: Set<Int> = []
        for segment in campaign.audience.include + campaign.audience.exclude {
            for condition in segment.conditions { slots.formUnion(condition.slots) }
        }
        for condition in campaign.audience.conditions { slots.formUnion(condition.slots) }
        let templates = [campaign.template] + (campaign.experiment?.arms.map(\.template) ?? [])
        for kind in Set(campaign.via.compactMap({ project.channels[$0]?.kind })) {
            for template in templates {
                for message in (template.messages[kind] ?? [:]).values { slots.formUnion(message.slots) }
            }
        }
        tag("fields")
        set(slots.filter { $0 < project.schema.fields.count }.map { project.schema.fields[$0] }) { writer, field in
            writer.text(field.name)
            field.type.writeCanonical(into: &writer)
        }
    }

    /// Elements whose order means nothing, each once, in the order of their bytes.
    mutating func set<Element>(_ elements: [Element], _ write: (inout CanonicalWriter, Element) -> Void) {
        let empty = fresh
        let parts = Set(
            elements.map { element in
                var writer = empty
                write(&writer, element)
                return writer.bytes
            }
        )
        list(parts.sorted { $0.lexicographicallyPrecedes($1) }) { $0.append($1) }
    }
}
