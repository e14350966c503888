/// Reads what `StateWriter` wrote. Bytes come from a disk, so every length is checked against what is left.
struct StateReader {
    private let source: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        source = bytes
    }

    var isAtEnd: Bool { position == source.count }

    mutating func byte() throws(RunStateError) -> UInt8 {
        guard position < source.count else { throw .truncated }
        position += 1
        return source[position - 1]
    }

    mutating func unsigned() throws(RunStateError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try byte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw .malformed }
            value |= bits << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed
    }

    mutating func signed() throws(RunStateError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func small() throws(RunStateError) -> UInt32 {
        guard let value = UInt32(exactly: try unsigned()) else { throw .malformed }
        return value
    }

    mutating func positive() throws(RunStateError) -> Int32 {
        guard let value = Int32(exactly: try unsigned()) else { throw .malformed }
        return value
    }

    mutating func count() throws(RunStateError) -> Int {
        Int(try positive())
    }

    mutating func flag() throws(RunStateError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw .malformed
        }
    }

    mutating func instant() throws(RunStateError) -> Timestamp {
        Timestamp(microseconds: try signed())
    }

    /// The number of elements that follow. None takes less than a byte, so that no count makes a large empty list.
    mutating func length() throws(RunStateError) -> Int {
        let count = try count()
        guard count <= source.count - position else { throw .truncated }
        return count
    }

    mutating func bytes() throws(RunStateError) -> [UInt8] {
        let count = try length()
        position += count
        return Array(source[position - count..<position])
    }

    mutating func text() throws(RunStateError) -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else { throw .malformed }
        return text
    }

    /// In the order in which they are written, so that one state has one form.
    mutating func fields() throws(RunStateError) -> [String: Value] {
        var fields: [String: Value] = [:]
        var last: String?
        for _ in 0..<(try length()) {
            let name = try text()
            if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) { throw .malformed }
            last = name
            fields[name] = try value(depth: 0)
        }
        return fields
    }

    /// Lists in lists come from nowhere, and must not take the stack either.
    private mutating func value(depth: Int) throws(RunStateError) -> Value {
        let tag = try byte()
        switch tag {
        case 0: return .missing
        case 1, 2: return .bool(tag == 2)
        case 3: return .text(try bytes())
        case 4:
            guard depth < 4 else { throw .malformed }
            var items: [Value] = []
            for _ in 0..<(try length()) { items.append(try value(depth: depth + 1)) }
            return .list(items)
        default:
            guard tag >= 16, let kind = Value.NumberKind(rawValue: tag - 16) else { throw .malformed }
            return .number(try signed(), kind)
        }
    }

    mutating func waiting() throws(RunStateError) -> RunState.Waiting {
        switch try byte() {
        case 0: .time
        case 1: .event
        case 2: .condition
        case 3: .pause
        case 4: .send(try small())
        case 5: .call(try small())
        case 6: .facts
        case 16: .ended(.exit(try text()))
        case 17: .ended(.goal)
        case 18: .ended(.exitWhen(try count()))
        case 19: .ended(.heldOut)
        case 20: .ended(.replaced)
        case 21: .ended(.cancelled)
        default: throw .malformed
        }
    }
}
