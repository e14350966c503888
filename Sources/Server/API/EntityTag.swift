/// By which two answers are known to be the same.
enum EntityTag {
    /// FNV-1a: whoever wants two texts with one tag only fools themselves.
    static func of(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16))\""
    }

    /// Whether a list of tags, as `If-Match` has it, names this one.
    static func matches(_ tag: String, _ list: String) -> Bool {
        list == "*"
            || list.split(separator: ",").contains { part in
                let word = part.drop { $0 == " " }
                return word == tag || word == "W/" + tag
            }
    }
}
