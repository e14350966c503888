import ArgumentParser
import Glibc
import RuleEngine
import Runner
import Storage

struct Contacts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring contacts in, and look at one of them.",
        subcommands: [Import.self, Show.self, Export.self, Erase.self]
    )

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Import contacts from a CSV file.",
            discussion: """
                Good rows go in; every bad row is named with its line, its column and the reason. Importing again \
                updates by id. rows = created + updated + unchanged + refused.
                """
        )

        @Argument(help: "The CSV file: UTF-8, with a header, separated by comma, semicolon or tab.")
        var file: String

        @Flag(help: "Write nothing at all if one row is bad.")
        var strict = false

        @Option(
            help: "comma, semicolon, tab or one character. Without it: found out from the header.",
            transform: Self.delimiter
        )
        var delimiter: UInt8?

        @Option(help: "Columns that the schema doesn't know: refuse, ignore or keep.")
        var extra = "refuse"

        @Option(help: "The country whose national phone numbers the file holds, like DE.")
        var region: String?

        @Option(help: "Write refused rows into this file; it can be mended and imported.")
        var refused: String?

        @Option(help: "How many refused rows are shown on a terminal.")
        var show = 20

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let (project, _) = try workspace.checked()
            let store = try workspace.openSQLite()
            var importOptions = ImportOptions()
            importOptions.isStrict = strict
            importOptions.delimiter = delimiter
            importOptions.region = region
            importOptions.refusedFile = refused
            guard let extra = ImportOptions.Extra(rawValue: extra) else {
                throw ValidationError("--extra takes refuse, ignore or keep")
            }
            importOptions.extra = extra

            let contactImport = ContactImport(
                file: file,
                schema: project.schema,
                currency: project.settings.currency,
                key: store.key,
                options: importOptions,
                now: workspace.environment.now()
            )
            let progress = ProgressLine(isQuiet: options.json)
            var refusals = RefusalPrinter(limit: options.json ? .max : show, isQuiet: options.json)
            let writer = try withStore { () throws(StoreError) in try store.openContactWriter() }
            let started = workspace.environment.monotonic()
            let summary: ImportSummary
            do throws(ImportError) {
                summary = try contactImport.run(
                    into: writer,
                    onRefusal: { refusal in
                        progress.clear()
                        refusals.take(refusal)
                    },
                    onProgress: { progress.show(Self.text(of: $0)) }
                )
            } catch {
                progress.clear()
                throw Self.failure(error, file: file, refusals: refusals)
            }
            progress.clear()
            refusals.finish(refusedFile: refused)
            let seconds = workspace.environment.monotonic() - started
            try workspace.audit("importContacts", "")
            if options.json {
                Terminal.output.write(summary.json.adding("refusals", .array(refusals.json)).text)
            } else {
                Terminal.output.write(summary.text(file: file, seconds: seconds))
            }
        }

        private static func delimiter(_ name: String) throws -> UInt8 {
            switch name {
            case "comma": return UInt8(ascii: ",")
            case "semicolon": return UInt8(ascii: ";")
            case "tab", "\\t": return UInt8(ascii: "\t")
            default:
                guard name.utf8.count == 1, let byte = name.utf8.first, byte != UInt8(ascii: "\""),
                    byte > 0x20 || byte == 9
                else { throw ValidationError("--delimiter takes comma, semicolon, tab or one ASCII character") }
                return byte
            }
        }

        private static func text(of progress: ImportProgress) -> String {
            let share = progress.totalBytes > 0 ? " (\(Shares.text(progress.bytes, of: progress.totalBytes)))" : ""
            return "\(progress.phase.rawValue): \(Figures.count(progress.rows, "row"))\(share)"
        }

        private static func failure(
            _ error: ImportError,
            file: String,
            refusals: RefusalPrinter
        ) -> CommandFailure {
            switch error {
            case .file(let faults):
                let text = faults.map { "\($0.code): \($0.message)\n  help: \($0.help)" }.joined(separator: "\n")
                return CommandFailure(reason: "header", message: "\(file) was not imported\n\(text)")
            case .strict(let summary):
                return CommandFailure(
                    .refused,
                    reason: "strict",
                    message:
                        "\(Figures.count(summary.refused, "row")) of \(Figures.count(summary.rows)) would be refused; nothing was written",
                    help: "mend them, or import without --strict"
                )
            case .reading(let text): return CommandFailure(reason: "file", message: text)
            case .store(let error, let summary):
                var failure = CommandFailure(error)
                failure.message +=
                    "; \(Figures.count(summary.created + summary.updated, "contact")) were written before"
                failure.help = "importing the same file again goes on where it stopped"
                return failure
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show everything that is known about one person."
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let schema = (try? workspace.checked().project.schema) ?? ContactSchema(id: "standard", declared: [])
            let sheet = try withStore { () throws(StoreError) -> ContactSheet? in
                guard let key = try store.openContacts().find(contact) else { return nil }
                return try store.openConsents().sheet(of: key, schema: schema)
            }
            guard let sheet else { throw ContactName.unknown(contact) }
            try workspace.audit("getContact", "contact:\(sheet.key.rawValue)")
            Terminal.output.write(options.json ? sheet.json.text : sheet.text(for: .output))
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give out everything that is kept about one person, as JSON or CSV."
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @Flag(help: "A line for each value, in the place of JSON.")
        var csv = false

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let desk = try workspace.accounts()
            let everything = try orExplain { try desk.everything(about: contact) }
            let key = everything["records"]?["contact"]?.items.first?["id"]?.integer
            try workspace.audit("exportContact", key.map { "contact:\($0)" } ?? "")
            Terminal.output.write(csv ? PersonCSV.text(of: everything) : everything.text)
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a person for good, as they may ask for.",
            discussion: """
                Deletes addresses, fields and consent. The counts of past campaigns stay, without a name, and so do the \
                hashes of the addresses: the person is not written to when a later import brings them back.
                """
        )

        @Argument(help: "The contact's id or address.")
        var contact: String

        @Option(help: "Who asked for it, and how: kept in the history, so name no one in it.")
        var because: String

        @Flag(help: "Don't ask.")
        var yes = false

        @OptionGroup var options: CommonOptions

        func run() throws {
            let workspace = try Workspace(options)
            let store = try workspace.openSQLite()
            let key = try withStore { () throws(StoreError) in try store.openContacts().find(contact) }
            guard let key else { throw ContactName.unknown(contact) }
            let terminal = Terminal.error
            if !yes, !options.json, terminal.isInteractive {
                terminal.write("Forget `\(contact)` for good? This can't be taken back. [y/N] ")
                guard ["y", "yes", "j", "ja"].contains(readLine()?.lowercased() ?? "") else {
                    throw CommandFailure(.refused, reason: "declined", message: "nothing was changed")
                }
            }
            let id = try withStore { () throws(StoreError) -> String? in
                try store.openConsents().erase(
                    key,
                    source: because,
                    actor: "operator",
                    now: workspace.environment.now()
                )
                return try store.openContacts().externalID(of: key)
            }
            try workspace.audit("eraseContact", "contact:\(key.rawValue)")
            let report: JSON = ["id": JSON(id), "erased": JSON(true)]
            Terminal.output.write(options.json ? report.text : "forgotten; what is left is known as \(id ?? "?")\n")
        }
    }
}

/// Shows the first refused rows as they are found, and counts the others.
private struct RefusalPrinter {
    let limit: Int
    let isQuiet: Bool
    private(set) var count = 0
    private(set) var json: [JSON] = []

    init(limit: Int, isQuiet: Bool) {
        self.limit = limit
        self.isQuiet = isQuiet
    }

    mutating func take(_ refusal: Refusal) {
        count += 1
        if isQuiet {
            json.append(refusal.json)
        } else if count <= limit {
            Terminal.output.line(refusal.text)
        }
    }

    func finish(refusedFile: String?) {
        guard !isQuiet, count > 0 else { return }
        if count > limit {
            Terminal.output.line(
                "… and \(Figures.count(count - limit, "refused row")) more; --show \(count) or --json names all"
            )
        }
        if let refusedFile { Terminal.output.line("refused rows: \(refusedFile)") }
        Terminal.output.line()
    }
}
