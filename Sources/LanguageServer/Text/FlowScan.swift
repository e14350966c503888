/// A flow collection up to the cursor: `{days: mon-fri, hours: `.
struct FlowScan {
    private struct Level {
        let isMapping: Bool
        var keys: [(key: String, value: String)] = []
        /// The key whose value is being written.
        var key: String?
    }

    private var levels: [Level] = []
    /// The pairs of the outermost mapping.
    private(set) var outermost: [(key: String, value: String)] = []
    /// What stands behind the last sign of structure.
    private var pending: [UInt8] = []

    var isOpen: Bool { !levels.isEmpty }

    init(_ text: [UInt8]) {
        var quote: UInt8?
        for (index, byte) in text.enumerated() {
            if let open = quote {
                pending.append(byte)
                if byte == open { quote = nil }
                continue
            }
            switch byte {
            case 0x22,
                0x27 where pending.allSatisfy { $0 == 0x20 }:
                quote = byte
                pending.append(byte)
            case UInt8(ascii: "{") where isStart, UInt8(ascii: "[") where isStart:
                levels.append(Level(isMapping: byte == UInt8(ascii: "{")))
                pending = []
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                end()
                if levels.count == 1 { outermost = levels[0].keys }
                _ = levels.popLast()
                pending = []
            case UInt8(ascii: ","):
                end()
                pending = []
            case UInt8(ascii: ":")
            where levels.last.map { $0.isMapping && $0.key == nil } == true
                && (index + 1 == text.count || text[index + 1] == 0x20):
                levels[levels.count - 1].key = Self.plain(pending)
                pending = []
            default: pending.append(byte)
            }
        }
        if levels.count == 1 { outermost = levels[0].keys }
    }

    private var isStart: Bool { pending.allSatisfy { $0 == 0x20 } }

    /// A pair is complete.
    private mutating func end() {
        guard let level = levels.last, level.isMapping else { return }
        let text = Self.plain(pending)
        if let key = level.key {
            levels[levels.count - 1].keys.append((key, text))
        } else if !text.isEmpty {
            levels[levels.count - 1].keys.append((text, ""))
        }
        levels[levels.count - 1].key = nil
    }

    private static func plain(_ text: [UInt8]) -> String {
        var text = text.drop { $0 == 0x20 }
        while text.last == 0x20 { text.removeLast() }
        if text.count >= 2, let quote = text.first, quote == text.last, quote == 0x22 || quote == 0x27 {
            text = text.dropFirst().dropLast()
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Adds the way through the collection to a place.
    func complete(_ place: inout LineOutline.Place) {
        for level in levels {
            place.around.insert(Dictionary(level.keys.map { ($0.key, $0.value) }) { first, _ in first }, at: 0)
            if level.isMapping {
                if let key = level.key { place.path.append(.key(key)) }
            } else {
                place.path.append(.item([]))
            }
        }
        // The keys of a step in flow style say which step it is.
        if levels.count >= 2, !levels[levels.count - 2].isMapping, let last = levels.last, last.isMapping {
            let index = place.path.lastIndex(of: .item([]))
            let keys = last.keys.map(\.key) + (last.key.map { [$0] } ?? [])
            if let index { place.path[index] = .item(keys) }
        }
        place.written = Array(pending.drop { $0 == 0x20 })
        if let last = levels.last, last.isMapping, last.key == nil {
            place.role = .key(siblings: last.keys.map(\.key))
        } else {
            place.role = .value
        }
    }
}
