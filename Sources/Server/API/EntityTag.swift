/// By which two answers are known to be the same. A strong one, so that `If-Match` can ask for it; and strong ones are of the
/// bytes that were sent, so that the two codings of an answer have two (RFC 9110, 8.8.3.3).
struct EntityTag: Sendable {
    private static let gzipMark = "-gzip"
    /// Without quotes and coding.
    private let hash: String

    /// FNV-1a: whoever wants two texts with one tag only fools themselves.
    init(of text: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.hash = String(hash, radix: 16)
    }

    func text(isGzip: Bool) -> String { "\"\(hash)\(isGzip ? Self.gzipMark : "")\"" }

    /// Whether `If-None-Match` names the answer in the coding that it would be sent in. The comparison is weak: proxies that
    /// compress by themselves make a tag weak.
    func isNamed(inNoneMatch list: String, isGzip: Bool) -> Bool {
        let tag = text(isGzip: isGzip)
        return Self.words(of: list).contains { $0 == "*" || $0 == tag || $0 == "W/" + tag }
    }

    /// Whether `If-Match` names what is there now, read in whichever coding. The comparison is strong.
    func isNamed(inMatch list: String) -> Bool {
        Self.words(of: list).contains { $0 == "*" || $0 == text(isGzip: false) || $0 == text(isGzip: true) }
    }

    private static func words(of list: String) -> [String] {
        // No comma stands in a tag of ours.
        list.split(separator: ",").map { part in part.filter { $0 != " " && $0 != "\t" } }
    }
}
