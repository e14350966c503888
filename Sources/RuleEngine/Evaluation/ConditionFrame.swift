/// Everything that a test reads, as pointers: the page, the condition's constants, the time.
struct ConditionFrame {
    let view: FactView
    /// Slots from here on are facts, whose texts lie in a pool of their own.
    let firstFactSlot: Int32
    let now: Int64
    let operands: UnsafeBufferPointer<ConditionProgram.Operand>
    let numbers: UnsafeBufferPointer<Int64>
    let texts: UnsafeBufferPointer<UInt64>
    let pool: UnsafeBufferPointer<UInt8>
    let globs: UnsafeBufferPointer<Glob>
    let conditions: UnsafeBufferPointer<ConditionProgram.Plan>

    /// An operand's value.
    struct Scalar {
        /// In which pool a text's bytes lie.
        enum Home {
            case page, facts, condition
        }

        var bits: Int64
        var isPresent: Bool
        var home: Home

        @inline(__always)
        init(_ bits: Int64, in home: Home = .page) {
            self.bits = bits
            isPresent = true
            self.home = home
        }

        @inline(__always)
        private init(missing: Void) {
            bits = 0
            isPresent = false
            home = .page
        }

        static var missing: Scalar { Scalar(missing: ()) }
    }

    // MARK: Tests

    @inline(__always)
    func holds(_ test: ConditionProgram.Test, _ row: Int) -> Bool {
        switch test.kind {
        case .equal: field(test, row) { $0 == $1 }
        case .notEqual: field(test, row) { $0 != $1 }
        case .less: field(test, row) { $0 < $1 }
        case .lessOrEqual: field(test, row) { $0 <= $1 }
        case .greater: field(test, row) { $0 > $1 }
        case .greaterOrEqual: field(test, row) { $0 >= $1 }
        case .isKnown: isKnown(test, row)
        case .isMissing: !isKnown(test, row)
        case .isAmong:
            if let column = view.column(Int(test.slot)), column.present[row] != 0 {
                isAmong(Scalar(column.values[row], in: home(of: test.slot)), test)
            } else {
                false
            }
        case .compareNumbers, .compareTexts, .contains, .startsWith, .endsWith, .listContains, .operandIsKnown,
            .operandIsMissing, .operandIsTrue, .operandIsAmong, .matches, .never:
            withUnsafePointer(to: test) { holdsSlowly($0, row) }
        }
    }

    @inline(__always)
    private func field(_ test: ConditionProgram.Test, _ row: Int, _ compare: (Int64, Int64) -> Bool) -> Bool {
        guard let column = view.column(Int(test.slot)) else { return false }
        return column.present[row] != 0 && compare(column.values[row], test.value)
    }

    @inline(__always)
    private func isKnown(_ test: ConditionProgram.Test, _ row: Int) -> Bool {
        guard let column = view.column(Int(test.slot)) else { return false }
        return column.present[row] != 0
    }

    @inline(__always)
    private func isAmong(_ scalar: Scalar, _ test: ConditionProgram.Test) -> Bool {
        var low = Int(test.first)
        var high = Int(test.second)
        while high - low > 8 {
            let middle = (low + high) / 2
            if numbers[middle] <= scalar.bits { low = middle } else { high = middle }
        }
        for index in low..<high where numbers[index] == scalar.bits { return true }
        guard test.table < test.tableEnd else { return false }
        return withText(scalar) { text in
            for index in Int(test.table)..<Int(test.tableEnd) {
                let candidate = Scalar(Int64(bitPattern: texts[index]), in: .condition)
                if withText(candidate, { Comparison.order(text, $0) == 0 }) { return true }
            }
            return false
        }
    }

    @inline(never)
    private func holdsSlowly(_ pointer: UnsafePointer<ConditionProgram.Test>, _ row: Int) -> Bool {
        let test = pointer.pointee
        switch test.kind {
        case .compareNumbers:
            let left = value(test.first, row)
            let right = value(test.second, row)
            return left.isPresent && right.isPresent && comparison(test).holds(left.bits, right.bits)
        case .compareTexts: return withTexts(test, row) { comparison(test).holds(Comparison.order($0, $1), 0) }
        case .contains: return withTexts(test, row) { TextOperator.contains.holds($0, $1) }
        case .startsWith: return withTexts(test, row) { TextOperator.startsWith.holds($0, $1) }
        case .endsWith: return withTexts(test, row) { TextOperator.endsWith.holds($0, $1) }
        case .listContains: return withTexts(test, row) { Self.list($0, contains: $1) }
        case .operandIsKnown: return value(test.first, row).isPresent
        case .operandIsMissing: return !value(test.first, row).isPresent
        case .operandIsTrue:
            let operand = value(test.first, row)
            return operand.isPresent && operand.bits != 0
        case .operandIsAmong:
            let operand = value(Int32(test.value), row)
            return operand.isPresent && isAmong(operand, test)
        case .matches:
            let operand = value(test.first, row)
            return operand.isPresent && withText(operand) { globs[Int(test.table)].matches($0) }
        case .never: return false
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isKnown, .isMissing, .isAmong:
            return holds(test, row)
        }
    }

    @inline(__always)
    private func comparison(_ test: ConditionProgram.Test) -> Comparison {
        ConditionProgram.comparisons[Int(test.comparison)]
    }

    /// Every item of a list ends with 0x1F.
    private static func list(_ list: UnsafeBufferPointer<UInt8>, contains item: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        for index in 0..<list.count where list[index] == 0x1F {
            if Comparison.order(UnsafeBufferPointer(rebasing: list[start..<index]), item) == 0 { return true }
            start = index + 1
        }
        return false
    }

    // MARK: Operands

    @inline(__always)
    private func home(of slot: Int32) -> Scalar.Home {
        slot < firstFactSlot ? .page : .facts
    }

    private func value(_ index: Int32, _ row: Int) -> Scalar {
        let operand = operands[Int(index)]
        switch operand.kind {
        case .number: return Scalar(operand.value)
        case .text: return Scalar(operand.value, in: .condition)
        case .now: return Scalar(now)
        case .field:
            guard let column = view.column(Int(operand.first)), column.present[row] != 0 else { return .missing }
            return Scalar(column.values[row], in: home(of: operand.first))
        case .arithmetic:
            let left = value(operand.first, row)
            let right = value(operand.second, row)
            guard left.isPresent, right.isPresent,
                let result = Arithmetic(rawValue: Int(operand.arithmetic))?.apply(left.bits, right.bits)
            else { return .missing }
            return Scalar(result)
        case .textLength:
            let text = value(operand.first, row)
            guard text.isPresent else { return .missing }
            return Scalar(withText(text) { $0.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 } })
        case .listCount:
            let list = value(operand.first, row)
            guard list.isPresent else { return .missing }
            return Scalar(withText(list) { $0.reduce(0) { $1 == 0x1F ? $0 + 1 : $0 } })
        case .fallback:
            let first = value(operand.first, row)
            return first.isPresent ? first : value(operand.second, row)
        case .condition: return Scalar(holds(conditions[Int(operand.first)], row) ? 1 : 0)
        }
    }

    private func holds(_ plan: ConditionProgram.Plan, _ row: Int) -> Bool {
        switch plan {
        case .test(let test): holds(test, row)
        case .and(let plans): plans.allSatisfy { holds($0, row) }
        case .or(let plans): plans.contains { holds($0, row) }
        case .not(let plan): !holds(plan, row)
        }
    }

    private func withTexts(
        _ test: ConditionProgram.Test, _ row: Int,
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        let left = value(test.first, row)
        let right = value(test.second, row)
        guard left.isPresent, right.isPresent else { return false }
        return withText(left) { left in withText(right) { body(left, $0) } }
    }

    private func withText<Result>(_ scalar: Scalar, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let packed = PackedText(bits: UInt64(bitPattern: scalar.bits))
        if packed.isInline {
            // The lowest byte of the bits is the first of the text, and lies first in memory.
            return withUnsafeBytes(of: packed.bits.littleEndian) { bytes in
                body(UnsafeBufferPointer(rebasing: bytes.assumingMemoryBound(to: UInt8.self)[0..<packed.count]))
            }
        }
        let bytes =
            switch scalar.home {
            case .page: view.pool
            case .facts: view.factPool
            case .condition: pool
            }
        return body(UnsafeBufferPointer(rebasing: bytes[packed.poolOffset..<packed.poolOffset + packed.count]))
    }
}
