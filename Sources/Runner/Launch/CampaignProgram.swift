package import RuleEngine

/// A campaign with everything that planning and sending it needs, resolved.
package struct CampaignProgram: Sendable {
    /// A node of the graph that sends: which of the experiment's messages, and to whom.
    package struct Step: Sendable {
        package let node: Int32
        /// 0 without an experiment.
        package let arm: Int
        /// In the experiment's sample; the others get the best arm, once it is known.
        package let isSample: Bool
        package let template: CheckedTemplate
        /// One a lane.
        package let messages: [MessagePlan]
    }

    package let campaign: CheckedCampaign
    package let settings: ProjectSettings
    package let schema: ContactSchema
    package let graph: ProgramGraph
    /// SHA-256 of the graph's canonical form, in hex.
    package let version: String
    /// The campaign's file as it is now.
    package let source: String
    /// The channels in the order of `via`, or the candidates of its route; behind them the accounts that take over while
    /// one of these is down.
    package let lanes: [CheckedChannel]
    /// How many of the lanes the campaign names itself.
    package let viaCount: Int
    /// By lane: which lanes take its messages while it is down, in order.
    package let standIns: [[Int]]
    package let route: CheckedRoute?
    package let steps: [Step]
    package let pace: CampaignPace
    package let moment: CampaignMoment?
    package let stopRules: StopRules
    /// When the next channel is tried although something was sent.
    package let tryNext: TryNext?

    /// What it sends first, by the first of its channels.
    package var message: MessagePlan { steps[0].messages[0] }
    package var channel: CheckedChannel { lanes[0] }
    package var rules: GateRules { message.rules }
    /// The step that everybody's row has until its intent.
    package var sendStep: Int32 { steps[0].node }
    package var zone: TimeZoneRules { message.zone }
    package var offices: OfficeClocks { message.offices }
    package var recipients: RecipientQuery { message.recipients }

    /// - Returns: nil where the project has no campaign of that id, or the machine doesn't know its schedule's zone.
    package init?(id: String, in project: CheckedProject, sources: SourceMap, zone: TimeZoneRules) {
        guard let campaign = project.campaigns[id] else { return nil }
        var lanes = campaign.via.compactMap { project.channels[$0] }
        guard !lanes.isEmpty, lanes.count == campaign.via.count else { return nil }
        viaCount = lanes.count
        for id in lanes.flatMap(\.failover) where !lanes.contains(where: { $0.id == id }) {
            guard let account = project.channels[id] else { return nil }
            lanes.append(account)
        }
        let places = Dictionary(
            lanes.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { one, _ in one })
        standIns = lanes.enumerated().map { place, lane in
            place < campaign.via.count ? lane.failover.compactMap { places[$0] } : []
        }
        let route = campaign.route.flatMap { project.routes[$0] }
        let graph = ProgramGraph.lower(campaign, in: project)
        self.campaign = campaign
        self.graph = graph
        self.lanes = lanes
        self.route = route
        settings = project.settings
        schema = project.schema
        version = MeaningHash.hex(of: graph.canonicalForm)
        source = String(decoding: sources.file(campaign.file).bytes, as: UTF8.self)
        tryNext = campaign.tryNext ?? route?.tryNext
        if let schedule = campaign.schedule {
            guard let moment = CampaignMoment(schedule, rules: TimeZoneLoader.rules(for:)) else { return nil }
            self.moment = moment
        } else {
            moment = nil
        }
        pace = CampaignPace(campaign, moment: moment)
        stopRules = StopRules(campaign.stopIf, texts: campaign.stopIf.map { Self.text(of: $0.span, sources) })

        var extra: Set<Int> = []
        for expression in (route?.skipWhen ?? []) + (route?.rank ?? []) { extra.formUnion(expression.slots) }
        let asksPlace = moment?.isInContactZone == true
        let offices = OfficeClocks(project.settings.openingHours, zones: TimeZoneLoader.rules(for:))
        var history = campaign.messageHistory
        history.formUnion(HistoryNeeds(of: (route?.skipWhen ?? []) + (route?.rank ?? [])))
        steps = Self.nodes(of: graph, campaign).map { node, arm, isSample, template in
            Step(
                node: node, arm: arm, isSample: isSample, template: template,
                messages: lanes.map { channel in
                    MessagePlan(
                        program: campaign.id, step: node, purpose: campaign.purpose, topic: campaign.topic,
                        policy: campaign.policy, template: template, channel: channel, brand: campaign.brand,
                        project: project, zone: zone, offices: offices, history: history,
                        extraSlots: extra, audience: campaign.audience, priority: campaign.priority,
                        asksPlace: asksPlace)
                })
        }
        guard !steps.isEmpty else { return nil }
    }

    /// The nodes that send, as the lowering lays them: the sample's arms, then the same arms for the others.
    private static func nodes(
        of graph: ProgramGraph, _ campaign: CheckedCampaign
    ) -> [(node: Int32, arm: Int, isSample: Bool, template: CheckedTemplate)] {
        let sending = graph.nodes.indices.filter { index in
            switch graph.nodes[index] {
            case .send, .deliver: true
            default: false
            }
        }
        guard let arms = campaign.experiment?.arms else {
            return sending.prefix(1).map { (Int32($0), 0, false, campaign.template) }
        }
        return sending.enumerated().map { place, node in
            let arm = place % arms.count
            return (Int32(node), arm, place < arms.count, arms[arm].template)
        }
    }

    private static func text(of span: SourceSpan, _ sources: SourceMap) -> String {
        let bytes = sources.file(span.file).bytes
        guard span.start >= 0, span.end <= bytes.count, span.start < span.end else { return "" }
        return String(decoding: bytes[Int(span.start)..<Int(span.end)], as: UTF8.self)
    }

    /// The step by which somebody is sent this arm.
    package func step(arm: Int, isSample: Bool) -> Step {
        steps.first { $0.arm == arm && ($0.isSample == isSample || campaign.experiment == nil) } ?? steps[0]
    }

    /// What the ledger records as each step's template.
    package var templates: [Int32: String] {
        var templates: [Int32: String] = [:]
        for step in steps { templates[step.node] = step.template.id }
        return templates
    }

    /// The arm of each step of the experiment's sample.
    package var sampleArms: [Int32: Int] {
        Dictionary(steps.filter(\.isSample).map { ($0.node, $0.arm) }, uniquingKeysWith: { first, _ in first })
    }

    /// The audience as a query, with one `now` for the whole launch.
    package func audience(now: Timestamp) -> AudienceQuery {
        AudienceQuery(audience: campaign.audience, recipients: recipients, now: now, offices: offices)
    }
}

/// Contacts' zones, each looked up once. Who may be anywhere is read as the project's zone.
struct ContactZones {
    private let standard: TimeZoneRules
    private var known: [Int: TimeZoneRules] = [:]

    init(standard: TimeZoneRules) {
        self.standard = standard
    }

    /// As the gate knows it: the contact's own zone, or of those that country and number leave open the one furthest
    /// behind.
    mutating func rules(for place: Place?, at instant: Timestamp) -> TimeZoneRules {
        guard let place else { return standard }
        if let rules = known[place.number] { return rules }
        let rules = place.latestZone(at: instant).flatMap { TimeZoneLoader.rules(for: $0) } ?? standard
        known[place.number] = rules
        return rules
    }
}
