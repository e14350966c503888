import RuleEngine

/// Writes typed expressions as SQL, text and parameters in step.
struct SQLWriter {
    var text = ""
    var parameters: [SQLCondition.Parameter] = []
    /// How many questions about events the place lies in: each has an alias of its own.
    var depth = 0
    /// The SQL name of the contact's key.
    let contact: String
    let now: Timestamp
    private let columns: [Int: String]
    private let offices: OfficeClocks

    init(columns: [Int: String], contact: String, now: Timestamp, offices: OfficeClocks) {
        self.contact = contact
        self.offices = offices
        self.columns = columns
        self.now = now
    }

    // MARK: Conditions: 0 or 1

    mutating func condition(_ node: TypedNode) {
        switch node.kind {
        case .and(let operands): joined(operands[...], by: " AND ") { $0.condition($1) }
        case .or(let operands): joined(operands[...], by: " OR ") { $0.condition($1) }
        case .not(let operand):
            text += "(NOT "
            condition(operand)
            text += ")"
        case .isKnown(let operand):
            text += "("
            value(operand)
            text += " IS NOT NULL)"
        case .isMissing(let operand):
            text += "("
            value(operand)
            text += " IS NULL)"
        case .inSegment(_, let inner): condition(inner)
        case .isAmong(_, let values) where values.isEmpty: text += "(0)"
        case .fact where historyCondition(node): break
        default:
            // Any comparison with a NULL is NULL: missing, so it doesn't hold.
            text += "coalesce("
            comparison(node)
            text += ", 0)"
        }
    }

    /// In a `WHERE` a NULL selects as little as a 0, down to the last `AND` and `OR`; only below a `NOT` it matters.
    mutating func filter(_ node: TypedNode) {
        switch node.kind {
        case .and(let operands): joined(operands[...], by: " AND ") { $0.filter($1) }
        case .or(let operands): joined(operands[...], by: " OR ") { $0.filter($1) }
        case .inSegment(_, let inner): filter(inner)
        case .not, .isKnown, .isMissing: condition(node)
        case .fact where historyCondition(node): break
        case .isAmong(_, let values) where values.isEmpty: condition(node)
        default: comparison(node)
        }
    }

    /// In halves: a chain of a thousand would be too deep a tree for SQLite otherwise.
    private mutating func joined(
        _ operands: ArraySlice<TypedNode>, by word: String, _ write: (inout SQLWriter, TypedNode) -> Void
    ) {
        guard operands.count > 1 else {
            if let only = operands.first { write(&self, only) }
            return
        }
        let middle = operands.startIndex + operands.count / 2
        text += "("
        joined(operands[..<middle], by: word, write)
        text += word
        joined(operands[middle...], by: word, write)
        text += ")"
    }

    /// 0, 1, or NULL where something that it needs is missing.
    private mutating func comparison(_ node: TypedNode) {
        text += "("
        switch node.kind {
        case .compare(let comparison, let left, let right):
            value(left)
            text += " \(Self.sign(comparison)) "
            value(right)
        case .isAmong(let operand, let values):
            value(operand)
            text += " IN ("
            for (index, item) in values.enumerated() {
                if index > 0 { text += ", " }
                bind(item)
            }
            text += ")"
        case .listContains(let list, let item):
            // Every item ends with 0x1F; one more in front, and each stands between two.
            text += "instr(char(31) || "
            value(list)
            text += ", char(31) || "
            value(item)
            text += " || char(31)) > 0"
        case .text(.contains, let whole, let part):
            text += "instr("
            value(whole)
            text += ", "
            value(part)
            text += ") > 0"
        case .text(.startsWith, let whole, let part):
            text += "substr("
            value(whole)
            text += ", 1, length("
            value(part)
            text += ")) = "
            value(part)
        case .text(.endsWith, let whole, let part):
            text += "length("
            value(whole)
            text += ") >= length("
            value(part)
            text += ") AND substr("
            value(whole)
            text += ", 1 + length("
            value(whole)
            text += ") - length("
            value(part)
            text += ")) = "
            value(part)
        case .matches(let operand, let glob):
            value(operand)
            text += " GLOB "
            bind(.text(Self.escaped(glob)))
        case .constant, .field, .fallback, .fact:
            value(node)
            text += " <> 0"
        case .and, .or, .not, .isKnown, .isMissing, .inSegment: condition(node)
        case .local, .now, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink, .arithmetic,
            .textLength,
            .listCount:
            preconditionFailure("only conditions over contact fields are lowered to SQL")
        }
        text += ")"
    }

    private static func sign(_ comparison: Comparison) -> String {
        switch comparison {
        case .equal: "="
        case .notEqual: "<>"
        case .less, .lessOrEqual, .greater, .greaterOrEqual: comparison.rawValue
        }
    }

    /// SQLite's own pattern knows classes in brackets; ours doesn't, so a bracket stands for itself.
    private static func escaped(_ glob: Glob) -> [UInt8] {
        glob.pattern.flatMap { $0 == UInt8(ascii: "[") ? Array("[[]".utf8) : [$0] }
    }

    // MARK: Values: NULL where missing

    private mutating func value(_ node: TypedNode) {
        switch node.kind {
        case .constant(let constant): bind(constant)
        case .field(let field): text += columns[field.slot] ?? "NULL"
        case .now: bind(.number(now.microseconds, .instant))
        case .arithmetic(let arithmetic, let left, let right):
            text += "\(ConditionFunctions.arithmetic)(\(arithmetic.rawValue), "
            value(left)
            text += ", "
            value(right)
            text += ")"
        case .textLength(let operand):
            text += "length("
            value(operand)
            text += ")"
        case .listCount(let operand):
            text += "(length("
            value(operand)
            text += ") - length(replace("
            value(operand)
            text += ", char(31), '')))"
        case .fallback(let first, let second):
            text += "coalesce("
            value(first)
            text += ", "
            value(second)
            text += ")"
        case .not, .and, .or, .compare, .isAmong, .listContains, .text, .matches, .isKnown, .isMissing, .inSegment:
            condition(node)
        case .fact(let query): fact(query, node)
        case .local, .runStartedAt, .sender, .unsubscribeLink, .preferencesLink, .browserLink:
            preconditionFailure("what belongs to a message has no meaning in a store")
        }
    }

    private mutating func fact(_ query: FactQuery, _ node: TypedNode) {
        switch query {
        case .field(.event, let field): eventField(field)
        case .history(let history):
            if !historyCondition(node) { historyValue(history, as: node.type.type) }
        case .isOpen, .opensNext, .localDay:
            // The same for every contact, so the engine answers once.
            let context = EvaluationContext(page: FactPage(slotCount: 0), row: 0, now: now, offices: offices)
            let value = node.evaluate(in: context)
            if value.isMissing { text += "NULL" } else { bind(value) }
        case .field(.entry, _), .runID, .conversationID, .channel, .rate, .input:
            preconditionFailure("what belongs to a run has no meaning in a store")
        }
    }

    private mutating func bind(_ value: Value) {
        text += "?"
        switch value {
        case .number(let number, _): parameters.append(.integer(number))
        case .bool(let flag): parameters.append(.integer(flag ? 1 : 0))
        case .text(let bytes): parameters.append(.text(bytes))
        case .missing, .list: preconditionFailure("no expression has a missing value or a list as a constant")
        }
    }
}
