extension TemplateProgram {
    /// Renders a text without branches, loops and filters in two passes: how long can it get, and then every byte
    /// straight to its place. Appending piece by piece costs half as much again.
    ///
    /// - Returns: false where the text might exceed the limit, so that the careful way must decide.
    func runStraight(
        into buffer: inout [UInt8],
        facts: FactPage,
        row: Int,
        context: RenderContext
    ) throws(RenderError) -> Bool {
        // Without branches every constant is written at most once.
        var bound = constants.count + 8 + senderBound(context)
        for field in fields {
            let column = Int(field.slot)
            if facts.columns[column].present[row] == 0 {
                if field.missing == nil { throw .missingValue }
            } else if field.isNumber {
                bound += 20
            } else {
                bound += PackedText(bits: UInt64(bitPattern: facts.columns[column].values[row])).count * field.expansion
            }
        }
        guard bound <= context.limits.bytes else { return false }
        let start = buffer.count
        buffer.append(addingCapacity: bound) { $0.append(repeating: 0, count: bound) }
        let written = buffer.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return 0 }
            return write(to: base + start, facts, row, context)
        }
        buffer.removeLast(bound - written)
        return true
    }

    @inline(__always)
    private func write(
        to place: UnsafeMutablePointer<UInt8>,
        _ facts: FactPage,
        _ row: Int,
        _ context: RenderContext
    ) -> Int {
        var writer = StraightWriter(place: place)
        constants.withUnsafeBufferPointer { constants in
            for step in steps {
                switch step {
                case .constant(let bytes): writer.copy(constants, bytes)
                case .field(let index): writer.write(fields[Int(index)], facts, row, constants)
                case .senderName(let escape): writer.write(context.sender.name, escape)
                case .senderPostalAddress(let escape): writer.write(context.sender.postalAddress ?? [], escape)
                case .unsubscribeLink(let escape): writer.write(context.unsubscribeLink, escape)
                case .output, .jump, .jumpUnless, .jumpUnlessKnown, .beginLoop, .nextItem: break
                }
            }
        }
        return writer.place - place
    }

    fileprivate func senderBound(_ context: RenderContext) -> Int {
        guard usesSender else { return 0 }
        var bound = 0
        for step in steps {
            switch step {
            case .senderName: bound += context.sender.name.count
            case .senderPostalAddress: bound += context.sender.postalAddress?.count ?? 0
            case .unsubscribeLink: bound += context.unsubscribeLink.count
            case .constant, .field, .output, .jump, .jumpUnless, .jumpUnlessKnown, .beginLoop, .nextItem: break
            }
        }
        return bound * 6
    }
}

extension TemplateProgram.Step {
    /// A copy of bytes whose length is known beforehand.
    var isCopy: Bool {
        switch self {
        case .constant, .field: true
        case .senderName(let escape), .senderPostalAddress(let escape), .unsubscribeLink(let escape):
            escape == .none || escape == .html
        case .output, .jump, .jumpUnless, .jumpUnlessKnown, .beginLoop, .nextItem: false
        }
    }
}

extension TemplateProgram.Field {
    /// By how much escaping can lengthen a value at most: `"` becomes `&quot;`.
    fileprivate var expansion: Int { escape == .html ? 6 : 1 }
}

/// Writes into memory that was measured beforehand, with eight bytes to spare.
private struct StraightWriter {
    var place: UnsafeMutablePointer<UInt8>

    @inline(__always)
    mutating func copy(_ constants: UnsafeBufferPointer<UInt8>, _ bytes: TemplateProgram.Bytes) {
        guard let source = constants.baseAddress else { return }
        let count = Int(bytes.end - bytes.start)
        place.update(from: source + Int(bytes.start), count: count)
        place += count
    }

    @inline(__always)
    mutating func write(_ bytes: [UInt8], _ escape: Escape) {
        bytes.withUnsafeBufferPointer { write($0, escape) }
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeBufferPointer<UInt8>, _ escape: Escape) {
        guard let source = bytes.baseAddress else { return }
        if escape == .html {
            for byte in bytes { put(escaped: byte) }
        } else {
            place.update(from: source, count: bytes.count)
            place += bytes.count
        }
    }

    @inline(__always)
    mutating func write(
        _ field: TemplateProgram.Field,
        _ facts: FactPage,
        _ row: Int,
        _ constants: UnsafeBufferPointer<UInt8>
    ) {
        let slot = Int(field.slot)
        guard facts.columns[slot].present[row] != 0 else {
            if let missing = field.missing { copy(constants, missing) }
            return
        }
        let value = facts.columns[slot].values[row]
        if field.isNumber { return write(number: value) }
        copy(constants, field.before)
        let text = PackedText(bits: UInt64(bitPattern: value))
        if text.isInline {
            var bits = text.bits
            if field.escape == .html {
                for _ in 0..<text.count {
                    put(escaped: UInt8(truncatingIfNeeded: bits))
                    bits >>= 8
                }
            } else {
                // All eight bytes at once; the ones beyond the text are written over by what follows.
                UnsafeMutableRawPointer(place).storeBytes(of: bits.littleEndian, as: UInt64.self)
                place += text.count
            }
        } else {
            let range = text.poolOffset..<text.poolOffset + text.count
            facts.pool.withUnsafeBufferPointer { write(UnsafeBufferPointer(rebasing: $0[range]), field.escape) }
        }
        copy(constants, field.after)
    }

    private mutating func write(number: Int64) {
        var rest = number.magnitude
        var digits = 1
        var power: UInt64 = 10
        while digits < 20, rest >= power {
            digits += 1
            if digits < 20 { power *= 10 }
        }
        if number < 0 {
            place.pointee = UInt8(ascii: "-")
            place += 1
        }
        for index in stride(from: digits - 1, through: 0, by: -1) {
            place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        place += digits
    }

    @inline(__always)
    private mutating func put(escaped byte: UInt8) {
        if !Escape.needsHTML(byte) {
            place.pointee = byte
            place += 1
            return
        }
        switch byte {
        case UInt8(ascii: "&"): put("&amp;")
        case UInt8(ascii: "<"): put("&lt;")
        case UInt8(ascii: ">"): put("&gt;")
        case UInt8(ascii: "\""): put("&quot;")
        default: put("&#39;")
        }
    }

    private mutating func put(_ text: StaticString) {
        place.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        place += text.utf8CodeUnitCount
    }
}
