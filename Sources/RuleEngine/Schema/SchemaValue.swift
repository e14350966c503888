/// JSON with its keys in the order in which they were written.
indirect enum SchemaValue: Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([SchemaValue])
    case object([(key: String, value: SchemaValue)])

    static func texts(_ texts: [String]) -> SchemaValue {
        .list(texts.map { .text($0) })
    }

    /// With the other's keys behind its own.
    func adding(_ fields: [(key: String, value: SchemaValue)]) -> SchemaValue {
        if case .object(let own) = self { .object(own + fields) } else { self }
    }

    /// With line breaks and an indent of two; short lists of texts on one line.
    func written(indent: Int = 0) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .text(let text): return DiagnosticRenderer.quoted(text)
        case .number(let number): return String(number)
        case .flag(let flag): return flag ? "true" : "false"
        case .list(let items):
            let parts = items.map { $0.written(indent: indent + 2) }
            let isShort =
                parts.allSatisfy { !$0.utf8.contains(0x0A) } && parts.reduce(0) { $0 + $1.utf8.count + 2 } < 90
            if isShort { return "[" + parts.joined(separator: ", ") + "]" }
            return "[\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let fields):
            if fields.isEmpty { return "{}" }
            let parts = fields.map {
                inner + DiagnosticRenderer.quoted($0.key) + ": " + $0.value.written(indent: indent + 2)
            }
            return "{\n" + parts.joined(separator: ",\n") + "\n\(outer)}"
        }
    }
}
