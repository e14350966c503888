package import RuleEngine

/// The legal rule sets that ship with the program: data, read by the same reader as everybody's files.
package enum RulePacks {
    /// In the order of the files.
    package static let files: [(path: String, bytes: [UInt8])] = [
        ("europe.yaml", PackageResources.europe_yaml), ("north-america.yaml", PackageResources.north_america_yaml),
        ("us-states.yaml", PackageResources.us_states_yaml), ("asia-pacific.yaml", PackageResources.asia_pacific_yaml),
    ]

    package static let shipped: [Catalog.Pack] = {
        do throws(RulePackFault) {
            return try read(files)
        } catch {
            // They are part of the program, and a test reads them: without them nothing may be sent.
            preconditionFailure("the rule packs that ship with the program can't be read: \(error)")
        }
    }()

    package static func read(_ files: [(path: String, bytes: [UInt8])]) throws(RulePackFault) -> [Catalog.Pack] {
        var packs: [Catalog.Pack] = []
        for file in files { packs += try RulePackReader.read(file.bytes, path: file.path) }
        return packs
    }
}
