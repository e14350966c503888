import Glibc
import RuleEngine

/// The condition of four terms that others are measured by, over contacts for which all four are reached.
///
/// Everything is built at run time from text: a condition that the compiler could see through would look three times
/// faster than it is.
func conditionBench() -> [BenchResult] {
    let plans = ["trial", "a", "b", "pro"]
    let schema = ContactSchema(
        id: "bench",
        declared: [
            ContactField(name: "opt_in", type: TypeInfo(.bool)),
            ContactField(name: "total", type: TypeInfo(.int)),
            ContactField(name: "plan", type: TypeInfo(.oneOf(plans))),
        ])
    let source = #"contact.country == "US" and contact.opt_in and contact.total > 50 and contact.plan in ["a", "b"]"#
    let bytes = Array(source.utf8)
    let text = EmbeddedText(
        bytes: bytes, whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
        pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)])
    var bag = DiagnosticBag()
    let scope = ExpressionScope(schema: schema, currency: "EUR", roots: [.contact, .now])
    guard let expression = ExpressionCompiler.compile(text, expecting: .bool, in: scope, reporting: &bag) else {
        preconditionFailure("the bench's own condition compiles")
    }
    let condition = CompiledCondition(expression)
    let page = conditionPage(schema)
    let now = Timestamp(microseconds: 0)

    var matched = 0
    let single = nanoseconds(rounds: 400, each: page.count) {
        for row in 0..<page.count where condition.holds(for: row, in: page, now: now) { matched += 1 }
    }
    var selection: [UInt8] = []
    let column = nanoseconds(rounds: 4_000, each: page.count) {
        condition.select(page, now: now, into: &selection)
        matched += Int(selection[page.count / 2])
    }
    precondition(matched > 0, "some contacts match")
    return [
        BenchResult(name: "4-term condition, one contact", value: single, unit: "ns", target: "≤ 25"),
        BenchResult(name: "4-term condition, page of 1,024", value: column, unit: "ns/contact", target: "≤ 3"),
    ]
}

private func conditionPage(_ schema: ContactSchema) -> FactPage {
    var page = FactPage(slotCount: schema.fields.count)
    for row in 0..<1_024 {
        for (slot, field) in schema.fields.enumerated() {
            switch field.name {
            case "country": page.columns[slot].append(Int64(bitPattern: page.pack("US").bits))
            case "opt_in": page.columns[slot].append(1)
            case "total": page.columns[slot].append(Int64(51 + row % 100))
            case "plan": page.columns[slot].append(Int64(bitPattern: page.pack(row % 3 == 0 ? "a" : "b").bits))
            default: break
            }
        }
        page.finishRow()
    }
    return page
}

/// The median of nine, in CPU time: neighbours on the machine would count otherwise.
private func nanoseconds(rounds: Int, each count: Int, _ body: () -> Void) -> Double {
    var samples: [Double] = []
    for _ in 0..<9 {
        let start = threadNanoseconds()
        for _ in 0..<rounds { body() }
        samples.append(Double(threadNanoseconds() - start) / Double(rounds * count))
    }
    return samples.sorted()[4]
}

private func threadNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
