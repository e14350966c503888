/// A phone number as contacts have it: `+` and seven to fifteen digits.
enum PhoneAddress {
    static func isSound(_ address: [UInt8]) -> Bool {
        (8...16).contains(address.count) && address[0] == 0x2B && (0x31...0x39).contains(address[1])
            && address[1...].allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The digits of a sound number; nil for anything else.
    static func digits(_ address: [UInt8]) -> ArraySlice<UInt8>? {
        isSound(address) ? address[1...] : nil
    }

    /// A sender in letters, as phones show it in place of a number.
    static func isSenderName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (1...11).contains(bytes.count)
            && bytes.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x20
            } && bytes.contains { $0 >= 0x41 }
    }

    /// Three to eight digits.
    static func isShortCode(_ text: String) -> Bool {
        (3...8).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
