/// A template text, checked: what will be written, in order.
indirect enum CheckedTextNode: Sendable {
    case constant([UInt8])
    case output(CheckedOutput)
    case branch([CheckedArm])
    /// The items of a list of records have fields, in the order in which the schema declares them.
    case loop(variable: String, record: [String], list: TypedExpression, body: [CheckedTextNode])
    case link(name: String?, isShort: Bool, body: [CheckedTextNode])
    /// In a layout alone: where the message stands.
    case content
}

struct CheckedOutput: Sendable {
    let expression: TypedExpression
    let steps: [FilterStep]
    let escape: Escape
}

struct CheckedArm: Sendable {
    /// Nil for the `<<else>>`.
    let condition: TypedExpression?
    let body: [CheckedTextNode]
}

extension CheckedTextNode {
    func writeCanonical(into writer: inout CanonicalWriter) {
        switch self {
        case .constant(let bytes):
            writer.tag("text")
            writer.text(String(decoding: bytes, as: UTF8.self))
        case .output(let output):
            writer.tag("output")
            output.expression.writeCanonical(into: &writer)
            writer.list(output.steps) { $1.writeCanonical(into: &$0) }
            writer.integer(Int64(output.escape.rawValue))
        case .branch(let arms):
            writer.tag("if")
            writer.list(arms) { writer, arm in
                writer.optional(arm.condition) { $1.writeCanonical(into: &$0) }
                writer.list(arm.body) { $1.writeCanonical(into: &$0) }
            }
        case .loop(let variable, _, let list, let body):
            writer.tag("for")
            writer.text(variable)
            list.writeCanonical(into: &writer)
            writer.list(body) { $1.writeCanonical(into: &$0) }
        case .content: writer.tag("content")
        case .link(let name, let isShort, let body):
            if isShort { writer.tag("short-link") } else { writer.tag("link") }
            writer.optional(name) { $0.text($1) }
            writer.list(body) { $1.writeCanonical(into: &$0) }
        }
    }
}
