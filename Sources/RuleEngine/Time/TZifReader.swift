/// Why bytes are no time zone.
package enum TZifError: Error, Sendable, Hashable {
    case notTZif
    case truncated
    /// Counts or indices contradict each other.
    case inconsistent
    case badFooter
}

/// Reads the TZif format. Files come from packages and from folders that an operator names, so nothing in them is
/// trusted: every count and every index is checked.
enum TZifReader {
    private struct Header {
        let version: UInt8
        let isUTCount: Int
        let isStandardCount: Int
        let leapCount: Int
        let transitionCount: Int
        let typeCount: Int
        let characterCount: Int

        func bodySize(timeSize: Int) -> Int {
            transitionCount * timeSize + transitionCount + typeCount * 6 + characterCount
                + leapCount * (timeSize + 4) + isStandardCount + isUTCount
        }
    }

    static func read(_ bytes: [UInt8]) throws(TZifError) -> TimeZoneRules {
        var reader = ByteReader(bytes)
        var header = try readHeader(&reader)
        if header.version == 0 {
            return try readBody(&reader, header, timeSize: 4, hasFooter: false)
        }
        // From version 2 on the same data follow with times of eight bytes; the first block is for old readers.
        try reader.skip(header.bodySize(timeSize: 4))
        header = try readHeader(&reader)
        return try readBody(&reader, header, timeSize: 8, hasFooter: true)
    }

    private static func readHeader(_ reader: inout ByteReader) throws(TZifError) -> Header {
        guard reader.rest >= 44 else { throw reader.position == 0 ? .notTZif : .truncated }
        guard try reader.take(4) == Array("TZif".utf8) else { throw .notTZif }
        let version = try reader.take(1)[0]
        try reader.skip(15)
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = Int(try reader.integer(4))
            // No zone comes near this; larger counts are damage.
            guard (0...100_000).contains(count) else { throw .inconsistent }
            counts.append(count)
        }
        return Header(
            version: version,
            isUTCount: counts[0],
            isStandardCount: counts[1],
            leapCount: counts[2],
            transitionCount: counts[3],
            typeCount: counts[4],
            characterCount: counts[5]
        )
    }

    private static func readBody(
        _ reader: inout ByteReader,
        _ header: Header,
        timeSize: Int,
        hasFooter: Bool
    ) throws(TZifError) -> TimeZoneRules {
        guard (1...256).contains(header.typeCount) else { throw .inconsistent }
        var transitions: [Int64] = []
        transitions.reserveCapacity(header.transitionCount)
        for _ in 0..<header.transitionCount {
            let time = try reader.integer(timeSize)
            if let last = transitions.last, last >= time { throw .inconsistent }
            transitions.append(time)
        }
        let offsetAfter = try reader.take(header.transitionCount)
        guard offsetAfter.allSatisfy({ Int($0) < header.typeCount }) else { throw .inconsistent }
        var types: [(seconds: Int, isDaylightSaving: Bool, name: Int)] = []
        for _ in 0..<header.typeCount {
            let seconds = Int(try reader.integer(4))
            guard abs(seconds) < 172_800 else { throw .inconsistent }
            let rest = try reader.take(2)
            types.append((seconds, rest[0] != 0, Int(rest[1])))
        }
        let names = try reader.take(header.characterCount)
        var offsets: [TimeZoneRules.Offset] = []
        for type in types {
            guard type.name < names.count else { throw .inconsistent }
            let name = String(decoding: names[type.name...].prefix { $0 != 0 }, as: UTF8.self)
            offsets.append(
                TimeZoneRules.Offset(
                    seconds: type.seconds,
                    isDaylightSaving: type.isDaylightSaving,
                    abbreviation: name
                )
            )
        }
        try reader.skip(header.leapCount * (timeSize + 4) + header.isStandardCount + header.isUTCount)
        return TimeZoneRules(
            transitions: transitions,
            offsetAfter: offsetAfter,
            offsets: offsets,
            footer: hasFooter ? try readFooter(&reader) : nil
        )
    }

    private static func readFooter(_ reader: inout ByteReader) throws(TZifError) -> PosixZoneRule? {
        guard try reader.take(1)[0] == UInt8(ascii: "\n") else { throw .badFooter }
        let rest = try reader.take(reader.rest)
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw .badFooter }
        if end == 0 { return nil }
        guard let rule = PosixZoneRule(Array(rest[..<end])) else { throw .badFooter }
        return rule
    }
}

private struct ByteReader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var rest: Int { bytes.count - position }

    mutating func take(_ count: Int) throws(TZifError) -> [UInt8] {
        guard count <= rest else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func skip(_ count: Int) throws(TZifError) {
        guard count <= rest else { throw .truncated }
        position += count
    }

    /// A signed number, most significant byte first.
    mutating func integer(_ size: Int) throws(TZifError) -> Int64 {
        guard size <= rest else { throw .truncated }
        var value: Int64 = bytes[position] & 0x80 != 0 ? -1 : 0
        for byte in bytes[position..<position + size] {
            value = value << 8 | Int64(byte)
        }
        position += size
        return value
    }
}
