package import RuleEngine

/// Everything that making and gating one kind of message needs, resolved: a campaign's, or that of one send step of a
/// sequence or rule on one channel.
package struct MessagePlan: Sendable {
    /// The program's id.
    package let program: String
    /// The graph's node that sends; what the ledger calls the step.
    package let step: Int32
    package let purpose: Purpose
    package let topic: String?
    package let channel: CheckedChannel
    /// By language tag, for the channel's kind.
    package let messages: [String: CompiledMessage]
    package let brand: Brand?
    package let publicURL: String?
    package let languageFallback: String?
    package let rules: GateRules
    package let zone: TimeZoneRules
    package let offices: OfficeClocks
    /// A text of it leads to the message in the browser.
    let usesBrowserLink: Bool
    /// Written for one person by whoever asked for the message, and no text of the project.
    let isOwnText: Bool
    /// What a page must carry for the gate and the texts.
    package let recipients: RecipientQuery

    /// - Parameters:
    ///   - extraSlots: fields of the contact that somebody beside the texts looks at.
    ///   - asksPlace: whether somebody beside the gate asks where people may be.
    ///   - audience: whom the program is for, where that can be asked again.
    package init(
        program: String, step: Int32, purpose: Purpose, topic: String?, policy: CheckedPolicy?,
        template: CheckedTemplate, channel: CheckedChannel, brand: Brand?, project: CheckedProject,
        zone: TimeZoneRules, offices: OfficeClocks, history: HistoryNeeds, extraSlots: Set<Int> = [],
        audience: CheckedAudience? = nil, priority: Int = 0,
        asksPlace: Bool = false
    ) {
        self.program = program
        self.step = step
        self.purpose = purpose
        self.topic = topic
        self.channel = channel
        self.brand = brand
        self.zone = zone
        self.offices = offices
        messages = template.messages[channel.kind] ?? [:]
        usesBrowserLink = messages.values.contains { $0.uses.contains(.browserLink) }
        isOwnText = template.id == nil && MessageProgram.isID(program)
        publicURL = project.settings.publicURL
        languageFallback = project.settings.languageFallback
        rules = GateRules(
            purpose: purpose, policy: policy, kind: channel.kind, channels: Array(project.channels.values),
            settings: project.settings, priority: priority)
        var recipients = RecipientQuery(
            channelKind: channel.kind, purpose: purpose, topic: topic,
            slots: Self.slots(of: template).union(extraSlots).sorted(), schema: project.schema, history: history)
        recipients.questions = rules.questions
        if asksPlace { recipients.questions.asksPlace = true }
        if let audience, rules.afterQuietHours?.checksAgain == true {
            recipients.membership = AudienceMembership(audience: audience, offices: offices)
        }
        self.recipients = recipients
    }

    private static func slots(of template: CheckedTemplate) -> Set<Int> {
        var slots: Set<Int> = []
        for languages in template.messages.values {
            for message in languages.values {
                for field in message.fields.values { slots.formUnion(field.slots) }
            }
        }
        return slots
    }
}
