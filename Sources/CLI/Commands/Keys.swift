import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who may call the API.",
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self]
    )

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key. Its secret is shown once, and kept by nobody but you.",
            discussion: "Scopes: " + Scope.allCases.map(\.rawValue).joined(separator: ", ") + "."
        )

        @Argument(help: "What people call it: shop, crm …")
        var name: String

        @Option(name: .long, parsing: .upToNextOption, help: "What it may do; --scope a b, or again and again.")
        var scope: [String]

        @Option(help: "How long it counts, as 90d. Without it: until it is revoked.")
        var `for`: String?

        @Option(parsing: .upToNextOption, help: "Channels that it may send by. Without it: all.")
        var channels: [String] = []

        @Option(parsing: .upToNextOption, help: "Programs that it may ask for, begin and end. Without it: all.")
        var programs: [String] = []

        @Option(parsing: .upToNextOption, help: "Where it may be used from, as 203.0.113.0/24. Without it: anywhere.")
        var networks: [String] = []

        @OptionGroup var options: CommonOptions

        private func limits() throws(ServiceRefusal) -> KeyLimits {
            func given(_ words: [String]) -> [String]? { words.isEmpty ? nil : words }
            return try KeyLimits(channels: given(channels), programs: given(programs), networks: given(networks))
        }

        func validate() throws {
            do throws(ServiceRefusal) {
                _ = try limits()
            } catch {
                throw ValidationError("\(error.message); \(error.help ?? "")")
            }
            guard !scope.isEmpty else { throw ValidationError("a key without a scope may do nothing: --scope …") }
            for word in scope where Scope(rawValue: word) == nil {
                let known = Scope.allCases.map(\.rawValue)
                let nearest = NearestName.of(word, among: known).map { "did you mean \($0)?" }
                throw ValidationError(
                    "there is no scope \(word); \(nearest ?? "scopes are \(known.joined(separator: ", "))")")
            }
            guard (1...100).contains(name.count) else { throw ValidationError("a name has 1 to 100 characters") }
            if let text = `for`, TestReader.duration(text).map({ $0 > 0 }) != true {
                throw ValidationError("--for takes a time like 90d, not \(text)")
            }
        }

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let now = workspace.environment.now()
            let token = KeyToken()
            var key = APIKey(
                id: token.id, name: name, scopes: Set(scope.compactMap(Scope.init(rawValue:))), createdAt: now,
                expiresAt: `for`.flatMap(TestReader.duration).map(now.advanced(by:)))
            key.limits = try limits()
            let made = key
            try withStore { () throws(StoreError) in
                try store.openKeys().insert(StoredKey(key: made, code: token.code(under: store.key)))
            }
            try workspace.audit("createKey", "key:" + key.id)
            if options.json {
                Terminal.output.write(key.json(at: now).adding("secret", .string(token.text)).text)
            } else {
                Terminal.output.line(token.text)
                Terminal.error.line("shown once: put it where your secrets lie. Its id is \(token.id).")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All keys, without their secrets.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let keys = try withStore { () throws(StoreError) in try store.openKeys().keys() }.map(\.key)
            let now = workspace.environment.now()
            if options.json {
                return Terminal.output.write((["keys": .array(keys.map { $0.json(at: now) })] as JSON).text)
            }
            guard !keys.isEmpty else { return Terminal.output.line("no keys; `carillon keys create` makes one") }
            var table = Table(.left, .left, .left, .left, .left, .left)
            for key in keys {
                table.add(
                    key.id, key.name, key.state(at: now),
                    key.lastUsedAt.map { "used " + Figures.instant($0) } ?? "never used",
                    key.scopes.map(\.rawValue).sorted().joined(separator: " "), key.limits.words)
            }
            Terminal.output.write(table.text)
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key with the same rights, and let the old one end.",
            discussion:
                "The new secret is shown once. Until the old one ends both count: time to put the new one in its place."
        )

        @Argument(help: "The old key's id: the eight characters behind crl_.")
        var id: String

        @Option(help: "How long the old one still counts, as 1h, 7d at most; 0 ends it at once.")
        var overlap = "1h"

        @OptionGroup var options: CommonOptions

        private var length: Int64? {
            if overlap == "0" { return 0 }
            guard let length = TestReader.duration(overlap), (0...Self.longest).contains(length) else { return nil }
            return length
        }

        private static let longest: Int64 = 7 * 86_400_000_000

        func validate() throws {
            guard length != nil else { throw ValidationError("--overlap takes a time of 7d at most, not \(overlap)") }
        }

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            let made = try orExplain { try desk.rotateKey(id, overlap: length ?? 0, by: .operator) }
            try workspace.audit("rotateKey", "key:" + id)
            let now = workspace.environment.now()
            if options.json {
                return Terminal.output.write(made.key.json(at: now).adding("secret", .string(made.token.text)).text)
            }
            Terminal.output.line(made.token.text)
            let end =
                length == 0
                ? "opens nothing any more" : "counts until \(Figures.instant(now.advanced(by: length ?? 0)))"
            Terminal.error.line("shown once: put it where your secrets lie. Its id is \(made.key.id); `\(id)` \(end).")
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key open nothing any more, within a second.")

        @Argument(help: "The key's id: the eight characters behind crl_.")
        var id: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let now = workspace.environment.now()
            let isRevoked = try withStore { () throws(StoreError) in try store.openKeys().revoke(id, now: now) }
            guard isRevoked else {
                throw CommandFailure(
                    .usage, reason: "not_found", message: "there is no key `\(id)` that could be revoked",
                    help: "`carillon keys list` shows all")
            }
            try workspace.audit("revokeKey", "key:" + id)
            if options.json {
                Terminal.output.write((["id": .string(id), "state": "revoked"] as JSON).text)
            } else {
                Terminal.output.line("`\(id)` opens nothing any more")
            }
        }
    }
}

extension APIKey {
    fileprivate func state(at now: Timestamp) -> String {
        if revokedAt != nil { return "revoked" }
        guard let expiresAt else { return "valid" }
        return isValid(at: now) ? "valid until \(Figures.instant(expiresAt))" : "expired"
    }
}
