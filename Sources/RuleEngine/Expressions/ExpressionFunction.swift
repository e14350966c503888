/// The functions of expressions.
enum ExpressionFunction: String, CaseIterable {
    case size
    case fallback = "default"
    case tagged
    case inSegment = "in_segment"
    case openNow = "open_now"
    case opensNext = "opens_next"

    var usage: String {
        switch self {
        case .size: "size(list or text)"
        case .fallback: "default(value, value if missing)"
        case .tagged: #"tagged("name")"#
        case .inSegment: #"in_segment("id")"#
        case .openNow: #"open_now("hours")"#
        case .opensNext: #"opens_next("hours")"#
        }
    }

    /// Every name that a call may have.
    static let names = allCases.map(\.rawValue) + HistoryQuery.Function.allCases.map(\.rawValue)
}
