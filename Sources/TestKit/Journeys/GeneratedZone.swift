package import RuleEngine

extension TimeZoneRules {
    /// A zone that follows one rule for ever, in the notation of POSIX `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
    package init(rule: String) throws(TZifError) {
        // A TZif file without a single listed change: two headers, one type each, and the rule as the footer.
        func block(_ version: Character) -> [UInt8] {
            var bytes = Array("TZif\(version)".utf8) + [UInt8](repeating: 0, count: 15)
            for count: UInt8 in [0, 0, 0, 0, 1, 4] { bytes += [0, 0, 0, count] }
            return bytes + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        }
        try self.init(tzif: block("2") + block("2") + Array("\n\(rule)\n".utf8))
    }
}
