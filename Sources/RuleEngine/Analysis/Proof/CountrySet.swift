/// A set of countries that a contact may have, `missing` among them. Always the larger set where it isn't known
/// exactly: whoever is in it may be there, whoever is not in it can't be.
package struct CountrySet: Sendable, Hashable {
    /// A bit for each code, then one for every code that isn't listed, then one for no code at all.
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64)

    /// Those with telephones, and the rest of ISO 3166-1: an import takes both.
    package static let codes = (Catalog.countries + ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"]).sorted()
    static let unlisted = codes.count
    static let missing = codes.count + 1

    private static let numbers = Dictionary(uniqueKeysWithValues: codes.enumerated().map { ($0.element, $0.offset) })

    package static let none = CountrySet(words: (0, 0, 0, 0, 0))
    package static let known = (0...unlisted).reduce(into: none) { $0.insert(number: $1) }
    /// Every country, and none.
    package static let all = known.union(CountrySet(number: missing))

    private init(words: (UInt64, UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    init(number: Int) {
        self = .none
        insert(number: number)
    }

    /// Codes that are no country's count as the unlisted ones.
    package init(_ codes: some Sequence<String>) {
        self = .none
        for code in codes { insert(number: Self.number(of: code)) }
    }

    static func knows(_ code: String) -> Bool { numbers[code] != nil }

    static func number(of code: String) -> Int { numbers[code] ?? unlisted }

    /// Nil for no country at all. An unlisted one is called `ZZ`, which ISO 3166 leaves to its users.
    static func code(of number: Int) -> String? {
        number < codes.count ? codes[number] : number == unlisted ? "ZZ" : nil
    }

    mutating func insert(number: Int) {
        precondition((0...Self.missing).contains(number), "a set of countries knows its numbers")
        withUnsafeMutableBytes(of: &words) { bytes in
            bytes.withMemoryRebound(to: UInt64.self) { $0[number / 64] |= 1 << UInt64(number % 64) }
        }
    }

    func contains(number: Int) -> Bool {
        withUnsafeBytes(of: words) { bytes in
            bytes.withMemoryRebound(to: UInt64.self) { $0[number / 64] & (1 << UInt64(number % 64)) != 0 }
        }
    }

    package func contains(_ code: String) -> Bool { contains(number: Self.number(of: code)) }

    /// The contact may have no country.
    package var mayBeMissing: Bool { contains(number: Self.missing) }

    package var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 | words.4 == 0 }

    /// Ascending; the missing one last.
    var numbers: [Int] { (0...Self.missing).filter { contains(number: $0) } }

    package func union(_ other: CountrySet) -> CountrySet {
        CountrySet(
            words: (
                words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2, words.3 | other.words.3,
                words.4 | other.words.4
            ))
    }

    package func intersection(_ other: CountrySet) -> CountrySet {
        CountrySet(
            words: (
                words.0 & other.words.0, words.1 & other.words.1, words.2 & other.words.2, words.3 & other.words.3,
                words.4 & other.words.4
            ))
    }

    package func subtracting(_ other: CountrySet) -> CountrySet {
        CountrySet(
            words: (
                words.0 & ~other.words.0, words.1 & ~other.words.1, words.2 & ~other.words.2,
                words.3 & ~other.words.3, words.4 & ~other.words.4
            ))
    }

    package static func == (left: CountrySet, right: CountrySet) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
        hasher.combine(words.4)
    }

    /// `AT, CH, DE`; `any country, or none`; `any country but US, or none`.
    package var text: String {
        guard !isEmpty else { return "no country" }
        let suffix = mayBeMissing ? ", or none" : ""
        let listed = subtracting(CountrySet(number: Self.missing))
        if listed.isEmpty { return "none known" }
        let absent = Self.known.subtracting(listed)
        if absent.isEmpty { return "any country" + suffix }
        func names(_ set: CountrySet) -> String {
            set.numbers.map { $0 == Self.unlisted ? "unlisted codes" : Self.code(of: $0) ?? "none" }.joined(
                separator: ", ")
        }
        return (absent.numbers.count < listed.numbers.count ? "any country but \(names(absent))" : names(listed))
            + suffix
    }
}
