import HTTPTypes
import Runner

/// What of the API the audit log tells, and of what.
extension APIRoute {
    /// These change nothing whatever their method, or what they do is written down elsewhere, line by line.
    static let unaudited: Set<String> = [
        "sendEvents", "checkPrograms", "planProgram", "previewTemplate", "sendMessage", "replyInConversation",
    ]
    /// These give personal data away in bulk.
    static let disclosing: Set<String> = ["exportContact", "exportContactCSV", "exportRecipients"]
    /// These show addresses and values to whoever may see them, and the rest to others.
    static let revealing: Set<String> = [
        "listMessages", "getMessage", "findDeliveries", "getDelivery", "explainDelivery", "listRecipients",
    ]
    /// What a reviewer may do beside looking.
    static let forReviewers: Set<String> = ["killProgram", "logOut", "beginFactor", "confirmFactor", "removeFactor"]

    var isForReviewers: Bool { method == .get || Self.forReviewers.contains(id) }

    func isAudited(for caller: Principal) -> Bool {
        if Self.unaudited.contains(id) { return false }
        if method != .get || Self.disclosing.contains(id) { return true }
        return caller.isReviewer && (access.scopes.contains(.viewPersonalData) || Self.revealing.contains(id))
    }

    /// What it is about, and what that is now: asked before and after.
    func subject(_ desk: ServiceDesk, _ request: APIRequest) -> AuditSubject? {
        switch id {
        case "putContact", "patchContact", "eraseContact", "getContact", "exportContact", "exportContactCSV",
            "updatePreferences",
            "getPreferences":
            desk.subject(contact: request["id"])
        case "writeConsent", "requestConsent": desk.subject(contact: request.document["contact"]?.string ?? "")
        case "listConsents": desk.subject(contact: request.parameters["contact"] ?? "")
        case "suppress", "liftSuppression":
            AuditSubject(
                object: "suppression:" + desk.auditName(request.document["target"]?.string ?? ""), state: nil)
        case "activateProgram", "pauseProgram", "resumeProgram", "killProgram", "approveProgram":
            desk.subject(program: request["id"])
        case "revokeKey", "rotateKey": desk.subject(key: request["id"])
        case "changeUser", "resetUser", "resetFactor": desk.subject(user: request["id"])
        default: nil
        }
    }

    /// Where nothing more is known: what stands in its address.
    func object(of request: APIRequest, _ desk: ServiceDesk) -> String {
        let names = parameters.filter { $0.place == .path }.map { desk.auditName(request[$0.name]) }
        return names.isEmpty ? "" : tag + ":" + names.joined(separator: "/")
    }
}
