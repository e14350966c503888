import HummingbirdCore
import Runner

/// What stands in a request's address beside the body.
struct Parameter: Sendable {
    enum Place: String, Sendable {
        case path, query
    }

    let name: String
    var place = Place.query
    /// Of a text, a number, a choice, a day …: what can be written in an address.
    let shape: Shape
    var about: String
    /// What is answered where a query doesn't have it; nil: it may be left out.
    var missing: Problem?

    static func path(_ name: String, _ about: String, _ shape: Shape = .text(1...256)) -> Parameter {
        Parameter(name: name, place: .path, shape: shape, about: about)
    }

    static func query(_ name: String, _ shape: Shape, _ about: String) -> Parameter {
        Parameter(name: name, shape: shape, about: about)
    }

    static let contact = path("id", "The contact's id, or an address.")
    static let program = path("id", "The program's id.")

    static let paging = paging(.text(1...200))

    /// - Parameter cursor: the form of a place in the list.
    static func paging(_ cursor: Shape) -> [Parameter] {
        [
            query("limit", .integer(1...200), "How many; without it 50."),
            query("cursor", cursor, "`next_cursor` of the page before."),
            query("offset", .integer(0...1_000_000), "How many to leave out first, behind `cursor` where it is given."),
        ]
    }

    var document: JSON {
        [
            "name": .string(name), "in": .string(place.rawValue), "required": JSON(place == .path || missing != nil),
            "description": .string(about), "schema": shape.schema,
        ]
    }

    /// As a value that the shape can be asked about.
    func value(of text: String) -> JSON {
        if case .integer = shape, let number = Int64(text) { return .integer(number) }
        if case .flag = shape, text == "true" || text == "false" { return .bool(text == "true") }
        return .string(text)
    }
}

/// Texts as addresses write them (RFC 3986).
enum AddressText {
    /// Nil for what is no UTF-8, and for a NUL.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let high = digit(rest[rest.startIndex]),
                    let low = digit(rest[rest.startIndex + 1])
                else { return nil }
                rest.removeFirst(2)
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Names and values in their order.
    static func query(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(sides[0], plusIsSpace: true),
                let value = sides.count > 1 ? decode(sides[1], plusIsSpace: true) : ""
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
