package import RuleEngine

/// A campaign with everything that planning and sending it needs, resolved.
package struct CampaignProgram: Sendable {
    package let campaign: CheckedCampaign
    package let settings: ProjectSettings
    package let schema: ContactSchema
    package let graph: ProgramGraph
    /// SHA-256 of the graph's canonical form, in hex.
    package let version: String
    /// The campaign's file as it is now.
    package let source: String
    /// What it sends, on the first of its channels.
    package let message: MessagePlan

    package var channel: CheckedChannel { message.channel }
    package var rules: GateRules { message.rules }
    package var sendStep: Int32 { message.step }
    package var zone: TimeZoneRules { message.zone }
    package var offices: OfficeClocks { message.offices }
    package var recipients: RecipientQuery { message.recipients }

    /// - Returns: nil where the project has no campaign of that id.
    package init?(id: String, in project: CheckedProject, sources: SourceMap, zone: TimeZoneRules) {
        guard let campaign = project.campaigns[id], let channelID = campaign.via.first,
            let channel = project.channels[channelID]
        else { return nil }
        let graph = ProgramGraph.lower(campaign, in: project)
        guard let step = graph.nodes.firstIndex(where: { if case .send = $0 { true } else { false } }) else {
            return nil
        }
        self.campaign = campaign
        self.graph = graph
        settings = project.settings
        schema = project.schema
        version = MeaningHash.hex(of: graph.canonicalForm)
        source = String(decoding: sources.file(campaign.file).bytes, as: UTF8.self)
        message = MessagePlan(
            program: campaign.id, step: Int32(step), purpose: campaign.purpose, topic: campaign.topic,
            policy: campaign.policy, template: campaign.template, channel: channel, brand: campaign.brand,
            project: project, zone: zone,
            offices: OfficeClocks(project.settings.openingHours, zones: TimeZoneLoader.rules(for:)),
            history: campaign.messageHistory, audience: campaign.audience)
    }

    /// The audience as a query, with one `now` for the whole launch.
    package func audience(now: Timestamp) -> AudienceQuery {
        AudienceQuery(audience: campaign.audience, recipients: recipients, now: now, offices: offices)
    }
}
