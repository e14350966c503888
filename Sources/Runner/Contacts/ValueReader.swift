import RuleEngine

/// Types what stands in a cell, in the form that `FactPage` documents: numbers as integers, text as bytes.
struct ValueReader: Sendable {
    enum Outcome {
        case integer(Int64)
        /// The text was appended to the output.
        case text
        /// Code, what it isn't, and what to write instead.
        case fault(code: String, isNot: String, help: String)
        case tooLong(Int)
        case address(kind: String, AddressFault)
        case control(Unicode.Scalar)
    }

    private let type: ValueType
    private let options: WordTable?
    private let currency: String
    private let normalizer: AddressNormalizer
    private let name: String
    private let maxLength: Int?

    static let maximumTextBytes = 8_192
    static let maximumTags = 200

    init(_ field: ContactField, currency: String, normalizer: AddressNormalizer) {
        type = field.type.type
        name = field.name
        maxLength = field.maxLength
        self.currency = currency
        self.normalizer = normalizer
        options =
            switch field.type.type {
            case .oneOf(let words): WordTable(words)
            case .channelKind: WordTable(Catalog.channelKinds)
            default: nil
            }
    }

    /// `bytes` is trimmed and not empty.
    func read(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        switch type {
        case .text where name == "time_zone":
            return word(bytes, in: KnownNames.timeZones, into: &output) ?? timeZoneFault(bytes)
        case .text, .unknown: return text(bytes, into: &output)
        case .int:
            guard let value = Numbers.integer(bytes) else {
                return .fault(code: "C030", isNot: "a whole number", help: "write digits only, like `12`")
            }
            return .integer(value)
        case .decimal:
            guard let value = Numbers.millionths(bytes) else {
                return .fault(
                    code: "C031",
                    isNot: "a number",
                    help: "write it with a point and at most six places, like `12.5`"
                )
            }
            return .integer(value)
        case .money: return money(bytes)
        case .bool:
            guard let value = Numbers.flag(bytes) else {
                return .fault(code: "C033", isNot: "yes or no", help: "write `yes` or `no`")
            }
            return .integer(value ? 1 : 0)
        case .date:
            guard let value = Dates.date(bytes) else {
                return .fault(code: "C034", isNot: "a date", help: "write year, month and day, like `2026-03-31`")
            }
            return .integer(value.daysSinceEpoch)
        case .instant:
            guard let value = Dates.instant(bytes) else {
                return .fault(code: "C035", isNot: "a point in time", help: "write it like `2026-03-31T14:30:00Z`")
            }
            return .integer(value.microseconds)
        case .duration:
            guard let value = Numbers.duration(bytes) else {
                return .fault(
                    code: "C041",
                    isNot: "a length of time",
                    help: "write a number and a unit, like `90m` or `2d`"
                )
            }
            return .integer(value)
        case .email: return address("email", bytes, into: &output)
        case .phone: return address("phone", bytes, into: &output)
        case .country: return country(bytes, into: &output)
        case .locale: return locale(bytes, into: &output)
        case .channelKind, .oneOf: return oneOf(bytes, into: &output)
        case .list: return list(bytes, into: &output)
        }
    }

    private func address(_ kind: String, _ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        if let fault = normalizer.normalize(kind: kind, bytes, into: &output) { return .address(kind: kind, fault) }
        return .text
    }

    private func text(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        if bytes.count > Self.maximumTextBytes { return .tooLong(Self.maximumTextBytes) }
        // No text has more characters than bytes, so that most need no look.
        if let maxLength, bytes.count > maxLength, bytes.count(where: { $0 & 0xC0 != 0x80 }) > maxLength {
            return .fault(
                code: "C045", isNot: "a text of at most \(maxLength) characters",
                help: "shorten it, or raise `max_length` in the schema")
        }
        if let control = CleanText.append(bytes, to: &output) { return .control(control) }
        return .text
    }

    private func word(
        _ bytes: UnsafeBufferPointer<UInt8>,
        in table: WordTable,
        into output: inout [UInt8]
    ) -> Outcome? {
        guard table.contains(bytes) else { return nil }
        output.append(contentsOf: bytes)
        return .text
    }

    private func timeZoneFault(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        let nearest = NearestName.of(String(decoding: bytes, as: UTF8.self), among: KnownNames.timeZones.words)
        return .fault(
            code: "C039",
            isNot: "a time zone",
            help: "write \(nearest.map { "`\($0)`" } ?? "an IANA name, like `Europe/Berlin`")"
        )
    }

    private func country(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        if bytes.count == 2 {
            let upper = [bytes[0] & 0xDF, bytes[1] & 0xDF]
            if upper.withUnsafeBufferPointer({ KnownNames.countries.contains($0) }) {
                output.append(contentsOf: upper)
                return .text
            }
            if upper == Array("UK".utf8) { return .fault(code: "C038", isNot: "a country", help: "write `GB`") }
        }
        return .fault(code: "C038", isNot: "a country", help: "write its two-letter code (ISO 3166-1), like `DE`")
    }

    private func oneOf(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        guard let options else { return text(bytes, into: &output) }
        if let outcome = word(bytes, in: options, into: &output) { return outcome }
        let nearest = NearestName.of(String(decoding: bytes, as: UTF8.self), among: options.words)
        let all = options.words.prefix(12).joined(separator: ", ") + (options.words.count > 12 ? ", …" : "")
        let isChannel = type == .channelKind
        return .fault(
            code: isChannel ? "C040" : "C036",
            isNot: isChannel ? "a kind of channel" : "one of \(all)",
            help: nearest.map { "write `\($0)`" } ?? "write one of \(all)"
        )
    }

    /// BCP 47 in its usual letter case; an underscore, as in POSIX, is read as a hyphen.
    private func locale(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        let start = output.count
        var length = 0
        var part = 0
        var isSound = bytes.count <= 35
        for index in 0...bytes.count where isSound {
            let byte = index < bytes.count ? bytes[index] : UInt8(ascii: "-")
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"):
                isSound = part == 0 ? 2...3 ~= length : 1...8 ~= length
                setCase(&output, from: output.count - length, length: length, part: part)
                if index < bytes.count { output.append(UInt8(ascii: "-")) }
                part += 1
                length = 0
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                output.append(byte | 0x20)
                length += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9") where part > 0:
                output.append(byte)
                length += 1
            default:
                isSound = false
            }
        }
        if isSound { return .text }
        output.removeSubrange(start...)
        return .fault(code: "C037", isNot: "a language tag", help: "write a tag like `de` or `pt-BR` (BCP 47)")
    }

    private func setCase(_ output: inout [UInt8], from start: Int, length: Int, part: Int) {
        guard part > 0, output[start...].allSatisfy({ $0 >= 0x61 }) else { return }
        if length == 2 {
            for index in start..<start + 2 { output[index] &= 0xDF }
        } else if length == 4 {
            output[start] &= 0xDF
        }
    }

    /// Every item ends with 0x1F. Items are in the order of the file, each once.
    private func list(_ bytes: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Outcome {
        if bytes.count > Self.maximumTextBytes { return .tooLong(Self.maximumTextBytes) }
        let start = output.count
        var items: [Range<Int>] = []
        for part in bytes.split(whereSeparator: { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") }) {
            let item = UTF8Text.trimmed(UnsafeBufferPointer(rebasing: part))
            if item.isEmpty { continue }
            let from = output.count
            if let control = CleanText.append(item, to: &output) {
                output.removeSubrange(start...)
                return .control(control)
            }
            let length = output.count - from
            let isKnown = items.contains { known in
                known.count == length && output[known].elementsEqual(output[from...])
            }
            if isKnown || length == 0 {
                output.removeSubrange(from...)
                continue
            }
            items.append(from..<output.count)
            output.append(0x1F)
        }
        if items.count > Self.maximumTags {
            output.removeSubrange(start...)
            return .fault(code: "C044", isNot: "a list of at most 200 items", help: "keep 200 at most")
        }
        return .text
    }

    private func money(_ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
        let parts = bytes.split(separator: 0x20).map { UnsafeBufferPointer(rebasing: $0) }
        let example = "`12.50` or `\(currency) 12.50`"
        let amounts = parts.filter { Numbers.millionths($0) != nil }
        let names = parts.filter { Numbers.millionths($0) == nil }
        guard amounts.count == 1, names.count <= 1, let amount = Numbers.millionths(amounts[0]) else {
            return .fault(code: "C032", isNot: "an amount of money", help: "write \(example)")
        }
        if let name = names.first, !name.elementsEqual(currency.utf8) {
            return .fault(
                code: "C032",
                isNot: "an amount in \(currency)",
                help: "write the amount in the project's currency, like \(example)"
            )
        }
        return .integer(amount)
    }
}
