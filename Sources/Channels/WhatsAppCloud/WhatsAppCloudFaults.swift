/// WhatsApp's error codes, and what follows from each. The code decides, not the title and not the status.
enum WhatsAppCloudFaults {
    static func fault(_ code: Int) -> ProviderFault? {
        if let fault = table[code] { return fault }
        return (200...299).contains(code) ? .account : nil
    }

    private static let table: [Int: ProviderFault] = [
        0: .account, 190: .account, 3: .account, 10: .account, 131005: .account,
        // "Unknown" and "something went wrong" don't say that nothing was accepted.
        1: .unknown, 2: .unknown, 131000: .unknown,
        4: .throttled, 80007: .throttled, 130429: .throttled, 131048: .throttled,
        // The limit of one pair of numbers: nobody else has to wait.
        131056: .tryLater, 132069: .tryLater,
        131016: .tryLater, 131057: .tryLater, 133004: .tryLater,
        33: .rejected, 100: .rejected, 130472: .rejected, 130497: .rejected, 131008: .rejected, 131009: .rejected,
        131021: .rejected, 131026: .rejected, 131047: .rejected, 131049: .rejected, 131051: .rejected,
        131053: .rejected, 131062: .rejected, 132000: .rejected, 132005: .rejected, 132007: .rejected,
        132008: .rejected, 132012: .rejected, 132018: .rejected, 135000: .rejected, 137000: .rejected,
        131050: .optedOut,
        368: .account, 131030: .account, 131031: .account, 131037: .account, 131042: .account, 131044: .account,
        131045: .account, 131063: .account, 131064: .account, 132001: .account, 132015: .account, 132016: .account,
        132068: .account, 133010: .account, 133016: .account,
    ]
}
