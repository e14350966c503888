/// An address that can stand between angle brackets: a dot-atom local part and a host name in ASCII.
///
/// Quoted local parts, comments, routes, lists and address literals are refused rather than escaped: none of them
/// occurs in real contact data, and each is a way to smuggle a command.
enum MailAddress {
    /// The ASCII form of an address, or nil if it has none. Local parts outside ASCII would need SMTPUTF8.
    static func ascii(_ address: [UInt8]) -> [UInt8]? {
        guard let at = address.lastIndex(of: 0x40), at > 0, at <= 64, at + 1 < address.count else {
            return nil
        }
        guard isDotAtom(address[..<at]) else {
            return nil
        }
        let domain = address[(at + 1)...]
        if isHostName(domain) {
            return address.count <= 254 ? address : nil
        }
        guard domain.contains(where: { $0 >= 0x80 }), let typed = String(validating: domain, as: UTF8.self),
            let name = Punycode.hostName(typed)
        else {
            return nil
        }
        let encoded = Array(address[...at]) + Array(name.utf8)
        return isHostName(encoded[(at + 1)...]) && encoded.count <= 254 ? encoded : nil
    }

    private static func isDotAtom(_ part: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0x2E
        for byte in part {
            if byte == 0x2E {
                if previous == 0x2E {
                    return false
                }
            } else if !EncodedWords.isAtom(byte) {
                return false
            }
            previous = byte
        }
        return previous != 0x2E
    }

    static func isHostName(_ name: ArraySlice<UInt8>) -> Bool {
        var length = 0
        var previous: UInt8 = 0x2E
        for byte in name {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A:
                length += 1
            case 0x2D:
                if length == 0 {
                    return false
                }
                length += 1
            case 0x2E:
                if length == 0 || previous == 0x2D {
                    return false
                }
                length = 0
            default:
                return false
            }
            if length > 63 {
                return false
            }
            previous = byte
        }
        return length > 0 && previous != 0x2D && name.count <= 253
    }
}

/// A sender as a channel document writes it: `Acme Shop <hello@acme.example>` or just the address.
struct Mailbox: Sendable {
    let name: [UInt8]
    /// In ASCII form.
    let address: [UInt8]

    var domain: [UInt8] {
        Array(address[((address.lastIndex(of: 0x40) ?? -1) + 1)...])
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.holdsControl else {
            return nil
        }
        var name: [UInt8] = []
        var address = Mailbox.trimmed(bytes[...])
        if let open = address.lastIndex(of: 0x3C) {
            guard address.last == 0x3E else {
                return nil
            }
            name = Array(Mailbox.trimmed(address[..<open]))
            address = address[(open + 1)..<(address.endIndex - 1)]
            if name.count >= 2, name.first == 0x22, name.last == 0x22 {
                name = Mailbox.unquoted(name)
            }
        }
        guard let ascii = MailAddress.ascii(Array(address)), name.count <= 256 else {
            return nil
        }
        self.name = name
        self.address = ascii
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while bytes.first == 0x20 {
            bytes.removeFirst()
        }
        while bytes.last == 0x20 {
            bytes.removeLast()
        }
        return bytes
    }

    private static func unquoted(_ name: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in name.dropFirst().dropLast() {
            if byte == 0x5C, !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            plain.append(byte)
        }
        return plain
    }
}
