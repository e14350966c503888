/// The operators that look for one text in another: by bytes, which in UTF-8 is by code points. Case matters, and
/// letters that merely look alike (`é` in one or in two code points) differ.
package enum TextOperator: String, Sendable, CaseIterable {
    case contains
    case startsWith = "starts_with"
    case endsWith = "ends_with"

    package func holds(_ text: UnsafeBufferPointer<UInt8>, _ part: UnsafeBufferPointer<UInt8>) -> Bool {
        guard part.count <= text.count else { return false }
        switch self {
        case .contains: return Self.find(part, in: text)
        case .startsWith: return Self.equal(text, from: 0, part)
        case .endsWith: return Self.equal(text, from: text.count - part.count, part)
        }
    }

    private static func equal(
        _ text: UnsafeBufferPointer<UInt8>, from offset: Int, _ part: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for index in 0..<part.count where text[offset + index] != part[index] { return false }
        return true
    }

    private static func find(_ part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = part.first else { return true }
        for offset in 0...(text.count - part.count) where text[offset] == first && equal(text, from: offset, part) {
            return true
        }
        return false
    }
}
