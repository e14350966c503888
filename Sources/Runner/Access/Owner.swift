/// Whoever let something begin, and answers for it: its rights count for as long as it runs.
package enum Owner: Sendable, Hashable, CustomStringConvertible {
    case key(String)
    case user(String)
    /// Whoever had the data folder before them: nobody takes that right away.
    case `operator`

    /// As `Principal.actor` names callers. What is nobody's is the operator's.
    package init(_ actor: String?) {
        let parts = (actor ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        self =
            switch (parts.first, parts.last) {
            case ("key", let id?) where parts.count == 2: .key(id)
            case ("user", let name?) where parts.count == 2: .user(name)
            default: .operator
            }
    }

    /// As it is kept; nil for the operator.
    package var actor: String? {
        switch self {
        case .key(let id): "key:" + id
        case .user(let name): "user:" + name
        case .operator: nil
        }
    }

    package var description: String { actor ?? Principal.operator.actor }
}
