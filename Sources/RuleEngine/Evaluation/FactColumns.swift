/// The answers to what a condition asks beyond the contact's page, a column a question, in the form of a `FactPage`.
struct FactColumns {
    private(set) var columns: [FactPage.Column] = []
    private(set) var pool: [UInt8] = []

    /// For conditions that ask nothing.
    init() {}

    init(
        of facts: [TypedNode], page: borrowing FactPage, now: Timestamp, histories: [HistoryFacts],
        offices: OfficeClocks
    ) {
        guard !facts.isEmpty else { return }
        columns = Array(repeating: FactPage.Column(), count: facts.count)
        var context = EvaluationContext(page: copy page, row: 0, now: now, offices: offices)
        for row in 0..<page.count {
            context.row = row
            context.history = row < histories.count ? histories[row] : HistoryFacts()
            for (index, fact) in facts.enumerated() {
                append(fact.evaluate(in: context), to: index)
            }
        }
    }

    private mutating func append(_ value: Value, to index: Int) {
        switch value {
        case .missing: columns[index].appendMissing()
        case .bool(let flag): columns[index].append(flag ? 1 : 0)
        case .number(let number, _): columns[index].append(number)
        case .text(let bytes): columns[index].append(packed(bytes))
        case .list(let items):
            var bytes: [UInt8] = []
            for case .text(let item) in items { bytes += item + [0x1F] }
            columns[index].append(packed(bytes))
        }
    }

    private mutating func packed(_ bytes: [UInt8]) -> Int64 {
        if let inline = PackedText(inline: bytes) { return Int64(bitPattern: inline.bits) }
        let packed = PackedText(offset: pool.count, length: bytes.count)
        pool += bytes
        return Int64(bitPattern: packed.bits)
    }
}
