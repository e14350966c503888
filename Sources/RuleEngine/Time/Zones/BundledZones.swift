/// The time zones that the program carries: rules as of its build, on a machine that has older ones or none.
package enum BundledZones {
    /// The release of the IANA database, such as `2026f`: later ones compare greater.
    package static let version = ZoneFiles.version

    /// Every name, links included.
    package static var names: [String] { places.keys.sorted() }

    /// Nil for a name that the database doesn't know.
    package static func rules(named name: String) -> TimeZoneRules? {
        guard let place = places[name] else { return nil }
        // The files are part of the program, and a test reads all of them.
        return try? TimeZoneRules(tzif: decode(place))
    }

    /// The zone's TZif file as the program carries it, in base64 without padding.
    package static func file(named name: String) -> String? {
        places[name].map { place in
            let text = UnsafeBufferPointer(start: ZoneFiles.lines.utf8Start, count: ZoneFiles.lines.utf8CodeUnitCount)
            return String(decoding: text[place], as: UTF8.self)
        }
    }

    /// Where each name's file lies in the text.
    private static let places: [String: Range<Int>] = {
        var places: [String: Range<Int>] = [:]
        let text = UnsafeBufferPointer(start: ZoneFiles.lines.utf8Start, count: ZoneFiles.lines.utf8CodeUnitCount)
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
            let file = space + 1..<line.endIndex
            for name in line[..<space].split(separator: UInt8(ascii: ",")) {
                places[String(decoding: name, as: UTF8.self)] = file
            }
        }
        return places
    }()

    /// Base64 without padding, in the usual alphabet.
    private static func decode(_ place: Range<Int>) -> [UInt8] {
        let text = UnsafeBufferPointer(start: ZoneFiles.lines.utf8Start, count: ZoneFiles.lines.utf8CodeUnitCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(place.count * 3 / 4)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for letter in text[place] {
            bits = bits << 6 | value(of: letter)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    private static func value(of letter: UInt8) -> UInt32 {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        default: 63
        }
    }
}
