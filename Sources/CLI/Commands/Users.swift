import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Users: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who may log in, and what they may do.",
        discussion: """
            A new user gets a token, shown once, with which they set their own password within a day: \
            `POST /api/v1/users/password`. Nobody has a password that somebody else has chosen.
            """,
        subcommands: [Create.self, List.self, Change.self, Reset.self, TOTPReset.self]
    )

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.",
            discussion: "Roles: " + Role.allCases.map(\.rawValue).joined(separator: ", ") + "."
        )

        @Argument(help: "What they log in with: a-z, 0-9, -, . and _.")
        var name: String

        @Option(help: "What they are here for.")
        var role: String

        @Option(name: .long, parsing: .upToNextOption, help: "What they may do beyond their role.")
        var scope: [String] = []

        @OptionGroup var options: CommonOptions

        func validate() throws { try UserWords.check(role: role, scopes: scope) }

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            let (user, token) = try orExplain {
                try desk.makeUser(
                    name, role: Role(rawValue: role) ?? .analyst, extra: Set(scope.compactMap(Scope.init(rawValue:))),
                    by: .operator)
            }
            try workspace.audit("createUser", "user:" + name)
            if options.json {
                Terminal.output.write(user.json.adding("token", .string(token.text)).text)
            } else {
                Terminal.output.line(token.text)
                Terminal.error.line("shown once, and good for a day: `\(name)` sets a password with it")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All accounts.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let users = try orExplain { try Workspace(options).accounts().people() }
            if options.json {
                return Terminal.output.write((["users": .array(users.map(\.json))] as JSON).text)
            }
            guard !users.isEmpty else { return Terminal.output.line("no users; `carillon users create` makes one") }
            var table = Table(.left, .left, .left, .left, .left)
            for user in users {
                let state =
                    user.disabledAt != nil ? "disabled" : user.hasPassword ? "may log in" : "has no password yet"
                table.add(
                    user.name, user.role.rawValue, state, user.hasSecondFactor ? "with a second factor" : "",
                    user.extra.map(\.rawValue).sorted().joined(separator: " "))
            }
            Terminal.output.write(table.text)
        }
    }

    struct Change: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change role and scopes, or shut somebody out. Ends their sessions within a second.")

        @Argument(help: "The name that they log in with.")
        var name: String

        @Option(help: "What they are here for.")
        var role: String?

        @Option(name: .long, parsing: .upToNextOption, help: "What they may do beyond their role: these and no others.")
        var scope: [String] = []

        @Flag(inversion: .prefixedNo, help: "Shut them out, or let them in again.")
        var disabled: Bool?

        @OptionGroup var options: CommonOptions

        func validate() throws {
            try UserWords.check(role: role, scopes: scope)
            guard role != nil || !scope.isEmpty || disabled != nil else {
                throw ValidationError("nothing to change: --role, --scope, --disabled or --no-disabled")
            }
        }

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            let extra = scope.isEmpty ? nil : Set(scope.compactMap(Scope.init(rawValue:)))
            let user = try orExplain {
                try desk.changeUser(
                    name, role: role.flatMap(Role.init(rawValue:)), extra: extra, isDisabled: disabled, by: .operator)
            }
            try workspace.audit("changeUser", "user:" + name)
            if options.json {
                Terminal.output.write(user.json.text)
            } else {
                Terminal.output.line(
                    "`\(name)` is \(user.role.rawValue)\(user.disabledAt == nil ? "" : ", and disabled")")
            }
        }
    }

    struct Reset: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a new token to set a password with.")

        @Argument(help: "The name that they log in with.")
        var name: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            let token = try orExplain { try desk.resetUser(name, by: .operator) }
            try workspace.audit("resetUser", "user:" + name)
            if options.json {
                Terminal.output.write((["name": .string(name), "token": .string(token.text)] as JSON).text)
            } else {
                Terminal.output.line(token.text)
            }
        }
    }
}

extension Users {
    struct TOTPReset: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "totp-reset",
            abstract: "Take somebody's second factor away, who has lost it. Ends their sessions within a second.")

        @Argument(help: "The name that they log in with.")
        var name: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            try orExplain { try desk.resetFactor(of: name, by: .operator) }
            try workspace.audit("resetFactor", "user:" + name)
            if options.json {
                Terminal.output.write((["name": .string(name), "second_factor": false] as JSON).text)
            } else {
                Terminal.output.line("`\(name)` logs in with the password alone, until they set up another")
            }
        }
    }
}

private enum UserWords {
    static func check(role: String?, scopes: [String]) throws {
        if let role, Role(rawValue: role) == nil {
            let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no role \(role); roles are \(known)")
        }
        for word in scopes where Scope(rawValue: word) == nil {
            throw ValidationError("there is no scope \(word); `carillon keys create --help` lists them")
        }
    }
}

extension Workspace {
    /// The service's own desk, for what the command line and the API do alike.
    func accounts() throws(CommandFailure) -> ServiceDesk {
        let workspace = self
        return ServiceDesk(
            store: try openSQLite(),
            projects: ProjectReader(
                folder: folder, environment: environment, workers: .cores, catalog: { try workspace.catalog() }),
            environment: environment, variables: ProcessEnvironment.all())
    }
}

extension Workspace {
    /// Writes down what the command line changes, and whom it is about to show. Whoever has the data folder before them
    /// is the operator.
    func audit(_ action: String, _ object: String) throws(CommandFailure) {
        let store = try openSQLite()
        let entry = AuditEntry(
            at: environment.now(), actor: Principal.operator.actor, action: action, object: object, request: "")
        try withStore { () throws(StoreError) in try store.openAudit().append(entry) }
    }
}

/// Runs what the service does, and tells its refusals as the command line does.
func orExplain<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let refusal as ServiceRefusal {
        throw CommandFailure(reason: refusal.code, message: refusal.message, help: refusal.help)
    } catch let error as StoreError {
        throw CommandFailure(error)
    }
}
