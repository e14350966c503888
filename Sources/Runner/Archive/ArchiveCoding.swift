/// The kept form of a message's texts: which of their bytes stand in the frame, where, and all others as they are.
///
/// A version byte; the message's own reference, once; then each part as its mark, its length and stretches, by turns literal
/// and copied, until the length is reached. Numbers are variable-length. A copy's place is told by its distance from where the
/// last one ended, and the reference counts as standing behind the frame.
enum ArchiveCoding {
    static let version: UInt8 = 1
    /// No message is longer than its parts may be together; a damaged number ends here.
    private static let longest = 1 << 26

    static func begin(reference: [UInt8], into kept: inout [UInt8]) {
        kept.append(version)
        append(UInt64(reference.count), to: &kept)
        kept += reference
    }

    /// - Parameter expected: where the copy before this part ended in the frame; 0 for the first part.
    static func append(
        _ mark: UInt8, _ part: [UInt8], frame: MessageFrame, reference: [UInt8], expected: inout Int,
        into kept: inout [UInt8]
    ) {
        kept.append(mark)
        append(UInt64(part.count), to: &kept)
        part.withUnsafeBytes { part in
            frame.bytes.withUnsafeBytes { constants in
                reference.withUnsafeBytes { own in
                    stretches(of: part, constants, own, frame, &expected, into: &kept)
                }
            }
        }
    }

    private static func stretches(
        of part: UnsafeRawBufferPointer, _ constants: UnsafeRawBufferPointer, _ own: UnsafeRawBufferPointer,
        _ frame: MessageFrame, _ expected: inout Int, into kept: inout [UInt8]
    ) {
        let shortest = MessageFrame.shortest
        let ownWord = own.count >= shortest ? own.loadUnaligned(fromByteOffset: 0, as: UInt64.self) : 0
        var literal = 0
        var index = 0
        while index + shortest <= part.count {
            let word = part.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            var place = -1
            if expected + shortest <= constants.count,
                constants.loadUnaligned(fromByteOffset: expected, as: UInt64.self) == word
            {
                // Behind a value the text goes on where it stopped.
                place = expected
            } else if own.count >= shortest, word == ownWord,
                common(part, index, own, 0) == own.count
            {
                copy(part, literal..<index, own.count, from: constants.count, expected, into: &kept)
                index += own.count
                literal = index
                continue
            } else {
                let candidate = frame.place(of: word)
                if candidate >= 0, constants.loadUnaligned(fromByteOffset: candidate, as: UInt64.self) == word {
                    place = candidate
                }
            }
            guard place >= 0 else {
                index += 1
                continue
            }
            let count = common(part, index, constants, place)
            copy(part, literal..<index, count, from: place, expected, into: &kept)
            expected = place + count
            index += count
            literal = index
        }
        if literal < part.count {
            append(UInt64(part.count - literal), to: &kept)
            kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: part[literal...]))
        }
    }

    private static func copy(
        _ part: UnsafeRawBufferPointer, _ literal: Range<Int>, _ count: Int, from place: Int, _ expected: Int,
        into kept: inout [UInt8]
    ) {
        append(UInt64(literal.count), to: &kept)
        kept.append(contentsOf: UnsafeRawBufferPointer(rebasing: part[literal]))
        append(UInt64(count), to: &kept)
        let distance = Int64(place - expected)
        append(UInt64(bitPattern: (distance << 1) ^ (distance >> 63)), to: &kept)
    }

    /// How many bytes agree from there on.
    private static func common(
        _ left: UnsafeRawBufferPointer, _ from: Int, _ right: UnsafeRawBufferPointer, _ place: Int
    ) -> Int {
        let limit = min(left.count - from, right.count - place)
        var count = 0
        while count + 8 <= limit,
            left.loadUnaligned(fromByteOffset: from + count, as: UInt64.self)
                == right.loadUnaligned(fromByteOffset: place + count, as: UInt64.self)
        {
            count += 8
        }
        while count < limit, left[from + count] == right[place + count] { count += 1 }
        return count
    }

    // MARK: Read again

    /// The parts in their order, byte for byte; nil for what was not written by `append`.
    static func parts(_ kept: [UInt8], frame: [UInt8]) -> [(mark: UInt8, bytes: [UInt8])]? {
        var rest = kept[...]
        guard rest.popFirst() == version, let reference = bytes(of: &rest) else { return nil }
        var parts: [(mark: UInt8, bytes: [UInt8])] = []
        var expected = 0
        while let mark = rest.popFirst() {
            guard let length = number(of: &rest) else { return nil }
            var part: [UInt8] = []
            part.reserveCapacity(length)
            while part.count < length {
                guard let literal = bytes(of: &rest) else { return nil }
                part += literal
                if part.count == length { break }
                guard let count = number(of: &rest), count > 0, let code = rawNumber(of: &rest) else { return nil }
                let distance = Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1)
                let (place, isBeyond) = expected.addingReportingOverflow(Int(distance))
                guard !isBeyond, place >= 0 else { return nil }
                if place >= frame.count {
                    guard place == frame.count, count == reference.count else { return nil }
                    part += reference
                } else {
                    guard count <= frame.count - place else { return nil }
                    part += frame[place..<place + count]
                    expected = place + count
                }
            }
            guard part.count == length else { return nil }
            parts.append((mark, part))
        }
        return parts
    }

    private static func bytes(of rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let count = number(of: &rest), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func number(of rest: inout ArraySlice<UInt8>) -> Int? {
        guard let number = rawNumber(of: &rest), number <= UInt64(longest) else { return nil }
        return Int(number)
    }

    private static func rawNumber(of rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            guard shift < 64 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    private static func append(_ number: UInt64, to kept: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            kept.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        kept.append(UInt8(rest))
    }
}
