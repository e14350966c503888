/// Writes the parts of a run's state.
struct StateWriter {
    private(set) var encoded: [UInt8] = []

    mutating func byte(_ byte: UInt8) {
        encoded.append(byte)
    }

    /// Seven bits a byte, the lowest first; the high bit says that more follow.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            encoded.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        encoded.append(UInt8(rest))
    }

    /// The sign goes last, so that small negative numbers are small.
    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func instant(_ instant: Timestamp) {
        signed(instant.microseconds)
    }

    mutating func bytes(_ bytes: [UInt8]) {
        unsigned(UInt64(bytes.count))
        encoded.append(contentsOf: bytes)
    }

    mutating func text(_ text: String) {
        bytes(Array(text.utf8))
    }

    mutating func optional<Element>(_ element: Element?, _ write: (inout StateWriter, Element) -> Void) {
        byte(element == nil ? 0 : 1)
        if let element { write(&self, element) }
    }

    mutating func list<Element>(_ list: [Element], _ write: (inout StateWriter, Element) -> Void) {
        unsigned(UInt64(list.count))
        for element in list { write(&self, element) }
    }

    /// In the order of their names, because a dictionary has none.
    mutating func fields(_ fields: [String: Value]) {
        let sorted = fields.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        list(sorted) { writer, field in
            writer.text(field.key)
            writer.value(field.value)
        }
    }

    mutating func value(_ value: Value) {
        switch value {
        case .missing: byte(0)
        case .bool(let flag): byte(flag ? 2 : 1)
        case .text(let bytes):
            byte(3)
            self.bytes(bytes)
        case .list(let items):
            byte(4)
            list(items) { $0.value($1) }
        case .number(let number, let kind):
            byte(16 + kind.rawValue)
            signed(number)
        }
    }

    mutating func waiting(_ waiting: RunState.Waiting) {
        switch waiting {
        case .time: byte(0)
        case .event: byte(1)
        case .condition: byte(2)
        case .pause: byte(3)
        case .send(let number):
            byte(4)
            unsigned(UInt64(number))
        case .call(let number):
            byte(5)
            unsigned(UInt64(number))
        case .facts: byte(6)
        case .ended(let ending): self.ending(ending)
        }
    }

    private mutating func ending(_ ending: RunState.Ending) {
        switch ending {
        case .exit(let name):
            byte(16)
            text(name)
        case .goal: byte(17)
        case .exitWhen(let index):
            byte(18)
            unsigned(UInt64(index))
        case .heldOut: byte(19)
        case .replaced: byte(20)
        case .cancelled: byte(21)
        }
    }
}
