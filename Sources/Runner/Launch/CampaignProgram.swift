package import RuleEngine

/// A campaign with everything that planning and sending it needs, resolved.
package struct CampaignProgram: Sendable {
    package let campaign: CheckedCampaign
    package let settings: ProjectSettings
    package let schema: ContactSchema
    package let graph: ProgramGraph
    /// SHA-256 of the graph's canonical form, in hex.
    package let version: String
    package let channel: CheckedChannel
    package let rules: GateRules
    /// The graph's node that sends; what the ledger calls the step.
    package let sendStep: Int32
    /// The campaign's file as it is now.
    package let source: String
    package let zone: TimeZoneRules
    package let offices: OfficeClocks

    /// What a page must carry for the gate, the conditions of reports and the templates.
    package let recipients: RecipientQuery

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
        self.channel = channel
        self.graph = graph
        self.zone = zone
        offices = OfficeClocks(project.settings.openingHours, zones: TimeZoneLoader.rules(for:))
        settings = project.settings
        schema = project.schema
        version = MeaningHash.hex(of: graph.canonicalForm)
        sendStep = Int32(step)
        source = String(decoding: sources.file(campaign.file).bytes, as: UTF8.self)
        rules = GateRules(
            purpose: campaign.purpose,
            // The same value as the consent proof reasons with.
            minimumConsent: GateStrength(purpose: campaign.purpose, policy: campaign.policy).minimum(for: channel.kind))
        recipients = RecipientQuery(
            channelKind: channel.kind, purpose: campaign.purpose, topic: campaign.topic,
            slots: Self.slots(of: campaign, schema: project.schema), schema: project.schema,
            history: campaign.messageHistory)
    }

    /// The audience as a query, with one `now` for the whole launch.
    package func audience(now: Timestamp) -> AudienceQuery {
        AudienceQuery(audience: campaign.audience, recipients: recipients, now: now, offices: offices)
    }

    private static func slots(of campaign: CheckedCampaign, schema: ContactSchema) -> [Int] {
        var slots: Set<Int> = []
        for languages in campaign.template.messages.values {
            for message in languages.values {
                for field in message.fields.values { slots.formUnion(field.slots) }
            }
        }
        return slots.sorted()
    }
}
