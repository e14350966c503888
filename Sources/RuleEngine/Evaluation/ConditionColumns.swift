/// Runs a condition over a page, one test after the other over the whole column. The loops over plain fields have
/// no branches, so that the compiler turns them into vector instructions.
struct ConditionColumns {
    /// How a test's result meets what is in the selection already.
    enum Mode {
        case set, and, or
    }

    let frame: ConditionFrame
    let count: Int

    func run(_ plan: ConditionProgram.Plan, _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>) {
        switch plan {
        case .test(let test): run(test, mode, selection)
        case .and(let plans) where mode != .or: chain(plans, first: mode, rest: .and, empty: 1, selection)
        case .or(let plans) where mode != .and: chain(plans, first: mode, rest: .or, empty: 0, selection)
        case .and, .or: combineSeparately(plan, mode, isNegated: false, selection)
        case .not(let inner): combineSeparately(inner, mode, isNegated: true, selection)
        }
    }

    private func chain(
        _ plans: [ConditionProgram.Plan], first: Mode, rest: Mode, empty: UInt8,
        _ selection: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard let head = plans.first else {
            if first == .set { selection.update(repeating: empty) }
            return
        }
        run(head, first, selection)
        for plan in plans.dropFirst() { run(plan, rest, selection) }
    }

    private func combineSeparately(
        _ plan: ConditionProgram.Plan, _ mode: Mode, isNegated: Bool, _ selection: UnsafeMutableBufferPointer<UInt8>
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { scratch in
            run(plan, .set, scratch)
            let flip: UInt8 = isNegated ? 1 : 0
            combine(mode, selection) { scratch[$0] ^ flip }
        }
    }

    private func run(
        _ test: ConditionProgram.Test, _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>
    ) {
        switch test.kind {
        case .equal: compare(test, mode, selection) { Bits.equal($0, $1) }
        case .notEqual: compare(test, mode, selection) { Bits.equal($0, $1) ^ 1 }
        case .less: compare(test, mode, selection) { Bits.less($0, $1) }
        case .lessOrEqual: compare(test, mode, selection) { Bits.less($1, $0) ^ 1 }
        case .greater: compare(test, mode, selection) { Bits.less($1, $0) }
        case .greaterOrEqual: compare(test, mode, selection) { Bits.less($0, $1) ^ 1 }
        case .isKnown, .isMissing:
            let flip: UInt8 = test.kind == .isMissing ? 1 : 0
            guard let column = frame.view.column(Int(test.slot)) else { return combine(mode, selection) { _ in flip } }
            combine(mode, selection) { column.present[$0] ^ flip }
        case .isAmong where test.table == test.tableEnd && test.second - test.first <= 8:
            among(test, mode, selection)
        case .isAmong, .compareNumbers, .compareTexts, .contains, .startsWith, .endsWith, .listContains,
            .operandIsKnown, .operandIsMissing, .operandIsTrue, .operandIsAmong, .matches, .never:
            rowByRow(test, mode, selection)
        }
    }

    @inline(__always)
    private func compare(
        _ test: ConditionProgram.Test, _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>,
        _ compare: (Int64, Int64) -> UInt8
    ) {
        guard let column = frame.view.column(Int(test.slot)) else { return combine(mode, selection) { _ in 0 } }
        let value = test.value
        combine(mode, selection) { compare(column.values[$0], value) & column.present[$0] }
    }

    private func among(
        _ test: ConditionProgram.Test, _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard let column = frame.view.column(Int(test.slot)), test.first < test.second else {
            return combine(mode, selection) { _ in 0 }
        }
        let numbers = frame.numbers
        if test.second - test.first == 2 {
            let one = numbers[Int(test.first)]
            let other = numbers[Int(test.first) + 1]
            return combine(mode, selection) { row in
                let value = column.values[row]
                return (Bits.equal(value, one) | Bits.equal(value, other)) & column.present[row]
            }
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { scratch in
            let first = numbers[Int(test.first)]
            combine(.set, scratch) { Bits.equal(column.values[$0], first) }
            for index in Int(test.first) + 1..<Int(test.second) {
                let number = numbers[index]
                combine(.or, scratch) { Bits.equal(column.values[$0], number) }
            }
            combine(mode, selection) { scratch[$0] & column.present[$0] }
        }
    }

    /// The rows that the tests before have decided are not looked at again.
    private func rowByRow(
        _ test: ConditionProgram.Test, _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>
    ) {
        for row in 0..<count {
            switch mode {
            case .and: if selection[row] == 0 { continue }
            case .or: if selection[row] != 0 { continue }
            case .set: break
            }
            selection[row] = frame.holds(test, row) ? 1 : 0
        }
    }

    @inline(__always)
    private func combine(
        _ mode: Mode, _ selection: UnsafeMutableBufferPointer<UInt8>, _ result: (Int) -> UInt8
    ) {
        guard let out = selection.baseAddress else { return }
        switch mode {
        case .set: for row in 0..<count { out[row] = result(row) }
        case .and: for row in 0..<count { out[row] &= result(row) }
        case .or: for row in 0..<count { out[row] |= result(row) }
        }
    }
}

/// Comparisons without a branch and without a comparison: additions, shifts and masks on 64 bits are vector
/// instructions on every machine, comparing 64 bits isn't.
private enum Bits {
    /// 1 or 0. Any bit in which they differ reaches the top bit of `difference | -difference`.
    @inline(__always)
    static func equal(_ left: Int64, _ right: Int64) -> UInt8 {
        let difference = left ^ right
        return UInt8(truncatingIfNeeded: UInt64(bitPattern: difference | (0 &- difference)) >> 63) ^ 1
    }

    /// 1 or 0: the sign of the subtraction, corrected where it overflowed.
    @inline(__always)
    static func less(_ left: Int64, _ right: Int64) -> UInt8 {
        let difference = left &- right
        let sign = difference ^ ((left ^ right) & (difference ^ left))
        return UInt8(truncatingIfNeeded: UInt64(bitPattern: sign) >> 63)
    }
}
