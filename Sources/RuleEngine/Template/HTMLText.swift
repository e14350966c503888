/// Writes the plain text of an HTML body, for readers whose mail program shows none: paragraphs and headings stand apart,
/// lists have their signs, links their addresses.
///
/// It takes any bytes, looks at each of them a fixed number of times, and writes little more than it reads. What it does
/// not know is text.
package struct HTMLText {
    private enum Break: Int, Comparable {
        case none, line, paragraph

        static func < (left: Break, right: Break) -> Bool { left.rawValue < right.rawValue }
    }

    private struct List {
        let isOrdered: Bool
        var number = 0
    }

    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre", "hr",
    ]
    private static let lines: Set<String> = [
        "div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "figure", "figcaption",
        "form", "tr", "li", "dt", "dd", "caption", "body", "html", "center",
    ]
    /// What stands between their tags is shown by no reader.
    private static let hidden: Set<String> = ["head", "title", "style", "script", "template", "noscript", "select"]
    /// Lists in lists, and open links: deeper ones are written as the deepest.
    private static let depthLimit = 8

    private let bytes: [UInt8]
    private var out: [UInt8]
    private let start: Int
    private var pending = Break.none
    private var hasSpace = false
    private var lists: [List] = []
    private var address: [UInt8]?
    private var linkStart = 0
    private var preformatted = 0
    /// The sign of a list's item, not yet followed by its text.
    private var sign: [UInt8]?

    /// Appends the text of an HTML body.
    package static func append(_ html: [UInt8], to buffer: inout [UInt8]) {
        var text = HTMLText(html, buffer)
        text.run()
        buffer = text.out
    }

    private init(_ html: [UInt8], _ buffer: [UInt8]) {
        bytes = html
        out = buffer
        start = buffer.count
    }

    private mutating func run() {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "<"), let next = tag(at: index) {
                index = next
            } else if byte == UInt8(ascii: "&") {
                index = entity(at: index)
            } else {
                write(byte)
                index += 1
            }
        }
        closeLink()
        while let last = out.last, out.count > start, last == 0x20 || last == 0x0A { out.removeLast() }
        if out.count > start { out.append(0x0A) }
    }

    // MARK: Text

    private mutating func write(_ byte: UInt8) {
        if preformatted > 0 {
            if byte == 0x0A {
                request()
                out.append(byte)
            } else if byte != 0x0D {
                put(byte)
            }
            return
        }
        if byte == 0x20 || (0x09...0x0D).contains(byte) { hasSpace = true } else { put(byte) }
    }

    private mutating func put(_ byte: UInt8) {
        request()
        out.append(byte)
    }

    /// Writes the breaks and the space that stand before what comes now.
    private mutating func request() {
        if pending > .none {
            if out.count > start {
                while out.last == 0x20, out.count > start { out.removeLast() }
                let wanted = pending == .paragraph ? 2 : 1
                var have = 0
                while have < wanted, have < out.count - start, out[out.count - 1 - have] == 0x0A { have += 1 }
                for _ in have..<wanted { out.append(0x0A) }
            }
            pending = .none
            hasSpace = false
            linkStart = max(linkStart, out.count)
        }
        if let sign {
            self.sign = nil
            out.append(contentsOf: sign)
            hasSpace = false
            linkStart = max(linkStart, out.count)
        }
        if hasSpace {
            hasSpace = false
            if out.count > start, let last = out.last, last != 0x0A, last != 0x20 {
                out.append(0x20)
                if linkStart == out.count - 1 { linkStart = out.count }
            }
        }
    }

    private mutating func breakHere(_ kind: Break) {
        hasSpace = false
        pending = max(pending, kind)
    }

    // MARK: Tags

    /// The index behind the tag; nil where this is none.
    private mutating func tag(at open: Int) -> Int? {
        var index = open + 1
        guard index < bytes.count else { return nil }
        if bytes[index] == UInt8(ascii: "!") || bytes[index] == UInt8(ascii: "?") { return comment(at: open) }
        let isEnd = bytes[index] == UInt8(ascii: "/")
        if isEnd { index += 1 }
        guard index < bytes.count, bytes[index].isASCIILetter else { return nil }
        var name: [UInt8] = []
        while index < bytes.count, bytes[index].isASCIILetter || bytes[index].isASCIIDigit {
            if name.count < 16 { name.append(bytes[index] | 0x20) }
            index += 1
        }
        var attributes: [String: [UInt8]] = [:]
        let end = readAttributes(from: index, &attributes)
        let word = String(decoding: name, as: UTF8.self)
        if !isEnd, Self.hidden.contains(word) { return skip(word, from: end) }
        if isEnd { close(word) } else { self.open(word, attributes) }
        return end
    }

    private func comment(at open: Int) -> Int {
        var index = open + 2
        if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "-"), bytes[index + 1] == UInt8(ascii: "-") {
            index += 2
            while index + 2 < bytes.count {
                if bytes[index] == UInt8(ascii: "-"), bytes[index + 1] == UInt8(ascii: "-"),
                    bytes[index + 2] == UInt8(ascii: ">")
                {
                    return index + 3
                }
                index += 1
            }
            return bytes.count
        }
        while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
        return min(index + 1, bytes.count)
    }

    /// Reads up to the `>`. Only the attributes that are written are kept.
    private func readAttributes(from start: Int, _ found: inout [String: [UInt8]]) -> Int {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: ">") {
            guard bytes[index].isASCIILetter else {
                index += 1
                continue
            }
            var name: [UInt8] = []
            while index < bytes.count, bytes[index].isNameByte || bytes[index] == UInt8(ascii: "-") {
                if name.count < 16 { name.append(bytes[index] | 0x20) }
                index += 1
            }
            while index < bytes.count, bytes[index].isBlank { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { continue }
            index += 1
            while index < bytes.count, bytes[index].isBlank { index += 1 }
            guard index < bytes.count else { break }
            let from: Int
            if bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") {
                let quote = bytes[index]
                from = index + 1
                index = from
                while index < bytes.count, bytes[index] != quote { index += 1 }
            } else {
                from = index
                while index < bytes.count, !bytes[index].isBlank, bytes[index] != UInt8(ascii: ">") { index += 1 }
            }
            let word = String(decoding: name, as: UTF8.self)
            if ["href", "alt"].contains(word) { found[word] = Self.decoded(bytes[from..<index]) }
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") {
                index += 1
            }
        }
        return min(index + 1, bytes.count)
    }

    /// Behind the end tag of an element that nobody sees.
    private func skip(_ name: String, from start: Int) -> Int {
        let word = Array("</\(name)".utf8)
        var index = start
        while index + word.count <= bytes.count {
            if bytes[index] == UInt8(ascii: "<"),
                zip(bytes[index..<index + word.count], word).allSatisfy({
                    ($0.isASCIILetter ? $0 | 0x20 : $0) == $1
                })
            {
                while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
                return min(index + 1, bytes.count)
            }
            index += 1
        }
        return bytes.count
    }

    private mutating func open(_ name: String, _ attributes: [String: [UInt8]]) {
        switch name {
        case "br":
            if pending > .none { request() }
            if out.count > start || sign != nil {
                request()
                out.append(0x0A)
                hasSpace = false
            }
            return
        case "a":
            closeLink()
            address = attributes["href"]
            request()
            linkStart = out.count
            return
        case "img":
            for byte in attributes["alt"] ?? [] { write(byte) }
            return
        case "td", "th":
            hasSpace = true
            return
        case "ul", "ol":
            // A list in a list goes on right below its item.
            breakHere(lists.isEmpty ? .paragraph : .line)
            if lists.count < Self.depthLimit { lists.append(List(isOrdered: name == "ol")) }
            return
        case "li":
            breakHere(.line)
            beginItem()
            return
        case "hr":
            breakHere(.paragraph)
            for _ in 0..<10 { put(UInt8(ascii: "-")) }
        case "pre": preformatted = min(preformatted + 1, Self.depthLimit)
        default: break
        }
        if Self.paragraphs.contains(name) {
            breakHere(.paragraph)
        } else if Self.lines.contains(name) {
            breakHere(.line)
        }
    }

    private mutating func beginItem() {
        let indent = [UInt8](repeating: 0x20, count: 2 * max(0, lists.count - 1))
        guard let last = lists.indices.last, lists[last].isOrdered else {
            sign = indent + Array("- ".utf8)
            return
        }
        lists[last].number += 1
        sign = indent + Array("\(lists[last].number). ".utf8)
    }

    private mutating func close(_ name: String) {
        switch name {
        case "a": closeLink()
        case "ul", "ol":
            sign = nil
            if !lists.isEmpty { lists.removeLast() }
            breakHere(lists.isEmpty ? .paragraph : .line)
            return
        case "li":
            sign = nil
            breakHere(.line)
            return
        case "pre": preformatted = max(0, preformatted - 1)
        default: break
        }
        if Self.paragraphs.contains(name) {
            breakHere(.paragraph)
        } else if Self.lines.contains(name) {
            breakHere(.line)
        }
    }

    /// The address stands behind the words of a link, unless the words are the address.
    private mutating func closeLink() {
        guard let address else { return }
        self.address = nil
        let isPlace = address.first == UInt8(ascii: "#") || address.isEmpty
        let words = out[min(linkStart, out.count)...]
        let shown = address.starts(with: Array("mailto:".utf8)) ? address.dropFirst(7) : address[...]
        guard !isPlace, !words.elementsEqual(shown), !words.elementsEqual(address) else { return }
        let space = hasSpace
        hasSpace = false
        let isBare = words.isEmpty
        if !isBare { out.append(contentsOf: " (".utf8) } else { request() }
        for byte in shown where byte >= 0x20 { out.append(byte) }
        if !isBare { out.append(UInt8(ascii: ")")) }
        hasSpace = space
    }

    // MARK: Entities

    private mutating func entity(at open: Int) -> Int {
        guard let (bytes, end) = Self.entity(in: bytes[open...]) else {
            write(UInt8(ascii: "&"))
            return open + 1
        }
        // A space that does not break is written as one that does, and stays.
        if bytes == [0xC2, 0xA0] {
            put(0x20)
        } else if bytes.count == 1, bytes[0] <= 0x20 {
            hasSpace = true
        } else {
            for byte in bytes { put(byte) }
        }
        return end
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "&"), let (bytes, end) = entity(in: text[index...]) {
                result += bytes
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// What an `&` begins, and where it ends. Names are at most eight letters long, numbers eight digits.
    private static func entity(in text: ArraySlice<UInt8>) -> (bytes: [UInt8], end: Int)? {
        let from = text.startIndex + 1
        let window = text.dropFirst().prefix(11)
        guard let semicolon = window.firstIndex(of: UInt8(ascii: ";")), semicolon > from else { return nil }
        let body = text[from..<semicolon]
        if body.first == UInt8(ascii: "#") {
            let digits = body.dropFirst()
            let isHex = digits.first.map { $0 | 0x20 } == UInt8(ascii: "x")
            let number = String(decoding: isHex ? digits.dropFirst() : digits, as: UTF8.self)
            guard let value = UInt32(number, radix: isHex ? 16 : 10), value > 0, let scalar = Unicode.Scalar(value)
            else { return nil }
            // Control characters are no text, whatever their number says.
            if value < 0x20 || value == 0x7F { return ([0x20], semicolon + 1) }
            return (Array(String(scalar).utf8), semicolon + 1)
        }
        guard let scalar = names[String(decoding: body, as: UTF8.self)] else { return nil }
        return (Array(String(scalar).utf8), semicolon + 1)
    }

    private static let names: [String: Character] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "euro": "€", "pound": "£",
        "yen": "¥", "cent": "¢", "copy": "©", "reg": "®", "trade": "™", "hellip": "…", "mdash": "—", "ndash": "–",
        "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„", "laquo": "«", "raquo": "»",
        "middot": "·", "bull": "•", "sect": "§", "para": "¶", "deg": "°", "times": "×", "divide": "÷", "plusmn": "±",
        "frac12": "½", "frac14": "¼", "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü",
        "szlig": "ß", "eacute": "é", "egrave": "è", "ecirc": "ê", "agrave": "à", "acirc": "â", "ccedil": "ç",
        "iacute": "í", "oacute": "ó", "uacute": "ú", "aacute": "á", "ntilde": "ñ", "ocirc": "ô", "ucirc": "û",
        "icirc": "î", "iuml": "ï", "euml": "ë", "oslash": "ø", "aring": "å", "aelig": "æ", "Eacute": "É",
        "larr": "←", "rarr": "→", "check": "✓", "shy": "\u{AD}", "zwnj": "\u{200C}",
    ]
}
