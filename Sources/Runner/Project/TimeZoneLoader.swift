package import RuleEngine

/// Reads a zone's rules from the system's files, which are newer than what a toolchain compiles in.
package enum TimeZoneLoader {
    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]

    /// Nil where the name is none or the machine has no such file.
    package static func rules(for name: String) -> TimeZoneRules? {
        // A name is a relative path of plain parts; anything else could read other files.
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
        for folder in folders {
            if let bytes = FileReading.bytes(of: folder + "/" + name), let rules = try? TimeZoneRules(tzif: bytes) {
                return rules
            }
        }
        return ["Etc/UTC", "UTC"].contains(name) ? .utc : nil
    }
}
