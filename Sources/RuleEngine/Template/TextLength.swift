/// How long a text can become, whatever is filled in: an upper bound, exact for a text without anything to fill in.
///
/// Text messages are counted in two ways, and one character decides which: so the longest rendering of small-alphabet
/// characters alone and the longest one with another character are kept apart. Bounds of parts add up, bounds of ways
/// are compared.
struct TextLength: Sendable, Hashable {
    /// Septets of the longest text of small-alphabet characters alone; nil where every rendering has another.
    private(set) var septets: Int?
    /// UTF-16 units of the longest text with another character; nil where there is none.
    private(set) var unicodeUnits: Int?
    /// UTF-16 units of the longest text of all.
    private(set) var units = 0
    private(set) var scalars = 0
    private(set) var bytes = 0
    /// Characters of two septets or two units, which no part of a message cuts in two.
    private(set) var hasPairs = false

    static let empty = TextLength(septets: 0)

    /// So long that no channel takes it; keeps sums within bounds.
    static let most = 1 << 30

    private init(septets: Int?) {
        self.septets = septets
    }

    /// Of a text that is known.
    init(_ text: some Sequence<UInt8>) {
        var septets: Int? = 0
        for scalar in String(decoding: Array(text), as: UTF8.self).unicodeScalars {
            scalars += 1
            bytes += UTF8.width(scalar)
            units += scalar.value > 0xFFFF ? 2 : 1
            let width = SMSAlphabet.width(of: scalar)
            if width == 2 || scalar.value > 0xFFFF { hasPairs = true }
            septets = width.flatMap { width in septets.map { $0 + width } }
        }
        self.septets = septets
        if septets == nil { unicodeUnits = units }
    }

    /// Of so many characters of the small alphabet's letters, digits and signs.
    init(small count: Int) {
        septets = count
        units = count
        scalars = count
        bytes = count * 2
    }

    /// Of so many characters of the first 128, which take a byte and mostly a septet.
    init(plain count: Int) {
        self.init(small: count)
        bytes = count
    }

    /// Of so many characters of any kind.
    init(any count: Int) {
        septets = count * 2
        unicodeUnits = count > 0 ? count * 2 : nil
        units = count * 2
        scalars = count
        bytes = count * 4
        hasPairs = count > 0
    }

    /// The one behind the other.
    static func + (left: TextLength, right: TextLength) -> TextLength {
        var sum = TextLength(septets: nil)
        if let first = left.septets, let second = right.septets { sum.septets = min(first + second, most) }
        let ways = [left.unicodeUnits.map { $0 + right.units }, right.unicodeUnits.map { $0 + left.units }]
        sum.unicodeUnits = ways.compactMap { $0 }.max().map { min($0, most) }
        sum.units = min(left.units + right.units, most)
        sum.scalars = min(left.scalars + right.scalars, most)
        sum.bytes = min(left.bytes + right.bytes, most)
        sum.hasPairs = left.hasPairs || right.hasPairs
        return sum
    }

    /// The one or the other.
    func or(_ other: TextLength) -> TextLength {
        var longest = self
        longest.septets = [septets, other.septets].compactMap { $0 }.max()
        longest.unicodeUnits = [unicodeUnits, other.unicodeUnits].compactMap { $0 }.max()
        longest.units = max(units, other.units)
        longest.scalars = max(scalars, other.scalars)
        longest.bytes = max(bytes, other.bytes)
        longest.hasPairs = hasPairs || other.hasPairs
        return longest
    }

    func times(_ count: Int) -> TextLength {
        var product = self
        product.septets = septets.map { min($0 * count, Self.most) }
        product.unicodeUnits = count > 0 ? unicodeUnits.map { min($0 * count, Self.most) } : nil
        product.units = min(units * count, Self.most)
        product.scalars = min(scalars * count, Self.most)
        product.bytes = min(bytes * count, Self.most)
        if count == 0 { return .empty }
        return product
    }

    /// Parts of a text message at most. A pair that does not fit moves to the next part and leaves a unit empty, so that
    /// with pairs a part may hold one less.
    var segments: Int {
        let slack = hasPairs ? 1 : 0
        let small = septets.map { Self.parts($0, single: 160, part: 153 - slack) } ?? 0
        let unicode = unicodeUnits.map { Self.parts($0, single: 70, part: 67 - slack) } ?? 0
        return max(small, unicode)
    }

    private static func parts(_ units: Int, single: Int, part: Int) -> Int {
        guard units > single else { return units == 0 ? 0 : 1 }
        return (units + part - 1) / part
    }
}

/// The alphabet of 3GPP TS 23.038 with its extension table, by what its characters cost. The channels have it with its
/// codes; a test holds the two together.
package enum SMSAlphabet {
    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
            + "abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)
    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)

    /// Septets that a character takes; nil where the alphabet does not have it.
    package static func width(of scalar: Unicode.Scalar) -> Int? {
        basic.contains(scalar) ? 1 : extended.contains(scalar) ? 2 : nil
    }
}
