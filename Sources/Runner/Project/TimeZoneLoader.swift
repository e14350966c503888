import Glibc
package import RuleEngine
import Synchronization

/// Gives a zone's rules: those that the program carries, unless the machine has newer ones.
package enum TimeZoneLoader {
    /// Nil where the name is none.
    package static func rules(for name: String) -> TimeZoneRules? {
        if let known = cache.withLock({ $0[name] }) { return known }
        let rules = source.rules(for: name)
        if let rules { cache.withLock { $0[name] = rules } }
        return rules
    }

    /// The release of the IANA database in use, such as `2026f`: a part of every decision's evidence.
    package static var version: String { source.version }

    private static let cache = Mutex<[String: TimeZoneRules]>([:])
    private static let source = ZoneSource.newest(
        folders: [getenv("TZDIR").map { String(cString: $0) }].compactMap(\.self).filter { !$0.isEmpty }
            + ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"])
}

/// Where zones are read from.
struct ZoneSource: Sendable {
    let version: String
    /// Nil: what the program carries.
    let folder: String?

    /// A folder counts only where it says which release it is and that is a later one. Old zone rules are the
    /// commoner fault: a machine that was not brought up to date for a year is an hour off somewhere.
    static func newest(folders: [String]) -> ZoneSource {
        var best = ZoneSource(version: BundledZones.version, folder: nil)
        for folder in folders {
            guard let version = version(of: folder), version > best.version else { continue }
            best = ZoneSource(version: version, folder: folder)
        }
        return best
    }

    func rules(for name: String) -> TimeZoneRules? {
        if let folder, let rules = Self.read(name, in: folder) { return rules }
        return BundledZones.rules(named: name)
    }

    private static func read(_ name: String, in folder: String) -> TimeZoneRules? {
        // A name is a relative path of plain parts; anything else could read other files.
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }),
            let bytes = FileReading.bytes(of: folder + "/" + name)
        else { return nil }
        return try? TimeZoneRules(tzif: bytes)
    }

    /// `tzdata.zi` begins with `# version 2026f`.
    private static func version(of folder: String) -> String? {
        guard let bytes = FileReading.bytes(of: folder + "/tzdata.zi") else { return nil }
        let words = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).split(separator: " ")
        guard words.count == 3, words[0] == "#", words[1] == "version",
            words[2].utf8.prefix(4).allSatisfy({ (0x30...0x39).contains($0) }), words[2].utf8.count >= 5
        else { return nil }
        return String(words[2])
    }
}
