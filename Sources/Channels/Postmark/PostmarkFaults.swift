/// What Postmark says of one message of a batch.
enum PostmarkFaults {
    static func outcome(_ result: JSONValue) -> SendOutcome {
        guard let code = result["ErrorCode"]?.integer else {
            return .outcomeUnknown(phase: .answer, detail: "malformed_answer")
        }
        guard code == 0 else { return fault(code).outcome("\(code)") }
        guard let id = result["MessageID"]?.identifier else {
            return .outcomeUnknown(phase: .answer, detail: "malformed_answer")
        }
        return .accepted(providerID: id)
    }

    private static func fault(_ code: Int64) -> ProviderFault {
        switch code {
        // The recipient has bounced or complained before: Postmark sends nothing there.
        case 406: .badAddress
        // The message is not as it should be: an address, a text that is too large, a forbidden attachment.
        case 300, 411: .rejected
        case 100, 429: .throttled
        // Tokens, senders, the account and its streams: no recipient's fault. So is what is not in our list, because
        // nothing was accepted and nobody knows whom it concerns.
        default: .account
        }
    }
}
