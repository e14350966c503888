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

    /// As people write them: ids, and blocks of addresses or addresses. Nil, and not an empty list, is no limit.
    package init(
        channels: [String]?, programs: [String]?, networks: [String]?
    ) throws(ServiceRefusal) {
        func refusal(_ message: String, _ help: String) -> ServiceRefusal {
            ServiceRefusal(.invalid, "bad_limits", message, help: help)
        }
        for (name, words) in [("channels", channels), ("programs", programs), ("networks", networks)] {
            guard let words else { continue }
            guard !words.isEmpty else {
                throw refusal("`\(name)` is empty: such a key would open nothing", "leave it out for no limit")
            }
            for word in words where word.isEmpty || word.contains(where: \.isWhitespace) {
                throw refusal("`\(word)` can't be one of `\(name)`", "write each by itself, without spaces")
            }
        }
        var blocks: Set<AddressBlock>?
        if let networks {
            blocks = []
            for word in networks {
                guard let block = AddressBlock(word) else {
                    throw refusal(
                        "`\(word)` is no block of addresses",
                        "`203.0.113.0/24`, `2001:db8::/32` or one address; behind the slash no bits are set")
                }
                blocks?.insert(block)
            }
        }
        self.init(channels: channels.map { Set($0) }, programs: programs.map { Set($0) }, networks: blocks)
    }

    /// Null where there is no limit.
    package var json: (channels: JSON, programs: JSON, networks: JSON) {
        func list(_ words: (some Sequence<String>)?) -> JSON { words.map { JSON($0.sorted()) } ?? .null }
        return (list(channels), list(programs), list(networks?.map(\.description)))
    }

    /// For people; empty without limits.
    package var words: String {
        let kept = self.kept
        return [("channels", kept.channels), ("programs", kept.programs), ("networks", kept.networks)]
            .compactMap { name, words in words.map { "\(name): \($0)" } }.joined(separator: "; ")
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
