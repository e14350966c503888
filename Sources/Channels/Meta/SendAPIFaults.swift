/// The Send API's error codes with their subcodes, and what follows from each.
enum SendAPIFaults {
    static func fault(_ code: Int, _ subcode: Int?) -> ProviderFault? {
        // A person who is not available, whatever the code says.
        if subcode == 1_545_041 || code == 1_545_041 { return .optedOut }
        if let subcode, let fault = subcodes[Pair(code: code, subcode: subcode)] { return fault }
        if let fault = codes[code] { return fault }
        return (200...299).contains(code) ? .account : nil
    }

    private struct Pair: Hashable {
        let code: Int
        let subcode: Int
    }

    private static let subcodes: [Pair: ProviderFault] = [
        // Outside the 24 hours: only a word of the person's helps.
        Pair(code: 10, subcode: 2_018_278): .rejected, Pair(code: 10, subcode: 2_018_065): .rejected,
        Pair(code: 10, subcode: 2_534_022): .rejected, Pair(code: 10, subcode: 2_534_025): .rejected,
        Pair(code: 100, subcode: 2_534_025): .rejected,
        Pair(code: 10, subcode: 2_018_108): .account, Pair(code: 10, subcode: 1_893_063): .account,
        Pair(code: 100, subcode: 2_018_001): .badAddress, Pair(code: 100, subcode: 2_534_014): .badAddress,
        Pair(code: 100, subcode: 2_534_037): .account,
    ]

    private static let codes: [Int: ProviderFault] = [
        // "Temporary" doesn't say that nothing was accepted.
        -1: .unknown, 1: .unknown, 2: .unknown, 1200: .unknown,
        4: .throttled, 17: .throttled, 32: .throttled, 613: .throttled, 80002: .throttled, 80006: .throttled,
        10: .account, 100: .rejected, 190: .account, 230: .account, 368: .account, 551: .optedOut,
    ]
}
