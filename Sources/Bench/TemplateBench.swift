import RuleEngine

/// Rendering: a text of about 400 bytes with six variables, into a buffer that is used again.
func templateBench() -> [BenchResult] {
    let bench = TemplateBench()
    return [
        bench.measure("400-byte text, 6 variables", TemplateBench.plain, as: .plain, target: "≤ 150"),
        bench.measure("the same as HTML, escaped", TemplateBench.html, as: .html, target: "≤ 300"),
        bench.measure("the same with a date, a plural and a condition", TemplateBench.rich, as: .plain, target: "—"),
    ].compactMap(\.self)
}

private struct TemplateBench {
    static let plain = """
        Hi <<contact.first_name | default: "there">>,

        your <<contact.plan>> plan in <<contact.city>> has <<contact.seats>> seats, and there is room for more of your
        colleagues at <<contact.company>>. Everything that you need to invite them is on one page, it takes a minute,
        and nobody has to install anything. If you get stuck, answer this message and one of us will call you back on
        the same day.

        Acme GmbH, Hauptstraße 1, 10115 Berlin
        <<unsubscribe.link>>
        """

    static let html = """
        <p>Hi <<contact.first_name | default: "there">>,</p>
        <p>your <<contact.plan>> plan in <<contact.city>> has <<contact.seats>> seats, and there is room for more of your
        colleagues at <<contact.company>>. Everything that you need to invite them is on one page, it takes a minute,
        and nobody has to install anything. Stuck? Answer this message and we call you back.</p>
        <p>Acme GmbH, Hauptstraße 1, 10115 Berlin <a href="https://x.example">x</a> <<unsubscribe.link>></p>
        """

    static let rich = """
        Hi <<contact.first_name | default: "there">>,

        your <<contact.plan | title>> plan runs until <<run.started_at | add: 14d | date: "d MMMM">> and has
        <<contact.seats>> <<contact.seats | plural: "seat", "seats">>.
        <<if contact.seats > 1>>
        Invite your colleagues at <<contact.company>>. It takes a minute, and nobody has to install anything. If you get
        stuck, answer this message and one of us will call you back on the same day.
        <<end>>

        Acme GmbH, Hauptstraße 1, 10115 Berlin
        <<unsubscribe.link>>
        """

    private let schema = ContactSchema(
        id: "bench",
        declared: [
            ContactField(name: "first_name", type: TypeInfo(.text, isOptional: true)),
            ContactField(name: "plan", type: TypeInfo(.oneOf(["trial", "pro", "team"]))),
            ContactField(name: "city", type: TypeInfo(.text)),
            ContactField(name: "company", type: TypeInfo(.text)),
            ContactField(name: "seats", type: TypeInfo(.int)),
        ]
    )

    private static let rows = 1024

    func measure(_ name: String, _ source: String, as kind: TextKind, target: String) -> BenchResult? {
        let bytes = Array(source.utf8)
        let text = EmbeddedText(
            bytes: bytes,
            whole: SourceSpan(file: FileID(rawValue: 0), start: 0, end: Int32(bytes.count)),
            pieces: [EmbeddedText.Piece(contentStart: 0, sourceStart: 0)]
        )
        let scope = TemplateScope(
            expressions: ExpressionScope(schema: schema, currency: "EUR", roots: TemplateScope.messageRoots),
            language: "en"
        )
        var diagnostics = DiagnosticBag()
        guard let compiled = TemplateCompiler.compile(text, as: kind, in: scope, reporting: &diagnostics) else {
            return nil
        }
        let facts = page()
        let now = Timestamp(microseconds: 1_805_360_700_000_000)
        let context = RenderContext(
            sender: SenderTexts(name: Array("Acme".utf8)),
            unsubscribeLink: Array("https://go.acme.example/u/7Hq2vZpS0kC1dXw9mN4bTg".utf8),
            runStartedAt: now,
            now: now,
            timeZone: .utc
        )
        var buffer: [UInt8] = []
        buffer.reserveCapacity(4096)
        var best = Double.infinity
        var sum = 0
        for _ in 0..<12 {
            let clock = ContinuousClock()
            let rounds = 200
            let time = clock.measure {
                for _ in 0..<rounds {
                    for row in 0..<Self.rows {
                        buffer.removeAll(keepingCapacity: true)
                        try? compiled.render(into: &buffer, facts: facts, row: row, context: context)
                        sum &+= buffer.count
                    }
                }
            }
            let nanoseconds = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
            best = min(best, nanoseconds / Double(rounds * Self.rows))
        }
        precondition(sum > 0, "a bench that renders nothing measures nothing")
        return BenchResult(name: "template: " + name, value: (best * 10).rounded() / 10, unit: "ns", target: target)
    }

    private func page() -> FactPage {
        let names = ["Anna", "Maximilian", "Zoë", "O'Brien", "Jürgen-Friedrich"]
        let plans = ["trial", "pro", "team"]
        let cities = ["Berlin", "Frankfurt am Main", "Köln"]
        let companies = ["Müller & Söhne", "Acme", "Blue Ridge Holding"]
        var page = FactPage(slotCount: schema.fields.count)
        func put(_ name: String, _ text: String) {
            guard let slot = schema.slot(of: name) else { return }
            page.columns[slot].append(Int64(bitPattern: page.pack(text).bits))
        }
        for row in 0..<Self.rows {
            if row % 7 == 0, let slot = schema.slot(of: "first_name") {
                page.columns[slot].appendMissing()
            } else {
                put("first_name", names[row % names.count])
            }
            put("plan", plans[row % plans.count])
            put("city", cities[row % cities.count])
            put("company", companies[row % companies.count])
            if let slot = schema.slot(of: "seats") { page.columns[slot].append(Int64(row % 40)) }
            page.finishRow()
        }
        return page
    }
}
