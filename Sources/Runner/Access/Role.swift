/// What somebody is here for. A role brings scopes; those that a person may hold beyond it are given by name, above all the right to
/// send on a channel, to see personal data, to change consent and to keep credentials.
package enum Role: String, Sendable, CaseIterable {
    case admin
    case campaignManager = "campaign_manager"
    case templateEditor = "template_editor"
    case sender
    /// May look at everything and end what must not go on, and changes nothing else.
    case reviewer
    case analyst

    package var scopes: Set<Scope> {
        switch self {
        case .admin:
            [
                .triggerEvents, .manageTemplates, .manageCampaigns, .approveCampaigns, .manageContacts, .importExport,
                .manageUsers, .viewReports, .viewAudit, .operate, .kill,
            ]
        case .campaignManager: [.manageTemplates, .manageCampaigns, .viewReports, .operate, .kill]
        case .templateEditor: [.manageTemplates]
        case .sender: []
        case .reviewer: [.viewReports, .viewPersonalData, .viewAudit, .kill]
        case .analyst: [.viewReports]
        }
    }

    /// What the role may have beside its own.
    package func mayHold(_ scope: Scope) -> Bool {
        switch self {
        case .admin: true
        case .campaignManager: Scope.sending.contains(scope) || scope == .viewPersonalData || scope == .triggerEvents
        case .sender: Scope.sending.contains(scope) || scope == .viewPersonalData
        // Their own scopes and no other: what they are for would be lost with any more.
        case .templateEditor, .reviewer, .analyst: false
        }
    }
}
