/// The functions of expressions.
enum ExpressionFunction: String, CaseIterable {
    case size
    case fallback = "default"
    case tagged

    var usage: String {
        switch self {
        case .size: "size(list or text)"
        case .fallback: "default(value, value if missing)"
        case .tagged: #"tagged("name")"#
        }
    }

    /// Functions of the language that ask about a contact's history or about opening hours.
    static let history: Set<String> = [
        "count", "any", "none", "first", "last", "sum", "sent", "delivered", "opened", "clicked", "replied",
        "in_segment", "open_now", "opens_next",
    ]
}
