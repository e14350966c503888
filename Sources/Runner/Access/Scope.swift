/// What somebody may do, by the names that administrators give and take.
package enum Scope: String, Sendable, CaseIterable {
    case sendEmail = "can_send_email"
    case sendSMS = "can_send_sms"
    case sendWhatsApp = "can_send_whatsapp"
    case sendTelegram = "can_send_telegram"
    case sendMessenger = "can_send_messenger"
    case sendInstagram = "can_send_instagram"
    case sendWebchat = "can_send_webchat"
    case sendVoice = "can_send_voice"
    /// Tell what happened to contacts. What follows from it is what approved programs say.
    case triggerEvents = "can_trigger_events"
    case manageTemplates = "can_manage_templates"
    case manageCampaigns = "can_manage_campaigns"
    case approveCampaigns = "can_approve_campaigns"
    case manageContacts = "can_manage_contacts"
    case importExport = "can_import_export"
    case manageConsent = "can_manage_consent"
    case manageCredentials = "can_manage_credentials"
    case manageUsers = "can_manage_users"
    case viewReports = "can_view_reports"
    case viewPersonalData = "can_view_pii"
    case viewAudit = "can_view_audit"
    /// Pause, resume and kill.
    case operate = "can_operate"
    /// Kill, and nothing else: for those who watch.
    case kill = "can_kill"

    /// Those that let somebody send, each on its channels.
    package static let sending: [Scope] = [
        .sendEmail, .sendSMS, .sendWhatsApp, .sendTelegram, .sendMessenger, .sendInstagram, .sendWebchat, .sendVoice,
    ]

    /// What sending on a kind of channel takes; nil for a kind that nobody knows.
    package static func sending(on kind: String) -> Scope? {
        switch kind {
        case "email": .sendEmail
        case "sms", "mms", "rcs": .sendSMS
        case "whatsapp": .sendWhatsApp
        case "telegram": .sendTelegram
        case "messenger": .sendMessenger
        case "instagram": .sendInstagram
        case "webchat": .sendWebchat
        case "voice", "voice_live", "voice_recorded": .sendVoice
        default: nil
        }
    }
}
