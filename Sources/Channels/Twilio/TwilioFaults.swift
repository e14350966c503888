/// Twilio's error codes at the call, and what follows from each.
enum TwilioFaults {
    static func fault(_ code: Int, status: Int) -> ProviderFault {
        if let fault = table[code] { return fault }
        switch code {
        case 20_500..<20_600: return .unknown
        case 21_000..<22_000, 63_000..<64_000: return .rejected
        case 35_000..<36_000: return .account
        default: return ProviderFault.of(status: status)
        }
    }

    private static let table: [Int: ProviderFault] = {
        var table: [Int: ProviderFault] = [:]
        for (fault, codes) in rows {
            for code in codes { table[code] = fault }
        }
        return table
    }()

    private static let rows: [(ProviderFault, [Int])] = [
        (
            .account,
            [
                20003, 20005, 20403, 20404, 21212, 21606, 21601, 21408, 21602, 21603, 21604, 21608, 21609, 21620, 21623,
                21624, 21654, 21655, 21656, 21659, 21701, 21702, 21703, 21704, 21705, 21910, 63001, 63007, 63017,
                63020, 63027, 63029, 63040, 63041, 63051, 63062, 30002, 30018, 30024, 30032, 30033, 30034, 30035,
                // A limit of the day: nobody's message is lost if the launch stops and goes on tomorrow.
                63038, 30023, 30027,
            ]
        ),
        (.throttled, [20429, 21611, 14107, 30022, 63018]),
        (.tryLater, [20409, 21730, 30001, 63012]),
        (.badAddress, [21211, 21217, 21614, 63003, 30005, 30006]),
        (.optedOut, [21610, 30004, 63014, 63033, 63050]),
        (
            .rejected,
            [
                21612, 21214, 21617, 21618, 21619, 21658, 12300, 63005, 63013, 63016, 63019, 63021, 63022, 63024,
                63025, 63028, 63030, 63031, 63032, 63049, 30007, 30010, 30019, 30036, 30450,
            ]
        ),
    ]
}
