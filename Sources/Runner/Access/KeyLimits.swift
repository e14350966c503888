package import Channels

/// What a key is kept to beyond its scopes. Nil is no limit; what is empty lets nothing through.
package struct KeyLimits: Sendable, Hashable {
    /// Channels that it may send by.
    package var channels: Set<String>?
    /// Campaigns, sequences and rules that it may ask for, begin and end. Single messages belong to none of them.
    package var programs: Set<String>?
    /// Where its requests may come from.
    package var networks: Set<AddressBlock>?

    package init(
        channels: Set<String>? = nil, programs: Set<String>? = nil, networks: Set<AddressBlock>? = nil
    ) {
        self.channels = channels
        self.programs = programs
        self.networks = networks
    }

    /// Words with spaces between them.
    package struct Kept: Sendable {
        package var channels: String?
        package var programs: String?
        package var networks: String?

        package init(channels: String?, programs: String?, networks: String?) {
            self.channels = channels
            self.programs = programs
            self.networks = networks
        }
    }

    /// What is no block of addresses lets nothing through.
    package init(kept: Kept) {
        func words(_ text: String?) -> [String]? { text?.split(separator: " ").map(String.init) }
        self.init(
            channels: words(kept.channels).map { Set($0) }, programs: words(kept.programs).map { Set($0) },
            networks: words(kept.networks).map { Set($0.compactMap { AddressBlock($0) }) })
    }

    package var kept: Kept {
        func text(_ words: (some Sequence<String>)?) -> String? { words?.sorted().joined(separator: " ") }
        return Kept(
            channels: text(channels), programs: text(programs), networks: text(networks?.map(\.description)))
    }

    package func allows(channel: String) -> Bool { channels?.contains(channel) ?? true }

    package func allows(program: String?) -> Bool {
        programs.map { programs in program.map(programs.contains) ?? false } ?? true
    }

    /// Where it is unknown from where somebody calls, they call from nowhere that is allowed.
    package func allows(address: String?) -> Bool {
        networks.map { networks in address.map { address in networks.contains { $0.contains(address) } } ?? false }
            ?? true
    }

    /// Whether whoever has the others may give these away: nobody hands on more than they have.
    package func isWithin(_ others: KeyLimits) -> Bool {
        func isWithin<Value: Hashable>(_ own: Set<Value>?, _ other: Set<Value>?) -> Bool {
            other.map { other in own.map { $0.isSubset(of: other) } ?? false } ?? true
        }
        return isWithin(channels, others.channels) && isWithin(programs, others.programs)
            && isWithin(networks, others.networks)
    }
}
