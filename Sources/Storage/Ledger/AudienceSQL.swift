import RuleEngine
import Runner

/// Who belongs to an audience, as a condition on the contact `c`: in any included segment (or no segment is named),
/// in no excluded one, and every condition of the audience's own.
struct AudienceSQL {
    /// For a `WHERE`, to be joined with `AND`. Its parameters have no numbers, so they take those that follow the
    /// highest one before it in the statement.
    let text: String
    private let parameters: [SQLCondition.Parameter]

    init(_ query: AudienceQuery, columns: ContactColumns) {
        var writer = Writer(now: query.now, offices: query.offices, columns: columns)
        let audience = query.audience
        var parts = ["1"]
        if !audience.include.isEmpty {
            parts.append(balanced(audience.include.map { writer.all($0.conditions, isStrict: false) }, by: " OR "))
        }
        if !audience.exclude.isEmpty {
            // Below a NOT a condition must be 0 or 1: a missing value is outside the segment, so it isn't excluded.
            let segments = balanced(audience.exclude.map { writer.all($0.conditions, isStrict: true) }, by: " OR ")
            parts.append("(NOT \(segments))")
        }
        if !audience.conditions.isEmpty { parts.append(writer.all(audience.conditions, isStrict: false)) }
        text = parts.joined(separator: " AND ")
        parameters = writer.parameters
    }

    /// `first` is the number of the first parameter.
    func bind(to statement: Statement, from first: Int32) {
        for (offset, parameter) in parameters.enumerated() {
            let index = first + Int32(offset)
            switch parameter {
            case .integer(let value): statement.bind(index, value)
            case .text(let bytes): statement.bindText(index, bytes)
            }
        }
    }
}

private struct Writer {
    let now: Timestamp
    let offices: OfficeClocks
    let columns: ContactColumns
    var parameters: [SQLCondition.Parameter] = []

    /// A segment without conditions holds everyone.
    mutating func all(_ expressions: [TypedExpression], isStrict: Bool) -> String {
        var texts: [String] = []
        for expression in expressions {
            let condition = SQLCondition(expression, now: now, offices: offices) { columns[$0] }
            parameters += condition.parameters
            texts.append(isStrict ? condition.text : condition.filterText)
        }
        return texts.isEmpty ? "(1)" : balanced(texts, by: " AND ")
    }
}

/// In halves, in order: a long chain would be a deeper tree than SQLite takes.
private func balanced(_ texts: [String], by word: String) -> String {
    func join(_ part: ArraySlice<String>) -> String {
        guard part.count > 1 else { return part.first ?? "" }
        let middle = part.startIndex + part.count / 2
        return "(" + join(part[..<middle]) + word + join(part[middle...]) + ")"
    }
    return texts.count == 1 ? "(\(texts[0]))" : join(texts[...])
}
