import RuleEngine

/// Why the service does not do what somebody asked it for: theirs to mend, and nothing was changed.
package struct ServiceRefusal: Error, Sendable {
    package enum Kind: Sendable {
        case notFound, invalid, conflict, forbidden
        /// What it needs is not there now.
        case unavailable
    }

    package var kind: Kind
    /// A stable word.
    package var code: String
    package var message: String
    package var help: String?
    /// One for each fault, where there are several.
    package var faults: [JSON] = []
    /// Where the caller may not send it: what keeps them from it.
    package var obstacle: SendingRights.Obstacle?

    package init(_ kind: Kind, _ code: String, _ message: String, help: String? = nil, faults: [JSON] = []) {
        self.kind = kind
        self.code = code
        self.message = message
        self.help = help
        self.faults = faults
    }

    package static func noContact(_ name: String) -> ServiceRefusal {
        ServiceRefusal(
            .notFound, "unknown_contact", "nobody has this id or address",
            help: "give the id of the import, or an address")
    }

    init(_ obstacle: SendingRights.Obstacle) {
        self.init(.forbidden, obstacle.code, "you may not \(obstacle.words)", help: obstacle.help)
        self.obstacle = obstacle
    }

    static let badCursor = ServiceRefusal(
        .invalid, "bad_cursor", "`cursor` is no place in this list", help: "give `next_cursor` of the page before")

    package init(_ refusal: LaunchRefusal) {
        let kind: Kind =
            switch refusal.reason {
            case "not_found": .notFound
            case "store", "channel", "locked": .unavailable
            case "may_not_send": .forbidden
            default: .conflict
            }
        self.init(kind, refusal.reason, refusal.message, help: refusal.help)
    }

    init(projectErrors result: Compiler.Result) {
        self.init(
            .conflict, "errors", "the project's files have errors", help: "`carillon check` shows them",
            faults: result.diagnostics.filter { $0.severity == .error }.prefix(20).map {
                .finding($0, in: result.sources)
            })
    }
}
