import Channels

/// The form of an email address that messages are sent to and hashes are made of.
///
/// The domain is in ASCII and lower case, so that `bücher.example` and `xn--bcher-kva.example` are one; the local part
/// keeps its letters' case, because RFC 5321 leaves its meaning to the receiving server. Dots and plus tags are kept:
/// whether two such addresses are one mailbox is the server's secret as well.
package enum EmailAddress {
    /// RFC 5321, 4.5.3.1, less the angle brackets of a path.
    static let maximumBytes = 254
    static let maximumLocalBytes = 64

    /// Appends the normalised address; appends nothing where it gives a fault.
    package static func normalize(_ typed: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> AddressFault? {
        let bytes = UTF8Text.trimmed(typed)
        guard UTF8Text.isASCII(bytes) else { return normalizeInternational(bytes, into: &output) }
        return normalizeASCII(bytes, into: &output)
    }

    private static func normalizeASCII(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into output: inout [UInt8]
    ) -> AddressFault? {
        var at = -1
        for index in bytes.indices where bytes[index] == UInt8(ascii: "@") {
            if at >= 0 { return AddressFault("it has more than one `@`", help: oneAddress) }
            at = index
        }
        guard at >= 0 else { return AddressFault("it has no `@`", help: shape) }
        if let fault = checkLocal(UnsafeBufferPointer(rebasing: bytes[..<at])) { return fault }
        if let fault = checkDomain(UnsafeBufferPointer(rebasing: bytes[(at + 1)...])) { return fault }
        if bytes.count > maximumBytes { return AddressFault("it is longer than 254 bytes", help: shape) }
        output.append(contentsOf: bytes[...at])
        for byte in bytes[(at + 1)...] {
            output.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        }
        return nil
    }

    private static func normalizeInternational(
        _ bytes: UnsafeBufferPointer<UInt8>,
        into output: inout [UInt8]
    ) -> AddressFault? {
        let text = NormalForm.composed(String(decoding: bytes, as: UTF8.self))
        if text.unicodeScalars.contains(where: { UTF8Text.isInvisible($0) || UTF8Text.isControl($0) }) {
            return AddressFault("it holds a character that does not show", help: "type the address anew")
        }
        if text.unicodeScalars.contains(where: \.properties.isWhitespace) {
            return AddressFault("it holds a space", help: oneAddress)
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            let message = parts.count < 2 ? "it has no `@`" : "it has more than one `@`"
            return AddressFault(message, help: parts.count < 2 ? shape : oneAddress)
        }
        // Full stops of other scripts separate labels as ours does (IDNA).
        let domain = parts[1].lowercased().split(omittingEmptySubsequences: false) { "。．｡.".contains($0) }
        var ascii: [String] = []
        for label in domain {
            guard let encoded = Punycode.encode(label: NormalForm.composed(String(label))) else {
                return AddressFault("its domain can't be written in ASCII", help: shape)
            }
            ascii.append(encoded)
        }
        var local = String(parts[0])
        var joined = ascii.joined(separator: ".")
        if let fault = local.withUTF8({ checkLocal($0) }) ?? joined.withUTF8({ checkDomain($0) }) { return fault }
        guard local.utf8.count + joined.utf8.count < maximumBytes else {
            return AddressFault("it is longer than 254 bytes", help: shape)
        }
        output.append(contentsOf: local.utf8)
        output.append(UInt8(ascii: "@"))
        output.append(contentsOf: joined.utf8)
        return nil
    }

    /// A dot-atom. Quoted local parts are legal and unused; mail systems disagree about them, so they are refused.
    private static func checkLocal(_ bytes: UnsafeBufferPointer<UInt8>) -> AddressFault? {
        if bytes.isEmpty { return AddressFault("nothing stands before the `@`", help: shape) }
        if bytes.count > maximumLocalBytes {
            return AddressFault("the part before the `@` is longer than 64 bytes", help: shape)
        }
        var previous = UInt8(ascii: ".")
        for byte in bytes {
            if byte == UInt8(ascii: "."), previous == byte {
                return AddressFault("a dot stands at the beginning or beside another one", help: "remove the dot")
            }
            guard isAtom[Int(byte)] || byte == UInt8(ascii: ".") else {
                if byte == 0x20 || byte == 0x09 { return AddressFault("it holds a space", help: oneAddress) }
                if byte < 0x20 || byte == 0x7F { return AddressFault("it holds a control character", help: shape) }
                let character = String(decoding: [byte], as: UTF8.self)
                return AddressFault("`\(character)` can't stand before the `@`", help: oneAddress)
            }
            previous = byte
        }
        if previous == UInt8(ascii: ".") { return AddressFault("a dot stands before the `@`", help: "remove the dot") }
        return nil
    }

    private static func checkDomain(_ bytes: UnsafeBufferPointer<UInt8>) -> AddressFault? {
        if bytes.isEmpty { return AddressFault("nothing stands after the `@`", help: shape) }
        var labelStart = 0
        var labels = 0
        var hasLetter = false
        for index in 0...bytes.count {
            let byte = index < bytes.count ? bytes[index] : UInt8(ascii: ".")
            switch byte {
            case UInt8(ascii: "."):
                let length = index - labelStart
                if length == 0 {
                    return AddressFault("a dot in the domain has nothing on one side", help: "remove the dot")
                }
                if length > 63 { return AddressFault("a part of the domain is longer than 63 bytes", help: shape) }
                if bytes[labelStart] == UInt8(ascii: "-") || bytes[index - 1] == UInt8(ascii: "-") {
                    return AddressFault("a part of the domain begins or ends with a hyphen", help: shape)
                }
                labels += 1
                labelStart = index + 1
                if index < bytes.count { hasLetter = false }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                hasLetter = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                break
            case 0x20, 0x09:
                return AddressFault("it holds a space", help: oneAddress)
            default:
                let character =
                    byte < 0x20 || byte >= 0x7F ? "that character" : "`\(String(decoding: [byte], as: UTF8.self))`"
                return AddressFault("\(character) can't stand in a domain", help: oneAddress)
            }
        }
        if labels < 2 { return AddressFault("its domain has no dot", help: shape) }
        if !hasLetter { return AddressFault("its domain ends in a number", help: shape) }
        return bytes.count > 253 ? AddressFault("its domain is longer than 253 bytes", help: shape) : nil
    }

    private static let shape = "write it like `anna@example.com`"
    private static let oneAddress = "write one bare address, like `anna@example.com`"

    /// RFC 5322 `atext`, and every byte of characters beyond ASCII (RFC 6531).
    private static let isAtom: [Bool] = (0...255).map { value in
        switch UInt8(value) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(UInt8(value))
        }
    }
}
