/// What a POST to an unsubscribe link asks for.
enum UnsubscribeForm: Equatable {
    /// A mail program, as RFC 8058 has it: it wants an answer, not a page.
    case oneClick
    /// The button on our own page: a person is looking.
    case confirmed

    /// Reads a body as RFC 8058 allows it, urlencoded or multipart. Nil for anything else.
    init?(body: some Collection<UInt8>, contentType: String?) {
        let text = String(decoding: body, as: UTF8.self)
        let type = (contentType ?? "application/x-www-form-urlencoded").lowercased()
        let fields =
            if type.hasPrefix("multipart/form-data") {
                Self.multipartFields(text, boundary: Self.boundary(of: contentType ?? ""))
            } else {
                Self.urlencodedFields(text)
            }
        if fields.contains(where: { $0.name == "List-Unsubscribe" && $0.value == "One-Click" }) {
            self = .oneClick
        } else if fields.contains(where: { $0.name == "confirm" && $0.value == "yes" }) {
            self = .confirmed
        } else {
            return nil
        }
    }

    private typealias Field = (name: String, value: String)

    private static func urlencodedFields(_ text: String) -> [Field] {
        text.split(separator: "&").prefix(maximumFields).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0]), parts.count > 1 ? decode(parts[1]) : "")
        }
    }

    private static func multipartFields(_ text: String, boundary: String?) -> [Field] {
        guard let boundary else { return [] }
        var fields: [Field] = []
        var name: String?
        var isInHeader = false
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if line.hasPrefix("--" + boundary) {
                name = nil
                isInHeader = true
                if fields.count == maximumFields { break }
            } else if isInHeader, line.isEmpty {
                isInHeader = false
            } else if isInHeader, line.lowercased().hasPrefix("content-disposition:") {
                name = quotedValue(of: "name", in: line)
            } else if !isInHeader, let field = name {
                // The two values that mean something are one line long.
                fields.append((field, String(line)))
                name = nil
            }
        }
        return fields
    }

    /// Nobody who means us sends more; the limit of HTTP-2 for multipart parts.
    private static let maximumFields = 16

    private static func boundary(of contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, trimmed(parts[0]).lowercased() == "boundary" else { continue }
            let value = trimmed(parts[1])
            return value.hasPrefix("\"") && value.hasSuffix("\"") && value.count > 1
                ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func quotedValue(of parameter: String, in header: Substring) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, trimmed(pair[0]) == parameter else { continue }
            return trimmed(pair[1]).filter { $0 != "\"" }
        }
        return nil
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 {
                    bytes.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default:
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
