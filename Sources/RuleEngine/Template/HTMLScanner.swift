/// Follows the constant parts of an HTML text, to know in what kind of place each value stands.
///
/// It knows as much of HTML as safety needs, and takes the strict view where a browser might be lenient.
struct HTMLScanner: Equatable {
    enum Place: Equatable {
        /// Between tags, or in a quoted attribute that holds text.
        case text
        /// The beginning of an attribute that holds a URL.
        case urlStart
        /// Inside such an attribute, after a beginning that fixes where it leads.
        case urlPart
        /// No escaping makes a value safe here.
        case refused(String)
    }

    private enum State: Equatable {
        case text, tagOpen, tagName, inTag, attributeName, afterName, beforeValue, unquoted
        case quoted(UInt8, Attribute)
        case comment, declaration
        /// `script`, `style` and the like: everything up to the closing tag.
        case raw
    }

    private enum Attribute: Equatable {
        case text, url, refused
    }

    private static let rawElements = ["script", "style", "iframe", "xmp", "noembed", "noframes", "plaintext"]
    private static let urlAttributes = [
        "href", "src", "action", "formaction", "cite", "background", "poster", "data", "longdesc", "xlink:href",
        "manifest", "usemap",
    ]
    private static let refusedAttributes = ["style", "srcset", "srcdoc", "http-equiv", "imagesrcset", "ping"]

    private var state = State.text
    private var tag: [UInt8] = []
    private var attribute: [UInt8] = []
    /// The last bytes, where a sequence ends the state.
    private var recent: [UInt8] = []
    private var address: [UInt8] = []
    /// The beginning of the URL fixes its scheme.
    private var isAddressFixed = false

    /// Where a value would stand now.
    var place: Place {
        switch state {
        case .text: .text
        case .tagOpen, .tagName: .refused("the name of a tag")
        case .inTag, .attributeName, .afterName: .refused("a tag, outside of any attribute's value")
        case .beforeValue, .unquoted: .refused("an attribute without quotes")
        case .comment: .refused("a comment")
        case .declaration: .refused("a declaration")
        case .raw: .refused("`\(String(decoding: tag, as: UTF8.self))`")
        case .quoted(_, .text): .text
        case .quoted(_, .refused): .refused("the attribute `\(String(decoding: attribute, as: UTF8.self))`")
        case .quoted(_, .url):
            if isAddressFixed {
                .urlPart
            } else if address.isEmpty {
                .urlStart
            } else {
                .refused("the scheme of a URL")
            }
        }
    }

    /// Outside of every tag and attribute.
    var isBetweenTags: Bool { state == .text }

    /// A value was written: whatever follows is no beginning any more.
    mutating func passValue() {
        if case .quoted(_, .url) = state {
            isAddressFixed = true
            address = []
        }
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { feed(byte) }
    }

    private mutating func feed(_ byte: UInt8) {
        switch state {
        case .text:
            if byte == UInt8(ascii: "<") { enter(.tagOpen) }
        case .tagOpen:
            if byte.isASCIILetter || byte == UInt8(ascii: "/") {
                tag = [byte | 0x20]
                state = .tagName
            } else if byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?") {
                recent = []
                state = .declaration
            } else if byte != UInt8(ascii: "<") {
                state = .text
            }
        case .tagName:
            if byte.isBlank || byte == UInt8(ascii: "/") && tag != [UInt8(ascii: "/")] {
                state = .inTag
            } else if byte == UInt8(ascii: ">") {
                endTag()
            } else {
                tag.append(byte.isASCIILetter ? byte | 0x20 : byte)
            }
        case .inTag: feedInTag(byte)
        case .attributeName:
            if byte == UInt8(ascii: "=") {
                state = .beforeValue
            } else if byte == UInt8(ascii: ">") {
                endTag()
            } else if byte.isBlank {
                state = .afterName
            } else if byte == UInt8(ascii: "/") {
                state = .inTag
            } else {
                attribute.append(byte.isASCIILetter ? byte | 0x20 : byte)
            }
        case .afterName:
            if byte == UInt8(ascii: "=") { state = .beforeValue } else { feedInTag(byte) }
        case .beforeValue:
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                address = []
                isAddressFixed = false
                state = .quoted(byte, kindOfAttribute)
            } else if byte == UInt8(ascii: ">") {
                endTag()
            } else if !byte.isBlank {
                state = .unquoted
            }
        case .unquoted:
            if byte == UInt8(ascii: ">") { endTag() } else if byte.isBlank { state = .inTag }
        case .quoted(let quote, let kind):
            if byte == quote {
                address = []
                isAddressFixed = false
                attribute = []
                state = .inTag
            } else if kind == .url, !isAddressFixed {
                feedAddress(byte)
            }
        case .declaration:
            recent.append(byte)
            if recent == Array("--".utf8) {
                enter(.comment)
            } else if byte == UInt8(ascii: ">") {
                enter(.text)
            } else if recent.count > 2 {
                recent = [0, 0]
            }
        case .comment:
            recent = recent.suffix(2) + [byte]
            if recent == Array("-->".utf8) { enter(.text) }
        case .raw:
            recent = recent.suffix(tag.count + 1) + [byte.isASCIILetter ? byte | 0x20 : byte]
            if recent == Array("</".utf8) + tag {
                tag = [UInt8(ascii: "/")] + tag
                recent = []
                state = .tagName
            }
        }
    }

    private mutating func feedInTag(_ byte: UInt8) {
        if byte == UInt8(ascii: ">") {
            endTag()
        } else if byte.isBlank || byte == UInt8(ascii: "/") {
            state = .inTag
        } else {
            attribute = [byte.isASCIILetter ? byte | 0x20 : byte]
            state = .attributeName
        }
    }

    private mutating func feedAddress(_ byte: UInt8) {
        // Browsers skip blanks in front of a URL.
        if address.isEmpty, byte <= UInt8(ascii: " ") { return }
        address.append(byte)
        if URLStart.isFixed(address) {
            address = []
            isAddressFixed = true
        }
    }

    private mutating func endTag() {
        let name = String(decoding: tag, as: UTF8.self)
        attribute = []
        if Self.rawElements.contains(name) {
            recent = []
            state = .raw
        } else {
            enter(.text)
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        tag = []
        recent = []
    }

    private var kindOfAttribute: Attribute {
        let name = String(decoding: attribute, as: UTF8.self)
        if Self.urlAttributes.contains(name) { return .url }
        return name.hasPrefix("on") || Self.refusedAttributes.contains(name) ? .refused : .text
    }
}

/// What the beginning of a URL must be, so that no value after it can change what kind of URL it is.
enum URLStart {
    static func isFixed(_ bytes: some Collection<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        if first == UInt8(ascii: "/") || first == UInt8(ascii: "#") || first == UInt8(ascii: "?") { return true }
        return hasScheme(bytes)
    }

    static func hasScheme(_ bytes: some Collection<UInt8>) -> Bool {
        Escape.allowedSchemes.contains { scheme in
            bytes.count >= scheme.utf8.count
                && zip(bytes, scheme.utf8).allSatisfy { ($0.isASCIILetter ? $0 | 0x20 : $0) == $1 }
        }
    }
}
