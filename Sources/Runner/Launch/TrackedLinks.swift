package import RuleEngine

/// Puts addresses of ours into a mail's HTML, so that it is known who opened it and which links were followed. Only where the
/// channel asks for it, and never in plain text.
///
/// A link's address stands in the new one, and the token is sealed over it: we lead to nowhere that we have not written.
package struct TrackedLinks: Sendable {
    private let base: [UInt8]
    private let clicks: ReferenceSealer?
    private let opens: ReferenceSealer?

    /// Addresses that are longer stay as they are: their new form would be longer than mail programs take.
    private static let longest = 1_500

    /// Nil where nothing is to be known, or nobody could be called.
    package init?(_ channel: CheckedChannel, publicURL: String?, key: DataKey) {
        guard channel.kind == "email", var url = publicURL else { return nil }
        while url.hasSuffix("/") { url.removeLast() }
        base = Array(url.utf8)
        clicks = channel.settings["track_clicks"] == "true" ? ReferenceSealer(key, for: .click) : nil
        opens = channel.settings["track_opens"] == "true" ? ReferenceSealer(key, for: .open) : nil
        guard clicks != nil || opens != nil else { return nil }
    }

    package func apply(to html: inout [UInt8], of delivery: DeliveryKey) {
        guard !html.isEmpty else { return }
        if let clicks { html = rewritten(html, delivery, clicks) }
        guard let opens else { return }
        var image = Array("<img src=\"".utf8) + base + Array("/o/".utf8)
        opens.seal(delivery, into: &image)
        image += Array("\" width=\"1\" height=\"1\" alt=\"\">".utf8)
        html.insert(contentsOf: image, at: Self.end(of: html))
    }

    /// In front of `</body>`, else at the end.
    private static func end(of html: [UInt8]) -> Int {
        let mark = Array("</body".utf8)
        var index = html.count - mark.count
        while index >= 0 {
            if html[index] == mark[0], zip(html[index...], mark).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
                return index
            }
            index -= 1
        }
        return html.count
    }

    private func rewritten(_ html: [UInt8], _ delivery: DeliveryKey, _ sealer: ReferenceSealer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(html.count + html.count / 2)
        var copied = 0
        for place in LinkAddresses(html) {
            let target = Self.target(html[place])
            guard target.count <= Self.longest, Self.leadsAway(target), !target.starts(with: base) else { continue }
            result += html[copied..<place.lowerBound]
            result += base
            result += Array("/c/".utf8)
            sealer.seal(delivery, with: target, into: &result)
            result += Array("?u=".utf8)
            Self.encode(target, into: &result)
            copied = place.upperBound
        }
        result += html[copied...]
        return result
    }

    private static func leadsAway(_ target: [UInt8]) -> Bool {
        let start = target.prefix(8).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return start.starts(with: "https://".utf8) || start.starts(with: "http://".utf8)
    }

    /// Without HTML's own form of ampersands, and with everything encoded that no header may hold.
    private static func target(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "&"), rest.starts(with: "amp;".utf8) { rest = rest.dropFirst(4) }
            if (0x21...0x7E).contains(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes += Hex.encode([byte])
            }
        }
        return bytes
    }

    private static func encode(_ bytes: [UInt8], into text: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.append(byte)
            default:
                text.append(UInt8(ascii: "%"))
                text += Hex.encode([byte])
            }
        }
    }
}

/// Where the addresses of an HTML text's `<a href="…">` stand, without their quotes.
struct LinkAddresses: Sequence, IteratorProtocol {
    private let html: [UInt8]
    private var index = 0

    init(_ html: [UInt8]) {
        self.html = html
    }

    mutating func next() -> Range<Int>? {
        while index + 3 < html.count {
            guard html[index] == UInt8(ascii: "<"), html[index + 1] | 0x20 == UInt8(ascii: "a"),
                Self.isSpace(html[index + 2])
            else {
                index += 1
                continue
            }
            index += 2
            if let found = address() { return found }
        }
        return nil
    }

    /// Inside of a tag: the first `href`. Steps behind it, or behind the tag where there is none.
    private mutating func address() -> Range<Int>? {
        while index < html.count, html[index] != UInt8(ascii: ">") {
            let start = index
            while index < html.count, !Self.isSpace(html[index]), html[index] != UInt8(ascii: "="),
                html[index] != UInt8(ascii: ">")
            {
                index += 1
            }
            let isAddress =
                index - start == 4 && zip(html[start..<index], "href".utf8).allSatisfy { $0 | 0x20 == $1 }
            guard index < html.count, html[index] == UInt8(ascii: "=") else {
                if index < html.count, html[index] != UInt8(ascii: ">") { index += 1 }
                continue
            }
            index += 1
            guard index < html.count, html[index] == UInt8(ascii: "\"") || html[index] == UInt8(ascii: "'") else {
                continue
            }
            let quote = html[index]
            guard let end = html[(index + 1)...].firstIndex(of: quote) else {
                index = html.count
                return nil
            }
            let value = index + 1..<end
            index = end + 1
            if isAddress { return value }
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
