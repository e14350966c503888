extension TypedNode {
    /// Every kind of node has a tag of its own, so that no two meanings share a form. The tags are part of every
    /// program's version: an approved campaign would need approval again if one of them changed.
    func writeCanonical(into writer: inout CanonicalWriter) {
        switch kind {
        case .constant(let value):
            writer.tag("const")
            value.writeCanonical(into: &writer)
        case .field(let field):
            writer.tag("field")
            writer.text(field.name)
            field.type.writeCanonical(into: &writer)
        case .local(let name):
            writer.tag("local")
            writer.text(name)
        case .now: writer.tag("now")
        case .runStartedAt: writer.tag("run.started_at")
        case .sender(let field):
            writer.tag("sender")
            writer.text(field.rawValue)
        case .unsubscribeLink: writer.tag("unsubscribe.link")
        case .preferencesLink: writer.tag("preferences.link")
        case .browserLink: writer.tag("browser.link")
        case .fact(let query): query.writeCanonical(into: &writer)
        // The segment's id only points inside.
        case .inSegment: writeOperands("segment", into: &writer)
        case .not: writeOperands("not", into: &writer)
        case .and: writeOperands("and", into: &writer)
        case .or: writeOperands("or", into: &writer)
        case .compare(let comparison, _, _):
            writeOperands("compare", into: &writer)
            writer.text(comparison.rawValue)
        case .isAmong(_, let values):
            writeOperands("in", into: &writer)
            writer.list(values) { $1.writeCanonical(into: &$0) }
        case .listContains: writeOperands("list-contains", into: &writer)
        case .text(let textOperator, _, _):
            writeOperands("text", into: &writer)
            writer.text(textOperator.rawValue)
        case .matches(_, let glob):
            writeOperands("matches", into: &writer)
            writer.text(String(decoding: glob.pattern, as: UTF8.self))
        case .isKnown: writeOperands("known", into: &writer)
        case .isMissing: writeOperands("missing", into: &writer)
        case .arithmetic(let arithmetic, _, _):
            writeOperands("arithmetic", into: &writer)
            writer.integer(Int64(arithmetic.rawValue))
        case .textLength: writeOperands("length", into: &writer)
        case .listCount: writeOperands("count", into: &writer)
        case .fallback: writeOperands("default", into: &writer)
        }
    }

    private func writeOperands(_ tag: StaticString, into writer: inout CanonicalWriter) {
        writer.tag(tag)
        writer.list(operands) { $1.writeCanonical(into: &$0) }
    }
}

extension Value {
    package func writeCanonical(into writer: inout CanonicalWriter) {
        switch self {
        case .missing: writer.tag("missing")
        case .bool(let flag):
            writer.tag("bool")
            writer.integer(flag ? 1 : 0)
        case .number(let number, let kind):
            writer.tag("number")
            writer.integer(Int64(kind.rawValue))
            writer.integer(number)
        case .text(let bytes):
            writer.tag("text")
            writer.text(String(decoding: bytes, as: UTF8.self))
        case .list(let items):
            writer.tag("list")
            writer.list(items) { $1.writeCanonical(into: &$0) }
        }
    }
}

extension TypeInfo {
    package func writeCanonical(into writer: inout CanonicalWriter) {
        writer.integer(isOptional ? 1 : 0)
        type.writeCanonical(into: &writer)
    }
}

extension ValueType {
    package func writeCanonical(into writer: inout CanonicalWriter) {
        switch self {
        case .text: writer.tag("text")
        case .int: writer.tag("int")
        case .decimal: writer.tag("decimal")
        case .money: writer.tag("money")
        case .bool: writer.tag("bool")
        case .date: writer.tag("date")
        case .instant: writer.tag("instant")
        case .duration: writer.tag("duration")
        case .email: writer.tag("email")
        case .phone: writer.tag("phone")
        case .country: writer.tag("country")
        case .locale: writer.tag("locale")
        case .channelKind: writer.tag("channel")
        case .oneOf(let values):
            writer.tag("one_of")
            writer.list(values) { $0.text($1) }
        case .list(let element):
            writer.tag("list_of")
            element.writeCanonical(into: &writer)
        case .unknown: writer.tag("unknown")
        }
    }
}
