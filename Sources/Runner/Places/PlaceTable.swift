/// The data behind places: prefixes of numbers, and the clocks of countries.
package struct PlaceTable: Sendable {
    package struct Region: Sendable, Equatable {
        package var countries: [String]
        package var states: [String]
        package var zones: [String]
    }

    /// `phonenumbers 9.0.43`, as it says itself.
    package private(set) var versions: [String] = []
    /// Lines that mean nothing.
    package private(set) var faults: [String] = []
    private var countries: [String: [String]] = [:]
    private var prefixes: [String: Region] = [:]
    private var longest = 0

    /// What ships with the program. A test reads all of it.
    package static let shipped = PlaceTable(reading: PackageResources.places_txt)

    package init(reading bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            if !read(line.split(separator: " ").map(String.init)) { faults.append(String(line)) }
        }
    }

    private mutating func read(_ words: [String]) -> Bool {
        guard words.count > 2 else { return false }
        switch words[0] {
        case "version":
            versions.append(words[1...].joined(separator: " "))
        case "country":
            countries[words[1]] = Array(words[2...])
        case "number":
            guard words.count > 5, words[4] == ":" else { return false }
            func list(_ word: String) -> [String] { word == "-" ? [] : word.split(separator: ",").map(String.init) }
            let region = Region(countries: list(words[1]), states: list(words[2]), zones: list(words[3]))
            for prefix in words[5...] {
                prefixes[prefix] = region
                longest = max(longest, prefix.utf8.count)
            }
        default: return false
        }
        return true
    }

    package func zones(ofCountry country: String) -> [String] {
        countries[country] ?? []
    }

    /// Every zone that some country keeps.
    package var allZones: [String] {
        Set(countries.values.joined()).sorted()
    }

    /// - Parameter digits: a number in international form, without the plus sign.
    /// - Returns: the longest prefix that is known and what it says; nil for a number of no country.
    package func region(of digits: Substring) -> (prefix: String, region: Region)? {
        var prefix = String(digits.prefix(longest))
        while !prefix.isEmpty {
            if let region = prefixes[prefix] { return (prefix, region) }
            prefix.removeLast()
        }
        return nil
    }
}
