import ArgumentParser
import RuleEngine
import Runner
import Storage

struct Credentials: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Secrets of channels and endpoints, sealed in the data folder.",
        discussion: """
            Sealed by a key that lies elsewhere: CARILLON_KEK, or a file that CARILLON_KEK_FILE names. Without that key nothing can be \
            opened, and channels whose secret lies here can't send. Environment variables and files of secrets go first.
            """,
        subcommands: [NewKey.self, Set.self, List.self, Rotate.self, Remove.self]
    )

    struct NewKey: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new key. Keep it apart from the data folder and from its backups.")

        @Argument(help: "What it is called, to tell it from the next one.")
        var name = "k1"

        func run() throws {
            guard (1...32).contains(name.utf8.count), name.utf8.allSatisfy({ (0x2D...0x7A).contains($0) && $0 != 0x3A })
            else { throw ValidationError("a key's name has 1 to 32 letters and digits") }
            Terminal.output.line(KeyEncryptionKeys.make(named: name))
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a secret, or a new one in its place.",
            discussion:
                "The secret comes by standard input, so that it stands in no list of processes: carillon credentials set mail-prod < file"
        )

        @Argument(help: "The name that files use: secret: mail-prod.")
        var name: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let limit = 16_384
            var bytes = StandardInput.bytes(limit: limit)
            while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
            guard !bytes.isEmpty, bytes.count <= limit, let secret = String(validating: bytes, as: UTF8.self) else {
                throw CommandFailure(
                    .usage, reason: "input", message: "standard input holds no secret",
                    help: "1 to \(limit) bytes of UTF-8: carillon credentials set \(name) < file")
            }
            let sealed = try orExplain { try workspace.accounts().setCredential(name, secret) }
            try workspace.audit("setCredential", "credentials:" + name)
            if options.json {
                Terminal.output.write(sealed.json.text)
            } else {
                Terminal.output.line("`\(name)` is sealed by `\(sealed.keyName)` (fingerprint \(sealed.fingerprint))")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Which there are. Never the secrets.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let all = try orExplain { try Workspace(options).accounts().storedCredentials() }
            if options.json { return Terminal.output.write((["credentials": .array(all.map(\.json))] as JSON).text) }
            guard !all.isEmpty else { return Terminal.output.line("none; `carillon credentials set NAME` seals one") }
            var table = Table(.left, .left, .left, .left, .left)
            for one in all {
                table.add(
                    one.name, one.hint.isEmpty ? "" : "…" + one.hint, one.fingerprint, "sealed by " + one.keyName,
                    Figures.instant(one.updatedAt))
            }
            Terminal.output.write(table.text)
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal all of them by the first of the keys that are set.",
            discussion: """
                Put the new key in front of the old one (CARILLON_KEK=k2:…,k1:…), restart what runs, and rotate. Whoever is \
                stopped in the middle begins again. The old key may go when nothing remains.
                """
        )

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let (rotated, remaining, key) = try orExplain { try workspace.accounts().rotateCredentials() }
            try workspace.audit("rotateCredentials", "")
            if options.json {
                let report: JSON = ["key": .string(key), "rotated": JSON(rotated), "remaining": JSON(remaining)]
                Terminal.output.write(report.text)
            } else {
                Terminal.output.line("\(rotated) sealed by `\(key)`; \(remaining.count) remaining")
            }
            guard remaining.isEmpty else {
                throw CommandFailure(
                    reason: "remaining", message: "can't be opened: " + remaining.joined(separator: ", "),
                    help: "keep the old key in the list, or set them again")
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a secret.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            try orExplain { try workspace.accounts().removeCredential(name) }
            try workspace.audit("removeCredential", "credentials:" + name)
            Terminal.output.line(
                options.json ? (["name": .string(name), "state": "removed"] as JSON).compactText : "`\(name)` is gone")
        }
    }
}
