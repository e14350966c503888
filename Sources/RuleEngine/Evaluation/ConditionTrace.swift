/// What became of a condition for one contact, and why: the tree of its parts with the values that decided.
package struct ConditionTrace: Sendable {
    package let result: Bool
    /// The part as the author wrote it.
    package let source: String
    package let span: SourceSpan
    /// What the part read, where it isn't made of conditions itself. A missing value is `missing`.
    package let values: [(name: String, isPersonal: Bool, text: String)]
    /// The conditions that it is made of. All of them are here, also those that no longer mattered.
    package let parts: [ConditionTrace]

    package init(
        result: Bool, source: String, span: SourceSpan, values: [(name: String, isPersonal: Bool, text: String)] = [],
        parts: [ConditionTrace] = []
    ) {
        self.result = result
        self.source = source
        self.span = span
        self.values = values
        self.parts = parts
    }
}

extension TypedExpression {
    /// Evaluates the expression for one contact and says what decided. Fields marked as personal are flagged, so
    /// that callers may hide them.
    package func trace(in context: borrowing EvaluationContext) -> ConditionTrace {
        trace(root, in: context)
    }

    private func trace(_ node: TypedNode, in context: borrowing EvaluationContext) -> ConditionTrace {
        var parts: [ConditionTrace] = []
        switch node.kind {
        case .and(let operands), .or(let operands):
            // A comparison that was taken apart to compare an int with a decimal covers the same text as its halves;
            // to the author it is one.
            if operands.allSatisfy({ $0.range != node.range }) {
                for operand in operands { parts.append(trace(operand, in: context)) }
            }
        case .not(let operand): parts = [trace(operand, in: context)]
        default: break
        }
        var values: [(name: String, isPersonal: Bool, text: String)] = []
        if parts.isEmpty { collectValues(of: node, in: context, into: &values) }
        let bytes = Array(source.utf8)
        return ConditionTrace(
            result: node.evaluate(in: context).isTrue,
            source: String(decoding: bytes[node.range.clamped(to: 0..<bytes.count)], as: UTF8.self),
            span: node.span, values: values, parts: parts)
    }

    private func collectValues(
        of node: TypedNode, in context: borrowing EvaluationContext,
        into values: inout [(name: String, isPersonal: Bool, text: String)]
    ) {
        let name: String
        var isPersonal = false
        switch node.kind {
        case .field(let field):
            name = "contact.\(field.name)"
            isPersonal = field.isPersonal
        case .local(let local): name = local
        case .now: name = "now"
        case .runStartedAt: name = "run.started_at"
        case .sender(let field): name = "sender.\(field.rawValue)"
        case .unsubscribeLink: name = "unsubscribe.link"
        case .preferencesLink: name = "preferences.link"
        case .browserLink: name = "browser.link"
        case .fact(.field(let root, let field)): name = "\(root.rawValue).\(field.name)"
        case .fact(.history(let query)): name = query.described
        case .fact(.isOpen(let id)): name = "open_now(\"\(id)\")"
        case .fact(.opensNext(let id)): name = "opens_next(\"\(id)\")"
        default:
            for operand in node.operands { collectValues(of: operand, in: context, into: &values) }
            return
        }
        guard !values.contains(where: { $0.name == name }) else { return }
        values.append((name, isPersonal, node.evaluate(in: context).described))
    }
}

extension HistoryQuery {
    /// As an author would write it; a condition on the events is only hinted at.
    package var described: String {
        var parts: [String] =
            switch subject {
            case .event(let name): [name + (field.map { ".\($0)" } ?? "")]
            case .step(let step): [step.name]
            case .template(let id): [id]
            }
        if let window { parts.append("last \(Value.duration(window))") }
        if let link { parts.append("link \"\(link)\"") }
        if filter != nil { parts.append("where …") }
        return "\(function.rawValue)(\(parts.joined(separator: ", ")))"
    }
}

extension Value {
    /// As an author would write it.
    package var described: String {
        switch self {
        case .missing: "missing"
        case .bool(let flag): flag ? "true" : "false"
        case .text(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
        case .list(let items): "[\(items.map(\.described).joined(separator: ", "))]"
        case .number(let number, .int): String(number)
        case .number(let number, .decimal), .number(let number, .money): Self.decimal(number)
        case .number(let number, .date): CivilDate.text(day: number)
        case .number(let number, .instant): Self.instant(number)
        case .number(let number, .duration): Self.duration(number)
        }
    }

    fileprivate static func decimal(_ millionths: Int64) -> String {
        let magnitude = millionths.magnitude
        var text = (millionths < 0 ? "-" : "") + String(magnitude / 1_000_000)
        var places = String(magnitude % 1_000_000 + 1_000_000).dropFirst()
        while places.last == "0" { places.removeLast() }
        if !places.isEmpty { text += "." + places }
        return text
    }

    private static func instant(_ microseconds: Int64) -> String {
        let perDay = Arithmetic.microsecondsPerDay
        let day = microseconds >= 0 ? microseconds / perDay : -((-(microseconds + 1)) / perDay) - 1
        // The first day of all begins before the smallest instant: the difference fits, the product may not.
        let second = (microseconds &- day &* perDay) / 1_000_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(CivilDate.text(day: day)) \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
    }

    fileprivate static func duration(_ microseconds: Int64) -> String {
        for (unit, length) in [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000)] as [(String, Int64)]
        where microseconds != 0 && microseconds % length == 0 {
            return "\(microseconds / length)\(unit)"
        }
        return decimal(microseconds) + "s"
    }
}
