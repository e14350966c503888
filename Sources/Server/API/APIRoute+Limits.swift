import HTTPTypes
import Runner

/// What a key's limits mean for an operation before it is looked at any closer. Which channel a message takes and which channels a
/// program has, only a handler knows, and asks for it.
extension APIRoute {
    /// These write files that any program may read, and what people answer with: nothing of it belongs to one program or one
    /// channel.
    static let projectWide: Set<String> = [
        "uploadPrograms", "createTemplate", "changeTemplate", "deleteTemplate", "restoreTemplate", "createChannel",
        "putQuickReply", "deleteQuickReply",
    ]
    /// These make or change people, who have no limits.
    static let aboutPeople: Set<String> = ["createUser", "changeUser", "resetUser", "resetFactor"]

    /// Whether its place names a program: to look at it, to begin or to end it.
    private var isOfProgram: Bool { path.hasPrefix("/programs/{id}") || path.hasPrefix("/campaigns/{id}") }

    /// Nil where no limit of the caller stands in the way.
    func obstacle(to caller: Principal, _ parameters: [String: String]) -> Problem? {
        let limits = caller.limits
        guard limits != KeyLimits() else { return nil }
        if Self.aboutPeople.contains(id) { return .limitedKey }
        if limits.programs != nil {
            if isOfProgram, let program = parameters["id"], !limits.allows(program: program) {
                return .otherProgram("the key is kept to other programs than `\(program)`")
            }
            // A list that can be of one program has to be.
            let isOfAny = self.parameters.contains { $0.name == "program" && $0.place == .query }
            if isOfAny, !limits.allows(program: parameters["program"]) {
                return .otherProgram("the key is kept to some programs, and this is of others too")
            }
            if Self.projectWide.contains(id) { return .otherProgram("this concerns all programs of the project") }
        }
        if limits.channels != nil, Self.projectWide.contains(id) {
            return .otherChannel("this concerns all channels of the project")
        }
        return nil
    }
}

extension Problem {
    static func otherProgram(_ detail: String) -> Problem {
        Problem(
            status: .forbidden, code: "other_program", detail: detail,
            help: "`GET /sessions/current` shows what the key is kept to; a key without `programs` is kept to none")
    }

    static func otherChannel(_ detail: String) -> Problem {
        Problem(
            status: .forbidden, code: "other_channel", detail: detail,
            help: "`GET /sessions/current` shows what the key is kept to; a key without `channels` is kept to none")
    }

    static let otherNetwork = Problem(
        status: .forbidden, code: "other_network", detail: "the key opens nothing from where the request comes",
        help: "`carillon keys list` shows its networks; behind a proxy it counts what that writes in `X-Forwarded-For`")

    static let limitedKey = Problem(
        status: .forbidden, code: "more_than_own", detail: "a key with limits makes and changes nobody who has none",
        help: "`carillon users` does it, where the data folder lies")

    /// What keeps somebody from sending a single message.
    init(_ obstacle: SendingRights.Obstacle) {
        switch obstacle {
        case .scope(let scope, _): self = .forbidden(scope.map { [$0] } ?? Scope.sending)
        case .channel(let id): self = .otherChannel("the key is kept to other channels than `\(id)`")
        case .program(let id):
            self = .otherProgram(
                id.map { "the key is kept to other programs than `\($0)`" }
                    ?? "the key is kept to some programs, and single messages belong to none")
        }
    }
}
