import RuleEngine

/// A link of a message that conditions can ask about by its name.
package struct NamedLink: Sendable, Hashable {
    package let name: String
    /// As written: a mark in it stands for anything.
    package let address: String

    package init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    /// The link that an address belongs to: of those that it fits, the one that says most of it. Nil where none does,
    /// or two of different names say as much.
    package static func name(of address: String, among links: some Sequence<NamedLink>) -> String? {
        let address = Array(address.utf8)
        var best: (name: String, fixed: Int)?
        var isDoubtful = false
        for link in links {
            guard let fixed = link.fixedBytes(of: address) else { continue }
            guard let known = best, known.fixed >= fixed else {
                best = (link.name, fixed)
                isDoubtful = false
                continue
            }
            if known.fixed == fixed, known.name != link.name { isDoubtful = true }
        }
        return isDoubtful ? nil : best?.name
    }

    /// How many bytes of the address are the link's own words; nil where it doesn't fit.
    private func fixedBytes(of address: [UInt8]) -> Int? {
        let parts = fixedParts
        guard let first = parts.first, address.starts(with: first) else { return nil }
        guard parts.count > 1, let last = parts.last else { return address.count == first.count ? first.count : nil }
        var rest = address[first.count...]
        var fixed = first.count
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return nil }
            rest = rest[found.upperBound...]
            fixed += part.count
        }
        guard rest.count >= last.count, rest.suffix(last.count).elementsEqual(last) else { return nil }
        return fixed + last.count
    }

    /// What stands between its marks. In HTML an ampersand is written out.
    private var fixedParts: [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var rest = Array(address.utf8)[...]
        let (opens, closes, written) = (Array("<<".utf8), Array(">>".utf8), Array("&amp;".utf8))
        while let byte = rest.first {
            if rest.starts(with: opens), let end = rest.firstRange(of: closes) {
                rest = rest[end.upperBound...]
                parts.append([])
            } else if rest.starts(with: written) {
                rest = rest.dropFirst(written.count)
                parts[parts.count - 1].append(UInt8(ascii: "&"))
            } else {
                rest = rest.dropFirst()
                parts[parts.count - 1].append(byte)
            }
        }
        return parts
    }
}

extension CheckedTemplate {
    /// Of all its texts, whatever the channel and the language.
    var namedLinks: Set<NamedLink> {
        var links: Set<NamedLink> = []
        for message in messages.values.flatMap(\.values) {
            for link in message.fields.values.flatMap(\.links) {
                guard let name = link.name else { continue }
                links.insert(NamedLink(name: name, address: link.url))
            }
        }
        return links
    }
}
