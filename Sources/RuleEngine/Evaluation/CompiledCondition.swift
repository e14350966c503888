/// A condition ready to run: for one contact as a chain of tests that jump, for a page of contacts column by column.
///
/// Both mean the same, and the same as `TypedExpression.evaluate` and the SQL of a store. It knows no links, sender
/// or loop variables; conditions of audiences have none (`TypedExpression.isForAudiences`). What the contact's page
/// doesn't hold, such as `count(order_placed)`, becomes a column of its own before the tests run.
package struct CompiledCondition: Sendable {
    private static let accept: Int32 = -1
    private static let reject: Int32 = -2

    private let program: ConditionProgram
    private let plan: ConditionProgram.Plan
    /// The tests with their jumps, threaded: `and`, `or` and `not` are gone, they only decide where a test leads.
    private let code: [ConditionProgram.Test]
    private let entry: Int32
    private let slots: [Int]
    /// Every test is of a field against constants.
    private let isPlain: Bool
    private let roots: [TypedNode]

    package init(_ expression: TypedExpression) {
        self.init(all: [expression])
    }

    /// Holds where all of them hold; with none, always.
    package init(all expressions: [TypedExpression]) {
        roots = expressions.map(\.root)
        slots = expressions.reduce(into: Set<Int>()) { $0.formUnion($1.slots) }.sorted()
        var builder = ConditionProgramBuilder(firstFactSlot: (slots.last ?? -1) + 1)
        let plans = expressions.map { builder.plan($0.root) }
        plan = plans.count == 1 ? plans[0] : .and(plans)
        program = builder.program
        var code: [ConditionProgram.Test] = []
        entry = Self.thread(plan, onTrue: Self.accept, onFalse: Self.reject, into: &code)
        self.code = code
        isPlain = program.facts.isEmpty && code.allSatisfy(\.isPlain)
    }

    /// Built from the end, so that every test's targets are there before the test itself.
    private static func thread(
        _ plan: ConditionProgram.Plan, onTrue: Int32, onFalse: Int32, into code: inout [ConditionProgram.Test]
    ) -> Int32 {
        switch plan {
        case .test(var test):
            test.onTrue = onTrue
            test.onFalse = onFalse
            code.append(test)
            return Int32(code.count - 1)
        case .and(let plans):
            return plans.reversed().reduce(onTrue) { thread($1, onTrue: $0, onFalse: onFalse, into: &code) }
        case .or(let plans):
            return plans.reversed().reduce(onFalse) { thread($1, onTrue: onTrue, onFalse: $0, into: &code) }
        case .not(let plan): return thread(plan, onTrue: onFalse, onFalse: onTrue, into: &code)
        }
    }

    // MARK: One contact

    package func holds(for row: Int, in page: borrowing FactPage, now: Timestamp) -> Bool {
        if isPlain { return holdsPlainly(for: row, in: page) }
        return holds(for: row, in: page, now: now, history: HistoryFacts())
    }

    package func holds(
        for row: Int, in page: borrowing FactPage, now: Timestamp, history: HistoryFacts,
        offices: OfficeClocks = OfficeClocks()
    ) -> Bool {
        guard !program.facts.isEmpty else {
            return isPlain ? holdsPlainly(for: row, in: page) : holdsFully(for: row, in: page, now: now)
        }
        // Columns of one row wouldn't pay.
        let context = EvaluationContext(page: copy page, row: row, now: now, history: history, offices: offices)
        return roots.allSatisfy { $0.evaluate(in: context).isTrue }
    }

    /// Only fields against constants: no more is looked at than the columns that are reached.
    private func holdsPlainly(for row: Int, in page: borrowing FactPage) -> Bool {
        precondition(row >= 0, "rows are counted from zero")
        return page.columns.withUnsafeBufferPointer { columns in
            program.numbers.withUnsafeBufferPointer { numbers in
                code.withUnsafeBufferPointer { code in
                    var next = entry
                    while next >= 0 {
                        let test = code.baseAddress.unsafelyUnwrapped + Int(next)
                        let isTrue = Self.holds(test, row, columns, numbers)
                        next = isTrue ? test.pointee.onTrue : test.pointee.onFalse
                    }
                    return next == Self.accept
                }
            }
        }
    }

    @inline(__always)
    private static func holds(
        _ test: UnsafePointer<ConditionProgram.Test>, _ row: Int, _ columns: UnsafeBufferPointer<FactPage.Column>,
        _ numbers: UnsafeBufferPointer<Int64>
    ) -> Bool {
        let slot = Int(test.pointee.slot)
        var value: Int64 = 0
        var isKnown = false
        if slot < columns.count, row < columns[slot].present.count, row < columns[slot].values.count {
            isKnown = columns[slot].present[row] != 0
            value = columns[slot].values[row]
        }
        switch test.pointee.kind {
        case .isMissing: return !isKnown
        case .isKnown: return isKnown
        case .equal: return isKnown && value == test.pointee.value
        case .notEqual: return isKnown && value != test.pointee.value
        case .less: return isKnown && value < test.pointee.value
        case .lessOrEqual: return isKnown && value <= test.pointee.value
        case .greater: return isKnown && value > test.pointee.value
        case .greaterOrEqual: return isKnown && value >= test.pointee.value
        case .isAmong:
            guard isKnown else { return false }
            for index in Int(test.pointee.first)..<Int(test.pointee.second) where numbers[index] == value {
                return true
            }
            return false
        case .compareNumbers, .compareTexts, .contains, .startsWith, .endsWith, .listContains, .operandIsKnown,
            .operandIsMissing, .operandIsTrue, .operandIsAmong, .matches, .never:
            return false
        }
    }

    private func holdsFully(for row: Int, in page: borrowing FactPage, now: Timestamp) -> Bool {
        withFrame(of: page, rows: row + 1, now: now, facts: FactColumns()) { frame in
            code.withUnsafeBufferPointer { code in
                var next = entry
                while next >= 0 {
                    let test = code[Int(next)]
                    next = frame.holds(test, row) ? test.onTrue : test.onFalse
                }
                return next == Self.accept
            }
        }
    }

    // MARK: A page of contacts

    /// Puts a 1 into `selection` for every row for which the condition holds, and a 0 for the others.
    ///
    /// - Parameter histories: one a row, where the condition asks for it. Rows without one have no history.
    package func select(
        _ page: borrowing FactPage, now: Timestamp, histories: [HistoryFacts] = [],
        offices: OfficeClocks = OfficeClocks(), into selection: inout [UInt8]
    ) {
        let count = page.count
        let facts = FactColumns(
            of: program.facts, page: page, now: now, histories: histories, offices: offices)
        if selection.count != count {
            selection.removeAll(keepingCapacity: true)
            selection.append(contentsOf: repeatElement(0, count: count))
        }
        guard count > 0 else { return }
        selection.withUnsafeMutableBufferPointer { selection in
            withFrame(of: page, rows: count, now: now, facts: facts) { frame in
                ConditionColumns(frame: frame, count: count).run(plan, .set, selection)
            }
        }
    }

    // MARK: Memory

    @inline(__always)
    private func withFrame<Result>(
        of page: borrowing FactPage, rows: Int, now: Timestamp, facts: FactColumns, _ body: (ConditionFrame) -> Result
    ) -> Result {
        let operands = program.operands.withUnsafeBufferPointer { $0 }
        let numbers = program.numbers.withUnsafeBufferPointer { $0 }
        let texts = program.texts.withUnsafeBufferPointer { $0 }
        let pool = program.pool.withUnsafeBufferPointer { $0 }
        let globs = program.globs.withUnsafeBufferPointer { $0 }
        let conditions = program.conditions.withUnsafeBufferPointer { $0 }
        // The program is constant and `self` outlives the call, so its arrays stay where they are.
        return withExtendedLifetime(self) {
            slots.withUnsafeBufferPointer { slots in
                page.withView(of: slots, rows: rows, facts: facts) { view in
                    body(
                        ConditionFrame(
                            view: view, firstFactSlot: program.firstFactSlot, now: now.microseconds, operands: operands,
                            numbers: numbers, texts: texts,
                            pool: pool, globs: globs, conditions: conditions))
                }
            }
        }
    }
}

extension TypedExpression {
    /// False where it reads what only a message or a run has (links, the sender, loop variables, the run's events and
    /// steps), or what no store keeps.
    package var isForAudiences: Bool {
        root.isForAudiences
    }
}

extension FactQuery {
    fileprivate var isForAudiences: Bool {
        switch self {
        // Inside the condition of a history function, where the event is one of the contact's own.
        case .field(.event, _): true
        case .history(let query):
            switch query.subject {
            case .event, .template: true
            case .step: false
            }
        case .isOpen, .opensNext, .localDay: true
        case .field(.entry, _), .runID, .conversationID, .channel, .rate, .input: false
        }
    }
}

extension TypedNode {
    /// Its value is the same for every contact: it is made of `now`, of fixed values and of office hours.
    package var isFixedInTime: Bool {
        switch kind {
        case .constant, .now, .runStartedAt: true
        case .fact(.opensNext), .fact(.isOpen): true
        case .arithmetic, .fallback: operands.allSatisfy(\.isFixedInTime)
        default: false
        }
    }

    fileprivate var isForAudiences: Bool {
        switch kind {
        case .local, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink: false
        case .fact(let query) where !query.isForAudiences: false
        default: operands.allSatisfy(\.isForAudiences)
        }
    }
}
